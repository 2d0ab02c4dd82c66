import { z } from "zod";
import { getJson, isUnreachable, KubectlError } from "../../kube/kubectl";
import * as path from "node:path";
import { readConfig } from "../stackFiles";

/** Seconds that a cluster may take to answer before a destroy says that it doesn't. */
const answerSeconds = 10;

const clusterConfig = z.object({ kubeconfig: z.string(), context: z.string() }).optional();

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
    const access = readConfig(folder, project, stack, "cluster", clusterConfig);
    if (access === undefined) return undefined;
    const kubeconfig = path.resolve(folder, access.kubeconfig);
    try {
        await getJson({ kubeconfig, context: access.context }, "/version", answerSeconds);
        return undefined;
    } catch (error) {
        return isUnreachable(error) && error instanceof KubectlError ? error.detail : undefined;
    }
}
