import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { onCluster } from "./cluster";
import type { TemporaryProject } from "./engine";
import type { Cluster } from "./labMesh";
import type { Settings } from "./program";

/** Settings by which an update rolls the gateway, with another number each time. */
export function gatewayAsking(milliCpu: number): Settings {
    return { gateway: { resources: { requests: { cpu: `${milliCpu}m` } } } };
}

/**
 * Starts an update that rolls the gateway, and waits until it does: the update is then in its middle for some seconds.
 *
 * @param command program and arguments
 */
export async function startRoll(
    { folder, env }: TemporaryProject,
    cluster: Cluster,
    [file = "", ...args]: readonly string[],
): Promise<{ readonly ended: Promise<number> }> {
    const deployment = ["get", "deployment", "istio-eastwestgateway", "-n", "istio-system"];
    const generation = () => onCluster(cluster, [...deployment, "-o", "jsonpath={.metadata.generation}"]);
    const before = await generation();
    const child = spawn(file, args, { cwd: folder, env: { ...process.env, ...env }, stdio: "ignore" });
    const ended = new Promise<number>((resolve) => {
        child.once("close", (code) => {
            resolve(code ?? 128);
        });
    });
    for (let tries = 0; (await generation()) === before; tries += 1) {
        assert.ok(tries < 300 && child.exitCode === null, `${[file, ...args].join(" ")} rolls the gateway`);
        await pause(200);
    }
    return { ended };
}
