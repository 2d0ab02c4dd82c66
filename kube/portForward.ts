import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { endWithThisProcess } from "./children";
import { type ClusterAccess, KubectlError } from "./kubectl";
import { kubectlOptions } from "./kubectlOptions";

/** A TCP port of a pod. */
export interface PodPort {
    readonly namespace: string;
    readonly pod: string;
    /** Port on which the pod listens, 1-65535. */
    readonly port: number;
}

/**
 * Opens a tunnel to a pod's TCP port through the API server, gives its local port to `use`, and closes it afterwards.
 *
 * @param timeoutSeconds how long to wait for the tunnel, 10 seconds by default
 * @returns what `use` returns
 * @throws KubectlError when the tunnel cannot be opened
 */
export async function withPortForward<T>(
    access: ClusterAccess,
    { namespace, pod, port }: PodPort,
    use: (localPort: number) => Promise<T>,
    timeoutSeconds = 10,
): Promise<T> {
    const { args, inherited } = kubectlOptions(access);
    const tunnel = spawn(
        "kubectl",
        [
            ...[...args, "--namespace", namespace],
            ...["port-forward", "--address", "127.0.0.1", `pod/${pod}`, `:${port}`],
        ],
        { stdio: ["ignore", "pipe", "pipe", inherited] },
    ) as ChildProcessByStdio<null, Readable, Readable>;
    endWithThisProcess(tunnel);
    try {
        const localPort = await new Promise<number>((resolve, reject) => {
            let errors = "";
            const fail = (detail: string): void => {
                reject(new KubectlError("", detail, access));
            };
            const timer = setTimeout(() => {
                fail(`no tunnel to pod ${namespace}/${pod} within ${timeoutSeconds} seconds`);
            }, timeoutSeconds * 1000);
            tunnel.on("error", (error) => {
                clearTimeout(timer);
                fail(error.message);
            });
            tunnel.on("close", () => {
                clearTimeout(timer);
                fail(errors.trim() === "" ? `the tunnel to pod ${namespace}/${pod} closed` : errors.trim());
            });
            tunnel.stderr.on("data", (data: Buffer) => {
                errors += data.toString();
            });
            tunnel.stdout.on("data", (data: Buffer) => {
                const address = /^Forwarding from 127\.0\.0\.1:(\d+) /m.exec(data.toString());
                if (address === null) return;
                clearTimeout(timer);
                resolve(Number(address[1]));
            });
        });
        return await use(localPort);
    } finally {
        tunnel.kill();
    }
}
