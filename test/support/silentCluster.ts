import * as fs from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import * as path from "node:path";
import type { TemporaryProject } from "./engine";

/** A cluster that takes connections and never answers, so that the program of its stack waits for its kubectl. */
export async function silentCluster(): Promise<Server> {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return server;
}

/** Gives a project a certificate stack, and a stack `one` whose cluster is the silent one. */
export function configureSilent(project: TemporaryProject, server: Server): void {
    const { port } = server.address() as AddressInfo;
    const kubeconfig = JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "fake", cluster: { server: `http://127.0.0.1:${port}` } }],
        users: [{ name: "fake", user: { token: "none" } }],
        contexts: [{ name: "fake", context: { cluster: "fake", user: "fake" } }],
    });
    fs.writeFileSync(path.join(project.folder, "kubeconfig"), kubeconfig);
    project.configure("ca", { ca: { clusters: ["one"] } });
    project.configure("one", { cluster: { kubeconfig: "kubeconfig", context: "fake" } });
}
