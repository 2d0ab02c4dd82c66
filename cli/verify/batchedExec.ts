import { randomUUID } from "node:crypto";
import type { Exec } from "./check";

/** A command that waits for others to go with it. */
interface Waiting {
    readonly command: readonly string[];
    readonly resolve: (output: string) => void;
    readonly reject: (error: unknown) => void;
}

/** Commands that one container runs at a time for one call: a small pod has to have the memory for them. */
const most = 10;

/** For how long others are waited for, in milliseconds: those of one layer ask at the same moment. */
const gatherMs = 20;

/**
 * Runs the commands given after the mark side by side, and writes each one's output with the mark behind it, the last one's
 * first: a command runs while the shell behind its pipe runs the others, so that nothing is mixed and no file is needed.
 */
const script = `
run() {
    [ $# -gt 1 ] || return 0
    mark=$1 command=$2
    shift 2
    { eval "$command"; } </dev/null | { run "$mark" "$@"; cat; echo "$mark"; }
}
run "$@"`;

/**
 * Gathers the shell commands that many checks want of one container into few calls of the cluster, each of which starts a
 * kubectl and a stream through API server and kubelet.
 */
export function batchedExec(exec: Exec): Exec {
    const gathered = new Map<string, Waiting[]>();
    const send = (container: string, batch: readonly Waiting[]) => {
        if (gathered.get(container) === batch) gathered.delete(container);
        void runBatch(exec, container, batch);
    };
    return (container, command) => {
        if (command[0] !== "sh" || command[1] !== "-c") return exec(container, command);
        return new Promise((resolve, reject) => {
            const batch = gathered.get(container) ?? [];
            batch.push({ command, resolve, reject });
            if (batch.length === 1) {
                gathered.set(container, batch);
                setTimeout(() => {
                    if (gathered.get(container) === batch) send(container, batch);
                }, gatherMs);
            } else if (batch.length === most) send(container, batch);
        });
    };
}

async function runBatch(exec: Exec, container: string, batch: readonly Waiting[]): Promise<void> {
    const [first] = batch;
    try {
        if (first !== undefined && batch.length === 1) {
            first.resolve(await exec(container, first.command));
            return;
        }
        const mark = randomUUID();
        const commands = batch.map(({ command }) => command.map(quoted).join(" "));
        const output = await exec(container, ["sh", "-c", script, "sh", mark, ...commands]);
        const outputs = output.split(`${mark}\n`).slice(0, batch.length).reverse();
        for (const [index, { resolve }] of batch.entries()) resolve(outputs[index] ?? "");
    } catch (error) {
        for (const { reject } of batch) reject(error);
    }
}

function quoted(word: string): string {
    return `'${word.replaceAll("'", `'\\''`)}'`;
}
