import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { Agent, request } from "node:http";
import * as os from "node:os";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import type { Access } from "../lib/base/shownCommands";

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
    readonly status: number;
    readonly body: string;
}

/**
 * Ends the proxy, and takes its folder away, when the shell's input ends: when this process wants it, and however this process
 * ends. Ends itself when the proxy does.
 */
const script = `
    folder=$1
    shift
    exec 3<&0
    kubectl "$@" proxy --unix-socket="$folder/socket" </dev/null &
    proxy=$!
    { read -r _ <&3; kill $proxy 2>/dev/null; } &
    wait $proxy
    rm -rf "$folder"
`;

/** kubectl's own proxy on a socket that only this user can reach. */
class ApiProxy {
    private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-api-"));
    private readonly agent = new Agent({ keepAlive: true });
    private readonly shell;
    /** Whether it listens: false once it has ended instead. */
    private readonly listens: Promise<boolean>;

    constructor({ kubeconfig, context }: Access) {
        const args = [this.folder, "--kubeconfig", kubeconfig, "--context", context];
        // Not in this process's group: Ctrl-C is for whoever reads, who then ends it.
        const shell = spawn("/bin/sh", ["-c", script, "api-proxy", ...args], {
            detached: true,
            stdio: ["pipe", "pipe", "ignore"],
        });
        shell.stdin.on("error", () => undefined);
        this.shell = shell;
        this.listens = new Promise((resolve) => {
            shell.stdout.once("data", () => {
                resolve(true);
            });
            shell.once("error", () => {
                resolve(false);
            });
            shell.once("exit", () => {
                resolve(false);
            });
        });
    }

    /** The API server's answer; undefined where there is none, and kubectl itself has to say why. */
    async ask({ method, path: place, body, timeoutSeconds }: ApiQuestion): Promise<ApiAnswer | undefined> {
        if (!(await this.listens)) return undefined;
        return new Promise((resolve) => {
            const none = () => {
                resolve(undefined);
            };
            const sent = request(
                {
                    agent: this.agent,
                    socketPath: path.join(this.folder, "socket"),
                    method,
                    path: place,
                    headers: { host: "localhost", "content-type": "application/json" },
                    signal: AbortSignal.timeout(timeoutSeconds * 1000),
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

function keyOf({ kubeconfig, context }: Access): string {
    return JSON.stringify([kubeconfig, context]);
}

/**
 * Lets everything that is asked of a cluster meanwhile go through one kubectl. Each start of kubectl costs a twentieth of a
 * second of processor time, and where a command of the user's own signs in, a start of that.
 */
export async function withApiProxy<T>(access: Access, work: () => Promise<T>): Promise<T> {
    const key = keyOf(access);
    if (open.has(key)) return work();
    const proxy = new ApiProxy(access);
    open.set(key, proxy);
    try {
        return await work();
    } finally {
        open.delete(key);
        proxy.close();
    }
}

/** The answer through the proxy that is open for a cluster; undefined where kubectl has to be asked. */
export async function askProxy(access: Access, question: ApiQuestion): Promise<ApiAnswer | undefined> {
    return open.get(keyOf(access))?.ask(question);
}
