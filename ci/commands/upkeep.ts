import * as path from "node:path";
import { isUnseen, type PreviewReport } from "../../cli/commands/preview";
import { readLastUp } from "../../cli/engine/lastRun";
import { environmentFolder, ownFolder } from "../../lib/mesh/environments";
import { environment, folder, foreseenBefore, noteFile, say } from "../job";
import { mesh } from "../mesh";
import { exitCode, Refusal } from "../problem";
import { changedSince } from "../unapplied";
import { sortedSteps } from "../upkeep";

/**
 * Applies what time, nodes and balancers ask for, and nothing else: certificates that are due, and gateways that are somewhere
 * else. Where anything else is foreseen, or a file has changed since the last update, it says so and applies nothing. A cluster
 * that can't be looked at keeps up nobody else.
 */
export async function upkeep(): Promise<void> {
    await mesh(["preview", "--json"], noteFile("upkeep.json"));
    const reports = foreseenBefore("upkeep.json") ?? [];
    const [certificates, ...clusters] = reports;
    if (certificates === undefined || isUnseen(certificates))
        throw new Refusal("The certificates can't be looked at, so nothing is done; the log says why.");
    const seen = clusters.filter((report) => !isUnseen(report));
    const unseen = clusters.filter(isUnseen).map(({ stack }) => stack);
    const due = sortedSteps([certificates, ...seen]);
    const reasons = [
        ...part("This stands to be done as well, and is no upkeep:", due.others),
        ...part(
            "Files may have changed since the last update:",
            due.upkeep.length > 0 ? await changes([certificates, ...seen]) : [],
        ),
    ];
    if (reasons.length > 0)
        throw new Refusal(
            [
                ...part("Due:", due.upkeep),
                ...reasons,
                `Nothing was applied. Apply what is merged first, by the workflow "up".`,
            ].join("\n"),
            exitCode.differs,
        );
    const todo = seen.length > 0 ? due.upkeep : [];
    say(todo.length === 0 ? "Nothing is applied." : ["Applied, being due:", ...todo].join("\n"));
    if (todo.length > 0)
        process.exitCode = await mesh([
            "up",
            ...(unseen.length > 0 ? ["--clusters", seen.map(({ stack }) => stack).join(",")] : []),
        ]);
    if (unseen.length > 0)
        throw new Refusal(`These clusters could not be looked at, as the log says: ${unseen.join(", ")}.`);
}

/** Why it can't be said that nothing was merged since the last update of some stacks. */
async function changes(reports: readonly PreviewReport[]): Promise<readonly string[]> {
    const place = path.join(folder, environmentFolder(environment === "" ? ownFolder : environment));
    const found = await Promise.all(
        reports.map(async ({ stack }) => changedSince(folder, stack, await readLastUp(place, stack))),
    );
    return found.filter((each) => each !== undefined);
}

function part(title: string, lines: readonly string[]): readonly string[] {
    return lines.length === 0 ? [] : [title, ...lines];
}
