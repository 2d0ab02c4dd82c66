import { spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import type { Ended, TemporaryProject } from "./engine";

/**
 * Starts a command of `mesh` and, so many seconds later, presses Ctrl-C once, which a terminal sends to all processes of the
 * foreground at the same time.
 */
export async function stoppedMesh(
    project: TemporaryProject,
    args: readonly string[],
    afterSeconds: number,
): Promise<Ended> {
    const began = Date.now();
    const child = spawn("node", ["--import", "tsx", "cli/main.ts", ...args], {
        cwd: project.folder,
        env: { ...process.env, ...project.env },
        stdio: ["ignore", "pipe", "pipe"],
        detached: true,
    });
    const out = { stdout: "", stderr: "", text: "" };
    for (const name of ["stdout", "stderr"] as const) {
        child[name].setEncoding("utf8").on("data", (chunk: string) => {
            out[name] += chunk;
            out.text += chunk;
        });
    }
    const closed = new Promise<number>((resolve) => {
        child.on("close", (code) => {
            resolve(code ?? 128);
        });
    });
    const isOver = await Promise.race([pause(afterSeconds * 1000, false), closed.then(() => true)]);
    if (!isOver && child.pid !== undefined) process.kill(-child.pid, "SIGINT");
    const code = await closed;
    return {
        code,
        ...out,
        text: stripVTControlCharacters(out.text),
        seconds: (Date.now() - began) / 1000,
    };
}
