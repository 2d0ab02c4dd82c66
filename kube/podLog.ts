import { type ClusterAccess, kubectl, KubectlError } from "./kubectl";

/** Words of a log that most likely says why a program has ended. */
const telling = /cannot|can't|error|fail|unknown|invalid|fatal|panic|not found|no such/i;

/**
 * The line of a crashed container's log that most likely says why.
 *
 * @param container where the pod has several
 */
export async function lastWords(
    access: ClusterAccess,
    { namespace, pod, container }: { namespace: string; pod: string; container?: string | undefined },
): Promise<string> {
    const which = container === undefined ? [] : ["-c", container];
    try {
        const log = await kubectl(access, [
            ...["-n", namespace, "logs", pod, ...which, "--previous", "--tail=20"],
        ]);
        const lines = log.trim().split("\n");
        const line = lines.filter((each) => telling.test(each)).at(-1) ?? lines.at(-1) ?? "";
        return line === "" ? "(nothing)" : line;
    } catch (error) {
        if (error instanceof KubectlError) return "(log not to be had)";
        throw error;
    }
}
