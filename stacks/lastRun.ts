import { execFile } from "node:child_process";
import { stackOwner } from "../components/ownNamespace";
import { endWithThisProcess } from "../kube/children";
import { badEnd, historyCommand, type PastRun } from "../lib/mesh/lastRun";

const limitMs = 15_000;

/**
 * A warning where this stack's last run did not come to a good end, or undefined. Which stack may be under `mesh`, which
 * looks for that itself and then reads the real state; under plain Pulumi only people can.
 *
 * Whatever keeps it from being found out keeps nobody from the update.
 */
export async function lastRunWarning(env = process.env): Promise<string | undefined> {
    if (env["MESH_COMMAND"] === "true") return undefined;
    const runs = await history(env);
    // On Pulumi Cloud this very run is the newest.
    const how = badEnd(
        runs.filter(({ result }) => result !== "in-progress"),
        undefined,
    );
    return how === undefined
        ? undefined
        : `Of this stack, ${how}. Pulumi's state may not tell of what that had begun: if this run is without --refresh, ` +
              `run it again with --refresh.`;
}

function history(env: NodeJS.ProcessEnv): Promise<readonly PastRun[]> {
    const args = [...historyCommand(stackOwner(), 2), "--non-interactive", "--color", "never"];
    const options = { env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" }, timeout: limitMs };
    return new Promise((resolve) => {
        const child = execFile("pulumi", args, options, (error, stdout) => {
            resolve(error === null ? parsed(stdout) : []);
        });
        endWithThisProcess(child);
    });
}

function parsed(text: string): readonly PastRun[] {
    try {
        return JSON.parse(text) as readonly PastRun[];
    } catch {
        return [];
    }
}
