import { dirname } from "node:path";
import { wayTo } from "../lib/base/wayToProject";
import type { PlacedEntry } from "../lib/cluster/kubeconfig";
import type { ClusterAccess } from "./access";
import { caData, readContext, unlessMissing } from "./kubeconfig";

/** How a user may sign in that only the provider itself can do. */
const kept = ["auth-provider", "username"];

/** What a tool notes in a cluster's entry for itself, another each time. */
const notes = "extensions";

/** A file of this project for a command that Pulumi's plugins start: their working folder is the environment's. */
export function inProject(file: string): string {
    return wayTo(file, process.cwd(), dirname(__dirname));
}

/**
 * The kubeconfig that Pulumi's Kubernetes provider is given: one context, and in the place of the user's own way to sign in a
 * command that finds it whenever the provider asks. So it is the same for everybody who reaches the cluster, wherever his
 * kubeconfig is; and the provider, which writes whatever it is given into a file in the folder for temporary files and leaves it
 * there, has no key.
 *
 * @param access names the stack, and the context for those of its settings that name none
 * @param inlineCa whether the API server's certificates may stand in it where the user's file names another file. A provider
 *   that was made with the name of a file takes that for another cluster, unless it has its identifier already.
 * @returns one that leads nowhere where the user's can't be read, which is refused before
 */
export function providerKubeconfig(access: ClusterAccess, inlineCa: boolean): string {
    const found = unlessMissing(() => readContext(access));
    if (found === undefined) return JSON.stringify({ apiVersion: "v1", kind: "Config" });
    const { context: name, cluster, user } = found;
    return JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": name,
        contexts: [{ name, context: { cluster: name, user: name } }],
        clusters: [{ name, cluster: inlineCa ? withCaData(cluster) : sorted(cluster.values) }],
        users: [{ name, user: withoutSecrets(access, name, user.values) }],
    });
}

function withCaData(cluster: PlacedEntry) {
    const data = caData(cluster);
    const others = Object.entries(cluster.values).filter(
        ([name]) => name !== notes && (data === undefined || name !== "certificate-authority"),
    );
    return sorted({
        ...Object.fromEntries(others),
        ...(data !== undefined && { "certificate-authority-data": data }),
    });
}

function withoutSecrets({ stack = "" }: ClusterAccess, context: string, user: PlacedEntry["values"]) {
    if (kept.some((name) => name in user)) return sorted(user);
    const impersonation = sorted(
        Object.fromEntries(Object.entries(user).filter(([name]) => /^as(-|$)/.test(name))),
    );
    if (Object.keys(user).length === Object.keys(impersonation).length) return impersonation;
    return {
        ...impersonation,
        exec: {
            apiVersion: "client.authentication.k8s.io/v1",
            command: "node",
            args: [inProject("kube/credential.mjs"), "--stack", stack, context],
            interactiveMode: "Never",
        },
    };
}

/** The order of names in a file is nothing to tell apart by. */
function sorted(entries: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    return Object.fromEntries(Object.entries(entries).sort(([one], [other]) => (one < other ? -1 : 1)));
}
