import type { Cause } from "../lib/cluster/causes";
import type { ClusterObject } from "../lib/cluster/kubeObjects";
import { causeOf, find, type WaitTarget } from "../lib/cluster/waiting";
import { type ClusterAccess, isUnreachable, kubectl, KubectlError, type List } from "./kubectl";
import { lastWords } from "./podLog";

/** Kinds whose state is in other objects of their namespace. */
const withOthers = new Set(["Deployment", "Service", "PersistentVolumeClaim"]);

const kinds = [
    ...["deployments.v1.apps", "replicasets.v1.apps", "pods", "services", "persistentvolumeclaims"],
    "events",
].join(",");

/** How long one look may take, in seconds. */
const lookSeconds = 10;

/**
 * Asks the cluster what keeps objects from being ready, or gone. One process for each namespace, and one for each object
 * that tells by itself.
 *
 * @returns one entry for each target; undefined where the cluster does not tell
 */
export async function findCauses(
    access: ClusterAccess,
    targets: readonly WaitTarget[],
): Promise<readonly (Cause | undefined)[]> {
    const read = new Map<string, Promise<readonly ClusterObject[]>>();
    const objectsFor = (target: WaitTarget) => {
        const { kind, namespace } = target;
        if (namespace === undefined || !withOthers.has(kind)) return readAlone(access, target);
        const objects = read.get(namespace) ?? readNamespace(access, namespace);
        read.set(namespace, objects);
        return objects;
    };
    const causes: (Cause | undefined)[] = [];
    for (const target of targets) {
        try {
            causes.push(await tell(access, target, await objectsFor(target)));
        } catch (error) {
            if (!(error instanceof KubectlError)) throw error;
            causes.push(unread(error));
        }
    }
    return causes;
}

async function tell(
    access: ClusterAccess,
    target: WaitTarget,
    objects: readonly ClusterObject[],
): Promise<Cause | undefined> {
    const cause = causeOf(target, objects);
    const { namespace } = target;
    if (cause?.kind === "crash" && cause.pod !== undefined && namespace !== undefined) {
        const words = await lastWords(access, { namespace, pod: cause.pod, container: cause.container });
        return { ...cause, text: `${cause.text}; its log says "${words}"` };
    }
    // The scheduler of today names no taint.
    if (cause?.kind === "schedule") return causeOf(target, [...objects, ...(await readNodes(access))]);
    const isAbsent = find(target, objects) === undefined && !target.isDeleted;
    return isAbsent && namespace !== undefined ? absentNamespace(access, namespace) : cause;
}

/** An object that is not there although it is being made may lack its namespace: the provider tries that for long. */
async function absentNamespace(access: ClusterAccess, namespace: string): Promise<Cause | undefined> {
    const [found] = await readAlone(access, { apiVersion: "v1", kind: "Namespace", name: namespace });
    if (found === undefined)
        return {
            kind: "namespace",
            text: `the namespace ${namespace} does not exist`,
            patienceSeconds: 20,
        };
    if (found.metadata.deletionTimestamp === undefined) return undefined;
    return { kind: "namespace", text: `the namespace ${namespace} is being deleted` };
}

function unread(error: KubectlError): Cause {
    const [line = ""] = error.detail.split("\n");
    return isUnreachable(error)
        ? { kind: "access", text: `the cluster does not answer: ${line}` }
        : { kind: "access", text: `the cluster does not let us read what it waits for: ${line}` };
}

async function readNamespace(access: ClusterAccess, namespace: string): Promise<readonly ClusterObject[]> {
    const text = await kubectl(access, ["get", kinds, "-n", namespace, "-o", "json"], {
        timeoutSeconds: lookSeconds,
    }).catch((error: unknown) => {
        // Who may not read events still sees the pods.
        if (error instanceof KubectlError && error.output !== "") return error.output;
        throw error;
    });
    return (JSON.parse(text) as List<ClusterObject>).items;
}

/** The nodes, or none where they may not be read. */
async function readNodes(access: ClusterAccess): Promise<readonly ClusterObject[]> {
    try {
        const text = await kubectl(access, ["get", "nodes", "-o", "json"], { timeoutSeconds: lookSeconds });
        return (JSON.parse(text) as List<ClusterObject>).items;
    } catch (error) {
        if (error instanceof KubectlError) return [];
        throw error;
    }
}

async function readAlone(
    access: ClusterAccess,
    { apiVersion, kind, namespace, name }: Omit<WaitTarget, "isDeleted">,
): Promise<readonly ClusterObject[]> {
    const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : [];
    const resource = [kind.toLowerCase(), version, group].filter((part) => part !== undefined).join(".");
    const where = namespace === undefined ? [] : ["-n", namespace];
    const text = await kubectl(
        access,
        ["get", resource, name, ...where, "-o", "json", "--ignore-not-found"],
        {
            timeoutSeconds: lookSeconds,
        },
    );
    return text.trim() === "" ? [] : [JSON.parse(text) as ClusterObject];
}
