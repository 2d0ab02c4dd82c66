import { type ChildProcessByStdio, spawn } from "node:child_process";
import * as fs from "node:fs";
import { Agent, request } from "node:http";
import * as os from "node:os";
import * as path from "node:path";
import type { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { type ClusterAccess, KubeconfigError } from "./access";
import { kubectlOptions } from "./kubectlOptions";

/** What is asked of an API server that changes nothing there. */
export interface ApiQuestion {
    readonly method: "GET" | "POST";
    /** Path, with its query. */
    readonly path: string;
    /** JSON. */
    readonly body?: string;
    readonly timeoutSeconds: number;
}

export interface ApiAnswer {
    /** HTTP status; 0 where there was no answer in time. */
    readonly status: number;
    readonly body: string;
}

/**
 * Ends the proxy, and takes its folder away, when the shell's input ends: when this process wants it, and however this process
 * ends. Ends itself when the proxy does. Descriptor 3 is kubectl's.
 */
const script = `
    folder=$1
    shift
    exec 4<&0
    kubectl "$@" proxy --unix-socket="$folder/socket" </dev/null 4<&- &
    proxy=$!
    { read -r _ <&4; kill $proxy 2>/dev/null; } &
    wait $proxy
    rm -rf "$folder"
`;

/** kubectl's own proxy on a socket that only this user can reach. */
class ApiProxy {
    private readonly socket: string;
    private readonly agent = new Agent({ keepAlive: true });
    private readonly shell: ChildProcessByStdio<Writable, null, null>;
    /** Whether it listens: false once it has ended instead. */
    private readonly listens: Promise<boolean>;

    constructor(access: ClusterAccess) {
        const { args: options, inherited } = kubectlOptions(access);
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-api-"));
        this.socket = path.join(folder, "socket");
        const args = [folder, ...options];
        // Not in this process's group: Ctrl-C is for whoever reads, who then ends it.
        const shell = spawn("/bin/sh", ["-c", script, "api-proxy", ...args], {
            detached: true,
            stdio: ["pipe", "ignore", "ignore", inherited],
        }) as ChildProcessByStdio<Writable, null, null>;
        shell.stdin.on("error", () => undefined);
        this.shell = shell;
        this.listens = new Promise((resolve) => {
            const look = setInterval(() => {
                if (fs.existsSync(this.socket)) end(true);
            }, 10);
            const end = (listens: boolean) => {
                clearInterval(look);
                resolve(listens);
            };
            const gone = () => {
                // Where the shell could not: it was not started, or was killed.
                fs.rmSync(folder, { recursive: true, force: true });
                end(false);
            };
            shell.once("error", gone);
            shell.once("exit", gone);
        });
    }

    /** The API server's answer; undefined where there is none, and kubectl itself has to say why. */
    async ask({ method, path: place, body, timeoutSeconds }: ApiQuestion): Promise<ApiAnswer | undefined> {
        const timeout = AbortSignal.timeout(timeoutSeconds * 1000);
        const isLate = new Promise<"late">((resolve) => {
            timeout.addEventListener("abort", () => {
                resolve("late");
            });
        });
        // Where a cluster does not answer, kubectl takes some seconds before it listens.
        const listens = await Promise.race([this.listens, isLate]);
        if (listens === "late") return { status: 0, body: "" };
        if (!listens) return undefined;
        return new Promise((resolve) => {
            const none = () => {
                resolve(timeout.aborted ? { status: 0, body: "" } : undefined);
            };
            const sent = request(
                {
                    agent: this.agent,
                    socketPath: this.socket,
                    method,
                    path: place,
                    headers: { host: "localhost", "content-type": "application/json" },
                    signal: timeout,
                },
                (response) => {
                    text(response)
                        .then((all) => {
                            resolve({ status: response.statusCode ?? 0, body: all });
                        })
                        .catch(none);
                },
            );
            sent.on("error", none);
            sent.end(body);
        });
    }

    close(): void {
        this.agent.destroy();
        this.shell.stdin.end();
        this.shell.unref();
    }
}

const open = new Map<string, ApiProxy>();

function keyOf({ stack, kubeconfig, context }: ClusterAccess): string {
    return JSON.stringify([stack, kubeconfig, context]);
}

/**
 * Lets everything that is asked of a cluster meanwhile go through one kubectl. Each start of kubectl costs a twentieth of a
 * second of processor time, and where a command of the user's own signs in, a start of that.
 */
export async function withApiProxy<T>(access: ClusterAccess, work: () => Promise<T>): Promise<T> {
    const key = keyOf(access);
    if (open.has(key)) return work();
    const proxy = proxyOf(access);
    // What is asked then says itself why nothing is found.
    if (proxy === undefined) return work();
    open.set(key, proxy);
    try {
        return await work();
    } finally {
        open.delete(key);
        proxy.close();
    }
}

function proxyOf(access: ClusterAccess): ApiProxy | undefined {
    try {
        return new ApiProxy(access);
    } catch (error) {
        if (error instanceof KubeconfigError) return undefined;
        throw error;
    }
}

/** The answer through the proxy that is open for a cluster; undefined where kubectl has to be asked. */
export async function askProxy(access: ClusterAccess, question: ApiQuestion): Promise<ApiAnswer | undefined> {
    return open.get(keyOf(access))?.ask(question);
}
