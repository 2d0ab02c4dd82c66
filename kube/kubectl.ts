import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { type ClusterAccess, KubectlError } from "./access";
import { type ApiAnswer, type ApiQuestion, askProxy } from "./apiProxy";
import { endWithThisProcess } from "./children";
import { kubectlOptions } from "./kubectlOptions";

export { type ClusterAccess, KubectlError } from "./access";

/** Whether an error means that the object does not exist. */
export function isNotFound(error: unknown): boolean {
    return error instanceof KubectlError && error.reason === "NotFound";
}

/** What was read, or undefined when it is not there. */
export async function unlessAbsent<T>(reading: Promise<T>): Promise<T | undefined> {
    try {
        return await reading;
    } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
    }
}

/** Whether an error means that the API server was not reached, or did not let us in. */
export function isUnreachable(error: unknown): boolean {
    return error instanceof KubectlError && error.reason === "";
}

/** A list of the Kubernetes API. */
export interface List<T> {
    readonly items: readonly T[];
}

/** Seconds that a cluster may take to answer what is asked before the first write, so that a run says in time that it does not. */
export const answerSeconds = 15;

const serverReason = /Error from server \((\w+)\)/;

/**
 * Runs kubectl against one cluster and returns its standard output.
 *
 * kubectl, rather than a client library, because it brings every way to sign in that a kubeconfig can name, and it
 * starts in a tenth of the time that the library takes to load.
 *
 * @param input text for standard input, if the command reads any
 * @param timeoutSeconds how long to wait for the answer, 30 seconds by default
 * @throws KubectlError when kubectl is missing, the cluster does not answer in time, or the request is refused
 */
export async function kubectl(
    access: ClusterAccess,
    args: readonly string[],
    options: RunOptions = {},
): Promise<string> {
    for (let tries = 1; ; tries++) {
        const output = await runKubectl(access, args, options);
        if (output !== undefined) return output;
        if (tries === 3)
            throw new KubectlError("", "kubectl has lost what the command in the pod wrote", access);
    }
}

interface RunOptions {
    readonly input?: string;
    readonly timeoutSeconds?: number | undefined;
}

/**
 * What a kubectl says that has thrown away the output of a command in a pod, because it came before kubectl was ready for it
 * (client-go, tools/remotecommand/websocket.go). Its exit code may be 0. Commands in pods only ask here, so they are asked again.
 */
const lostOutput = /Unknown stream id \d+, discarding message/;

/** @returns undefined where kubectl has lost the output of a command in a pod */
async function runKubectl(
    access: ClusterAccess,
    args: readonly string[],
    { input, timeoutSeconds = 30 }: RunOptions,
): Promise<string | undefined> {
    const { code, stdout, stderr, isLate } = await runToEnd(access, args, input, timeoutSeconds);
    if (args[0] === "exec" && lostOutput.test(stderr)) return undefined;
    if (code === 0) return stdout;
    const detail = isLate ? noAnswer(timeoutSeconds) : withoutLog(stderr);
    const reason = serverReason.exec(stderr)?.[1] ?? "";
    throw new KubectlError(reason, detail === "" ? `it ended with ${String(code)}` : detail, access, stdout);
}

/** What kubectl says, without what its libraries log beside it, each time with another time, unless there is nothing else. */
function withoutLog(stderr: string): string {
    const lines = stderr.trim().split("\n");
    const said = lines.filter((line) => !/^[IWEF]\d{4} [\d:.]+ +\d+ \S+:\d+\] /.test(line));
    return (said.length > 0 ? said : lines).join("\n");
}

interface Ended {
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
    /** Whether it was ended because it took too long. */
    readonly isLate: boolean;
}

async function runToEnd(
    access: ClusterAccess,
    args: readonly string[],
    input: string | undefined,
    timeoutSeconds: number,
): Promise<Ended> {
    const { args: options, inherited } = kubectlOptions(access);
    const child = spawn("kubectl", [...options, ...args], {
        stdio: ["pipe", "pipe", "pipe", inherited],
    }) as ChildProcessByStdio<Writable, Readable, Readable>;
    endWithThisProcess(child);
    let isLate = false;
    const timer = setTimeout(() => {
        isLate = true;
        child.kill();
    }, timeoutSeconds * 1000);
    // A kubectl that ends before it has read its input says why by its exit code; without this the program would end.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    const ended = new Promise<number | null>((resolve, reject) => {
        child.once("close", resolve);
        child.once("error", reject);
    });
    try {
        const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
        return { code, stdout, stderr, isLate };
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
        throw new KubectlError("", "kubectl is not on PATH; install it, then run this again", access);
    } finally {
        clearTimeout(timer);
    }
}

/**
 * Reads one API path, such as `/api/v1/nodes`, as JSON.
 *
 * @param timeoutSeconds how long to wait for the answer, 30 seconds by default
 */
export async function getJson<T>(access: ClusterAccess, path: string, timeoutSeconds = 30): Promise<T> {
    return JSON.parse(await ask(access, { method: "GET", path, timeoutSeconds })) as T;
}

/**
 * Asks what an API server would do, or what it thinks of something: a dry run, or a review. Nothing is written.
 *
 * @param path the collection that the object would be made in
 */
export async function postJson<T>(access: ClusterAccess, path: string, object: object): Promise<T> {
    const question = {
        method: "POST",
        path,
        body: JSON.stringify(object),
        timeoutSeconds: answerSeconds,
    } as const;
    return JSON.parse(await ask(access, question)) as T;
}

/** Asks through the proxy that is open for the cluster, or by a kubectl of its own, which also finds words for what fails. */
async function ask(access: ClusterAccess, question: ApiQuestion): Promise<string> {
    const answer = await askProxy(access, question);
    if (answer !== undefined && answer.status >= 200 && answer.status < 300) return answer.body;
    if (answer?.status === 0) throw new KubectlError("", noAnswer(question.timeoutSeconds), access);
    const refusal = answer && refusalOf(answer);
    if (refusal) throw new KubectlError(refusal.reason, refusal.text, access);
    const { method, path, body, timeoutSeconds } = question;
    return method === "GET"
        ? kubectl(access, ["get", "--raw", path], { timeoutSeconds })
        : kubectl(access, ["create", "--raw", path, "-f", "-"], { input: body, timeoutSeconds });
}

function noAnswer(seconds: number): string {
    return `no answer within ${seconds} seconds`;
}

/** A request that the API server has understood and refused, in kubectl's words. */
function refusalOf({
    status,
    body,
}: ApiAnswer): { readonly reason: string; readonly text: string } | undefined {
    if (![403, 404, 409, 422].includes(status) || !body.startsWith("{")) return undefined;
    const {
        kind,
        reason = "",
        message = "",
    } = JSON.parse(body) as {
        readonly kind?: string;
        readonly reason?: string;
        readonly message?: string;
    };
    return kind === "Status" ? { reason, text: `Error from server (${reason}): ${message}` } : undefined;
}

/**
 * Writes one existing object back to its API path. The object's `metadata.resourceVersion` is the lock: the write fails
 * with reason `Conflict` when somebody else has changed the object since it was read.
 *
 * @returns the object as the API server has stored it
 */
export async function putJson<T>(access: ClusterAccess, path: string, object: T): Promise<T> {
    const stored = await kubectl(access, ["replace", "--raw", path, "-f", "-"], {
        input: JSON.stringify(object),
    });
    return JSON.parse(stored) as T;
}

/**
 * Makes an object in a collection, such as `/api/v1/namespaces/kube-system/configmaps`.
 *
 * @returns the object as the API server has stored it
 * @throws KubectlError with reason `AlreadyExists` when there is one of that name
 */
export async function createJson<T>(access: ClusterAccess, collection: string, object: object): Promise<T> {
    const stored = await kubectl(access, ["create", "--raw", collection, "-f", "-"], {
        input: JSON.stringify(object),
    });
    return JSON.parse(stored) as T;
}

/**
 * Deletes the object at an API path.
 *
 * @param preconditions what must still be true of the object; otherwise the reason is `Conflict`
 */
export async function deleteJson(
    access: ClusterAccess,
    path: string,
    preconditions: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined },
): Promise<void> {
    await kubectl(access, ["delete", "--raw", path, "-f", "-"], {
        input: JSON.stringify({ kind: "DeleteOptions", apiVersion: "v1", preconditions }),
    });
}
