import { dirname } from "node:path";
import { wayTo } from "../lib/base/wayToProject";
import { caData, type ContextEntries, readContext } from "./kubeconfig";
import type { ClusterAccess } from "./kubectl";

/** How a user may sign in that holds nothing worth stealing, or that only the provider itself can do. */
const kept = ["exec", "auth-provider", "username"];

/**
 * The kubeconfig that Pulumi's Kubernetes provider is given: one context, and in the place of the user's keys a command that
 * reads them from the user's file whenever the provider asks. The provider writes whatever it is given into a file in the
 * folder for temporary files, and leaves it there.
 *
 * @param inlineCa whether the API server's certificates may stand in it where the user's file names another file. A provider
 *   that was made with the name of a file takes that for another cluster, unless it has its identifier already.
 * @returns the path of the file where the context can't be read, which the provider then complains of itself
 */
export function providerKubeconfig(access: ClusterAccess, inlineCa: boolean): string {
    const found = readContext(access);
    if (found === undefined) return access.kubeconfig;
    const { context: name } = access;
    const { cluster, user, namespace } = found;
    return JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": name,
        contexts: [
            { name, context: { cluster: name, user: name, ...(namespace !== undefined && { namespace }) } },
        ],
        clusters: [{ name, cluster: inlineCa ? withCaData(access, cluster) : sorted(cluster) }],
        users: [{ name, user: withoutSecrets(access, user) }],
    });
}

function withCaData(access: ClusterAccess, cluster: ContextEntries["cluster"]) {
    const data = caData(access, cluster);
    if (data === undefined) return sorted(cluster);
    const others = Object.entries(cluster).filter(([name]) => name !== "certificate-authority");
    return sorted({ ...Object.fromEntries(others), "certificate-authority-data": data });
}

function withoutSecrets({ kubeconfig, context }: ClusterAccess, user: ContextEntries["user"]) {
    const keep = (isKept: (name: string) => boolean) =>
        Object.fromEntries(Object.entries(user).filter(([name]) => isKept(name)));
    if (kept.some((name) => name in user)) return sorted(keep(() => true));
    const impersonation = sorted(keep((name) => /^as(-|$)/.test(name)));
    if (Object.keys(user).length === Object.keys(impersonation).length) return impersonation;
    return {
        ...impersonation,
        exec: {
            apiVersion: "client.authentication.k8s.io/v1",
            command: "node",
            args: [wayTo("kube/credential.mjs", process.cwd(), dirname(__dirname)), kubeconfig, context],
            interactiveMode: "Never",
        },
    };
}

/** The order of names in a file is nothing to tell apart by. */
function sorted(entries: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    return Object.fromEntries(Object.entries(entries).sort(([one], [other]) => (one < other ? -1 : 1)));
}
