import type { ChildProcess } from "node:child_process";

const running = new Set<ChildProcess>();

/** Has a child process ended when this one exits, whose question it is to answer: nobody reads its answer any more. */
export function endWithThisProcess(child: ChildProcess): void {
    if (running.size === 0) process.once("exit", endAll);
    running.add(child);
    child.once("exit", () => {
        running.delete(child);
        if (running.size === 0) process.removeListener("exit", endAll);
    });
}

function endAll(): void {
    // Pulumi takes a polite signal for a wish to finish first.
    for (const child of running) child.kill("SIGKILL");
}
