import { z } from "zod";
import { type ClusterAccess, getJson, isUnreachable, KubectlError } from "../../kube/kubectl";
import * as path from "node:path";
import { readConfig } from "../stackFiles";

/** Seconds that a cluster may take to answer before a destroy says that it doesn't. */
const answerSeconds = 10;

const clusterConfig = z.object({ kubeconfig: z.string(), context: z.string() }).optional();

/**
 * How a stack's cluster is reached, by its stack file.
 *
 * @param folder the project folder, which the kubeconfig's path is relative to
 * @returns undefined for a stack without a cluster, or whose file does not say where it is
 */
export function accessOf(folder: string, project: string, stack: string): ClusterAccess | undefined {
    const access = readConfig(folder, project, stack, "cluster", clusterConfig);
    return access && { ...access, kubeconfig: path.resolve(folder, access.kubeconfig) };
}

/**
 * Asks a cluster whether it is there, so that a destroy does not find out resource by resource.
 *
 * @param folder the project folder
 * @returns why it does not answer, or undefined when it does, or when its stack file does not say where it is
 */
export async function whyUnreachable(
    folder: string,
    project: string,
    stack: string,
): Promise<string | undefined> {
    const access = accessOf(folder, project, stack);
    if (access === undefined) return undefined;
    try {
        await getJson(access, "/version", answerSeconds);
        return undefined;
    } catch (error) {
        return isUnreachable(error) && error instanceof KubectlError ? error.detail : undefined;
    }
}
