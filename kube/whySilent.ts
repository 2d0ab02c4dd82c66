import { lastLine } from "./inProxy";
import { type ClusterAccess, getJson, KubectlError } from "./kubectl";

/** Seconds that a cluster may take for its first answer: one that is down must not hold up the rest. */
const limitSeconds = 5;

/** Why a cluster gives no answer, or lets nobody in; undefined where it answers, be it with a refusal. */
export async function whySilent(access: ClusterAccess): Promise<string | undefined> {
    try {
        await getJson(access, "/version", limitSeconds);
        return undefined;
    } catch (error) {
        if (!(error instanceof KubectlError)) throw error;
        return error.reason === "" ? lastLine(error) : undefined;
    }
}
