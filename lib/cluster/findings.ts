import { callerNamespaceWarnings, exportNamespaceProblems, importNamespaceWarnings } from "./namedNamespaces";
import { type ClusterStackSettings, importVia } from "../config/clusterStack";
import { revisionSettings, systemNamespace } from "../config/istio";
import { checkExistingIstio, type ExistingIstioFacts, type IstiodFacts } from "../istio/existing";
import {
    isNamesake,
    isOwn,
    namespaceProblems,
    type NamespaceFacts,
    type OwnNamespace,
    ownerAnnotation,
} from "../base/ownership";
import { removedRevisionProblems } from "../istio/revisionChange";

/** Namespace of the mesh's own objects where Istio itself is somebody else's. */
export const meshNamespace = "istio-multicluster";

/** Namespace of the mesh's own objects: its gateway, its DNS and what it imports. */
export function gatewayNamespace({ istio }: Pick<ClusterStackSettings, "istio">): string {
    return istio.install ? systemNamespace : meshNamespace;
}

/** What was read of a cluster before anything is written. */
export interface ClusterHoldings {
    readonly namespaces: readonly NamespaceFacts[];
    /** Every istiod of the cluster. */
    readonly istiods: readonly IstiodFacts[];
    /** More of the Istio that is to be used, where this stack installs none. */
    readonly existing: Omit<ExistingIstioFacts, "istiods"> | undefined;
}

/** What follows from it. */
export interface ClusterFindings {
    /** Sentences about what can't work. */
    readonly problems: readonly string[];
    /** Sentences about what works, but not as well. */
    readonly warnings: readonly string[];
    /** Deployments of an istiod that somebody else has installed; empty where this stack installs it. */
    readonly deployments: readonly string[];
    /** Whether the namespace `istio-system` is this stack's to make, and to delete. */
    readonly makesSystemNamespace: boolean;
    /** Objects that this stack has made, by this state or by another one of its name, such as `the Namespace foo`. */
    readonly ours: readonly string[];
    /** Names of the cluster's namespaces. */
    readonly namespaces: readonly string[];
}

/** Finds what in a cluster stands in the way of a stack, without which the stack would overwrite or delete it. */
export function clusterFindings(
    settings: ClusterStackSettings,
    { namespaces, istiods, existing }: ClusterHoldings,
    owner: string,
): ClusterFindings {
    const { istio, mesh } = settings;
    const system = namespaces.find(({ metadata }) => metadata.name === systemNamespace);
    // One that is there without being ours is used, and a destroy leaves it.
    const isUsed = istio.install && system !== undefined && isNobodys(system);
    const wanted = ownNamespaces(settings).filter(({ name }) => !(isUsed && name === systemNamespace));
    const common = {
        ours: objectsOf(owner, namespaces, istiods),
        namespaces: namespaces.map(({ metadata }) => metadata.name),
    };
    const made = ownNamespaces(settings).map(({ name }) => name);
    const problems = [
        ...namespaceProblems(namespaces, wanted, owner, settings.cluster),
        ...exportNamespaceProblems(settings, namespaces, made, owner),
    ];
    // A stack is called as its cluster is.
    const cluster = owner.slice(owner.lastIndexOf("/") + 1);
    const warnings = [
        ...callerNamespaceWarnings(cluster, settings, namespaces, made),
        ...importNamespaceWarnings(cluster, settings, namespaces, made),
    ];
    if (existing !== undefined) {
        const { namespace, revision } = istio;
        const found = checkExistingIstio(
            { ...existing, istiods },
            {
                access: settings.cluster,
                namespace,
                revision,
                trustDomain: mesh.trustDomain,
                dnsCapture: settings.dns.adapter === "sidecar",
            },
        );
        return {
            ...found,
            ...common,
            makesSystemNamespace: false,
            problems: [...problems, ...found.problems],
            warnings: [...found.warnings, ...warnings],
        };
    }
    const isInOwn = ({ metadata }: IstiodFacts) =>
        metadata.namespace === systemNamespace && system !== undefined && isOwn(system, owner);
    const others = istiods.filter((istiod) => !isOwn(istiod, owner) && !isInOwn(istiod));
    for (const { metadata } of others) {
        problems.push(
            `an istiod of somebody else runs in the namespace ${metadata.namespace} (Deployment ${metadata.name}), and two ` +
                `installations would share the cluster's resource definitions and webhooks; set istio.install to false and ` +
                `istio.namespace to ${metadata.namespace} to use it, or remove it`,
        );
    }
    const revisions = revisionSettings(istio).map(({ revision }) => revision);
    const own = wanted.map(({ name }) => name);
    problems.push(...removedRevisionProblems(istiods, namespaces, revisions, own, systemNamespace));
    return { ...common, problems, warnings, deployments: [], makesSystemNamespace: !isUsed };
}

/** The objects that a stack has marked as its own, without those that are on their way out. */
function objectsOf(
    owner: string,
    namespaces: readonly NamespaceFacts[],
    istiods: readonly IstiodFacts[],
): readonly string[] {
    const isOurs = ({ metadata }: NamespaceFacts | IstiodFacts) =>
        isNamesake(metadata.annotations?.[ownerAnnotation] ?? "", owner);
    return [
        ...namespaces
            .filter((each) => isOurs(each) && each.metadata.deletionTimestamp === undefined)
            .map(({ metadata }) => `the Namespace ${metadata.name}`),
        ...istiods
            .filter(isOurs)
            .map(({ metadata }) => `the Deployment ${metadata.namespace}/${metadata.name}`),
    ];
}

/** Whether no stack has made a namespace, and nobody is deleting it. */
function isNobodys({ metadata }: NamespaceFacts): boolean {
    return metadata.annotations?.[ownerAnnotation] === undefined && metadata.deletionTimestamp === undefined;
}

/** The namespaces that a stack makes, each once. */
export function ownNamespaces(settings: ClusterStackSettings): readonly OwnNamespace[] {
    const { egress, istio, sampleApps } = settings;
    const needsEgress = settings.imports.some((entry) => importVia(settings, entry) === "egress");
    const all: readonly OwnNamespace[] = [
        {
            name: gatewayNamespace(settings),
            otherwise: istio.install ? "destroy it there first" : "remove it first",
        },
        ...(needsEgress
            ? [{ name: egress.namespace, otherwise: "set egress.namespace to another name" }]
            : []),
        ...(["sleep", "httpbin"] as const).flatMap((sample) => {
            const name = sampleApps[sample]?.namespace;
            const otherwise = `set sampleApps.${sample}.namespace to another name`;
            return name === undefined ? [] : [{ name, otherwise }];
        }),
    ];
    return all.filter(({ name }, index) => all.findIndex((other) => other.name === name) === index);
}
