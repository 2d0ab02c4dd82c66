import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { newRun, record } from "../../cli/engine/events";
import type { ObjectChange } from "../../cli/engine/objectChange";
import { unknownValue } from "../../cli/engine/properties";
import type { TemporaryProject } from "./engine";
import { succeeded } from "./labMesh";

/** The changes of each stack, in the order of the stacks. */
export type ChangesByStack = Readonly<Record<string, readonly ObjectChange[]>>;

/** What `mesh preview` foresees. */
export async function foreseen(
    project: TemporaryProject,
    args: readonly string[] = [],
): Promise<ChangesByStack> {
    const { stdout } = succeeded(await project.mesh(["preview", "--json", ...args], { limitSeconds: 200 }));
    const reports = JSON.parse(stdout) as readonly { stack: string; planned: ObjectChange[] }[];
    return Object.fromEntries(reports.map(({ stack, planned }) => [stack, planned]));
}

/** What `mesh up` does. */
export async function done(project: TemporaryProject, args: readonly string[] = []): Promise<ChangesByStack> {
    const { stdout } = succeeded(await project.mesh(["up", "--json", ...args], { limitSeconds: 280 }));
    const reports = JSON.parse(stdout) as readonly { stack: string; done: ObjectChange[] }[];
    return Object.fromEntries(reports.map(({ stack, done: changes }) => [stack, changes]));
}

/** What plain `pulumi preview` foresees for one stack, or what plain `pulumi up` does. */
export async function plainly(
    project: TemporaryProject,
    command: "preview" | "up",
    stack: string,
    args: readonly string[] = [],
): Promise<ChangesByStack> {
    const log = path.join(project.folder, "events.log");
    const yes = command === "up" ? ["--yes", "--skip-preview"] : [];
    succeeded(
        await project.pulumi([command, ...yes, "--stack", stack, "--event-log", log, ...args], {
            env: { PULUMI_DEBUG_COMMANDS: "true" },
            limitSeconds: 240,
        }),
    );
    const run = newRun();
    for (const line of fs.readFileSync(log, "utf8").split("\n"))
        if (line !== "") record(run, JSON.parse(line) as EngineEvent);
    fs.rmSync(log);
    return { [stack]: command === "up" ? run.done : run.planned };
}

/**
 * Fails where an update did something else than its preview had said: other objects, other operations, other properties or
 * other values. Only what the preview had said it can't know may come out in any way.
 */
export function assertAsForeseen(preview: ChangesByStack, up: ChangesByStack, what: string): void {
    const differences: string[] = [];
    for (const stack of new Set([...Object.keys(preview), ...Object.keys(up)])) {
        const key = ({ op, type, name }: ObjectChange) => `${stack}: ${op} ${type} ${name}`;
        const expected = new Map((preview[stack] ?? []).map((change) => [key(change), change]));
        const seen = new Map((up[stack] ?? []).map((change) => [key(change), change]));
        for (const [line, change] of expected)
            if (!seen.has(line) && !change.mayStay) differences.push(`only in the preview: ${line}`);
        for (const [line, change] of seen) {
            const before = expected.get(line);
            if (before === undefined) differences.push(`only in the update: ${line}`);
            else differences.push(...differentProperties(before, change).map((text) => `${line}: ${text}`));
        }
    }
    assert.deepEqual(differences, [], what);
}

function differentProperties(before: ObjectChange, after: ObjectChange): readonly string[] {
    const unknown = before.properties.filter((each) => JSON.stringify(each.new ?? "").includes(unknownValue));
    const isFree = (place: string) => unknown.some((each) => place.startsWith(each.path));
    const lines = ({ properties }: ObjectChange) =>
        properties.filter((each) => !isFree(each.path)).map((each) => JSON.stringify(each));
    const [foretold, seen] = [lines(before), lines(after)];
    return [
        ...foretold.filter((line) => !seen.includes(line)).map((line) => `only in the preview ${line}`),
        ...seen.filter((line) => !foretold.includes(line)).map((line) => `only in the update ${line}`),
    ];
}

/** `3 create, 1 update` of all stacks together, by name of the operation: objects come in any order. */
export function countsOf(changes: ChangesByStack): string {
    const counts = new Map<string, number>();
    for (const { op } of Object.values(changes).flat()) counts.set(op, (counts.get(op) ?? 0) + 1);
    const sorted = [...counts].sort(([one], [other]) => (one < other ? -1 : 1));
    return sorted.map(([op, count]) => `${count} ${op}`).join(", ") || "nothing";
}
