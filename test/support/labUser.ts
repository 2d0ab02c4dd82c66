import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { kubeconfigPath } from "../../lab/paths";
import { onCluster } from "./cluster";

const roles = resolve(__dirname, "../../docs/roles");
const namespace = "kube-system";

/** Makes the roles of docs/roles in a cluster of the lab. */
export async function makeRoles(cluster: string): Promise<void> {
    await onCluster(cluster, ["apply", "-f", roles]);
}

/**
 * Makes a user that has some of the cluster's roles and no other rights.
 *
 * @param folder where its kubeconfig goes
 * @returns the kubeconfig's name in that folder
 */
export async function makeUser(
    cluster: string,
    name: string,
    roleNames: readonly string[],
    folder: string,
): Promise<string> {
    await onCluster(cluster, ["create", "serviceaccount", name, "-n", namespace]);
    for (const role of roleNames)
        await onCluster(cluster, [
            ...["create", "clusterrolebinding", `${name}-${role}`],
            ...[`--clusterrole=${role}`, `--serviceaccount=${namespace}:${name}`],
        ]);
    const token = await onCluster(cluster, ["create", "token", name, "-n", namespace, "--duration=2h"]);
    const config = parse(readFileSync(kubeconfigPath(cluster), "utf8")) as { users: { user: object }[] };
    for (const entry of config.users) entry.user = { token: token.trim() };
    const file = `kubeconfig-${cluster}-${name}`;
    writeFileSync(join(folder, file), stringify(config));
    return file;
}

/** Gives a user one of the cluster's roles in some namespaces alone. */
export async function inNamespaces(
    cluster: string,
    name: string,
    role: string,
    namespaces: readonly string[],
): Promise<void> {
    for (const each of namespaces)
        await onCluster(cluster, [
            ...["create", "rolebinding", `${name}-${role}`, "-n", each],
            ...[`--clusterrole=${role}`, `--serviceaccount=${namespace}:${name}`],
        ]);
}

/** Takes users and roles away again. What they have in single namespaces goes with these. */
export async function removeUsers(
    cluster: string,
    users: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
    for (const [name, roleNames] of Object.entries(users)) {
        const bindings = roleNames.map((role) => `${name}-${role}`);
        await onCluster(cluster, ["delete", "clusterrolebinding", ...bindings, "--ignore-not-found"]);
        await onCluster(cluster, ["delete", "serviceaccount", name, "-n", namespace, "--ignore-not-found"]);
    }
    await onCluster(cluster, ["delete", "-f", roles, "--ignore-not-found"]);
}
