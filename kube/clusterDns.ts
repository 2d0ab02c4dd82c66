import { setTimeout as pause } from "node:timers/promises";
import type { Contents } from "../lib/dns/stubFormat";
import {
    type ClusterAccess,
    createJson,
    deleteJson,
    getJson,
    KubectlError,
    putJson,
    unlessAbsent,
} from "./kubectl";

/** An object in a namespace. */
export interface ObjectName {
    readonly namespace: string;
    readonly name: string;
}

/** Something about the cluster's DNS that a person has to look at, in a sentence. */
export class ClusterDnsError extends Error {
    constructor(message: string) {
        super(message);
        this.name = "ClusterDnsError";
    }
}

/** The parts of an object's metadata that are used here. */
export interface Metadata {
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly deletionTimestamp?: string;
    readonly annotations?: Readonly<Record<string, string>>;
}

interface ConfigMap extends Partial<Omit<Contents, "annotations">> {
    readonly metadata: Metadata;
}

/** The parts of a Deployment that are used here; all others are kept when it is written back. */
export interface Deployment {
    readonly metadata: Metadata;
    readonly spec: {
        readonly replicas?: number;
        readonly selector: { readonly matchLabels?: Readonly<Record<string, string>> };
        readonly strategy?: { readonly rollingUpdate?: { readonly maxUnavailable?: number | string } };
        readonly template: { readonly metadata?: Partial<Metadata> };
    };
    readonly status?: {
        readonly observedGeneration?: number;
        readonly replicas?: number;
        readonly updatedReplicas?: number;
        readonly availableReplicas?: number;
    };
}

/** How often an edit is tried again when somebody else writes the same object at the same moment. */
const attempts = 8;

function configMapPath({ namespace, name }: ObjectName): string {
    return `/api/v1/namespaces/${namespace}/configmaps/${name}`;
}

function deploymentPath({ namespace, name }: ObjectName): string {
    return `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
}

/** The identity of a cluster: the uid of its namespace kube-system, which lives as long as the cluster does. */
export async function clusterUid(access: ClusterAccess, timeoutSeconds?: number): Promise<string> {
    const namespace = await getJson<{ readonly metadata: Metadata }>(
        access,
        "/api/v1/namespaces/kube-system",
        timeoutSeconds,
    );
    return namespace.metadata.uid ?? "";
}

function contentsOf({ data = {}, binaryData, metadata }: ConfigMap): Contents {
    const contents = { data, annotations: metadata.annotations ?? {} };
    return binaryData === undefined ? contents : { ...contents, binaryData };
}

/** Reads a ConfigMap; undefined when it does not exist. */
export async function readConfigMap(
    access: ClusterAccess,
    target: ObjectName,
    timeoutSeconds?: number,
): Promise<Contents | undefined> {
    return (await getConfigMap(access, target, timeoutSeconds))?.contents;
}

interface Found {
    readonly object: ConfigMap;
    readonly contents: Contents;
}

async function getConfigMap(
    access: ClusterAccess,
    target: ObjectName,
    timeoutSeconds?: number,
): Promise<Found | undefined> {
    const object = await unlessAbsent(getJson<ConfigMap>(access, configMapPath(target), timeoutSeconds));
    return object && { object, contents: contentsOf(object) };
}

/** What an edit did. */
export interface Edited {
    /** What was found; undefined where the ConfigMap did not exist. */
    readonly before: Contents | undefined;
    /** What is there now; undefined where the ConfigMap does not exist. */
    readonly after: Contents | undefined;
    /** resourceVersion of the ConfigMap that holds `after`. */
    readonly resourceVersion: string;
}

/**
 * Changes, makes or deletes a ConfigMap. The resourceVersion is the lock: when somebody else writes in between, the
 * ConfigMap is read again and the edit is made on what it holds now. Nothing is written when the edit changes nothing.
 *
 * @param edit gives what shall be there for what was found, undefined for no ConfigMap at all; what it throws ends the
 * edit before any write
 */
export async function editConfigMap(
    access: ClusterAccess,
    target: ObjectName,
    edit: (found: Contents | undefined) => Contents | undefined,
): Promise<Edited> {
    return retryOnConflict(`the ConfigMap ${target.namespace}/${target.name}`, access, async () => {
        const found = await getConfigMap(access, target);
        const before = found?.contents;
        const after = edit(before);
        const resourceVersion = found?.object.metadata.resourceVersion ?? "";
        if (JSON.stringify(after) === JSON.stringify(before)) return { before, after, resourceVersion };
        const stored = await store(access, target, found?.object, after);
        return {
            before,
            after: stored && contentsOf(stored),
            resourceVersion: stored?.metadata.resourceVersion ?? "",
        };
    });
}

async function store(
    access: ClusterAccess,
    target: ObjectName,
    old: ConfigMap | undefined,
    contents: Contents | undefined,
): Promise<ConfigMap | undefined> {
    const path = configMapPath(target);
    if (contents === undefined) {
        const { uid, resourceVersion } = old?.metadata ?? {};
        await deleteJson(access, path, { uid, resourceVersion });
        return undefined;
    }
    const { annotations, ...parts } = contents;
    // No annotation left: the field goes too, so that the ConfigMap is again what it was before ours.
    const left = Object.keys(annotations).length > 0;
    const metadata = { ...(old?.metadata ?? target), annotations: left ? annotations : undefined };
    return old === undefined
        ? createJson(access, path.slice(0, path.lastIndexOf("/")), {
              apiVersion: "v1",
              kind: "ConfigMap",
              metadata,
              ...parts,
          })
        : putJson(access, path, { ...old, metadata, ...parts });
}

/** Reads a Deployment. */
export function readDeployment(access: ClusterAccess, target: ObjectName): Promise<Deployment> {
    return getJson<Deployment>(access, deploymentPath(target));
}

/**
 * Sets or removes one annotation of a Deployment's pod template, which makes the Deployment replace its pods.
 *
 * @param value the new value; undefined removes the annotation
 * @returns the Deployment as it is now, and the value that was there before
 */
export async function setTemplateAnnotation(
    access: ClusterAccess,
    target: ObjectName,
    annotation: string,
    value: string | undefined,
): Promise<{ readonly before: string | undefined; readonly deployment: Deployment }> {
    return retryOnConflict(`the Deployment ${target.namespace}/${target.name}`, access, async () => {
        const found = await readDeployment(access, target);
        const before = templateAnnotation(found, annotation);
        if (before === value) return { before, deployment: found };
        const stored = await putJson(
            access,
            deploymentPath(target),
            withAnnotation(found, annotation, value),
        );
        return { before, deployment: stored };
    });
}

/** The value of an annotation of a Deployment's pod template. */
export function templateAnnotation(deployment: Deployment, annotation: string): string | undefined {
    return deployment.spec.template.metadata?.annotations?.[annotation];
}

function withAnnotation(deployment: Deployment, annotation: string, value: string | undefined): Deployment {
    const { annotations: old = {}, ...metadata } = deployment.spec.template.metadata ?? {};
    const others = Object.entries(old).filter(([key]) => key !== annotation);
    const entries = value === undefined ? others : [...others, [annotation, value] as const];
    // No annotation left: the field goes too, so that the template is again what it was before ours.
    const annotations = entries.length === 0 ? {} : { annotations: Object.fromEntries(entries) };
    const template = { ...deployment.spec.template, metadata: { ...metadata, ...annotations } };
    return { ...deployment, spec: { ...deployment.spec, template } };
}

async function retryOnConflict<T>(what: string, access: ClusterAccess, edit: () => Promise<T>): Promise<T> {
    for (let attempt = 1; attempt <= attempts; attempt++) {
        try {
            return await edit();
        } catch (error) {
            const met = error instanceof KubectlError && ["Conflict", "AlreadyExists"].includes(error.reason);
            if (!met) throw error;
            // A little apart, and never in step with another writer that does the same.
            await pause(20 * attempt * (1 + Math.random()));
        }
    }
    throw new ClusterDnsError(
        `Somebody else keeps changing ${what} of context "${access.context}": ${attempts} attempts to write it met a ` +
            "newer version each. Find the controller that does it, then run this again.",
    );
}

/**
 * Whether a rolling update of the Deployment keeps at least one pod serving all the time. With one replica that may be
 * unavailable, it does not.
 */
export function rollsWithoutGap(deployment: Deployment): boolean {
    const replicas = deployment.spec.replicas ?? 1;
    const limit = deployment.spec.strategy?.rollingUpdate?.maxUnavailable ?? "25%";
    const unavailable =
        typeof limit === "number"
            ? limit
            : limit.endsWith("%")
              ? Math.floor((replicas * parseFloat(limit)) / 100)
              : 0;
    return replicas - unavailable >= 1;
}
