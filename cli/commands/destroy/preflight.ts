import type { Holdings } from "../../engine/holdings";
import type { Look } from "../../engine/reach";
import { runHints } from "../../hints/runHints";
import type { Mesh } from "../../plan";
import { Problem } from "../../problem";
import type { DestroyOptions, DestroyStacks } from "./options";

/**
 * Looks at the stacks and at the clusters that they hold something of, before anything is deleted.
 *
 * @param names the stacks to destroy
 * @returns what was seen of each cluster that was looked at
 * @throws Problem when a stack protects something from being deleted, or a cluster is to be given up that is there, or may be
 */
export async function preflight(
    stacks: DestroyStacks,
    mesh: Mesh,
    names: readonly string[],
    options: DestroyOptions,
): Promise<ReadonlyMap<string, Look>> {
    const holdings = await readHoldings(stacks, names);
    refuseProtected(holdings, mesh, options);
    const clusters = names.filter(
        (stack) => mesh.clusters.includes(stack) && holdings.get(stack)?.isSomewhere === true,
    );
    const looks = new Map(
        await Promise.all(clusters.map(async (stack) => [stack, await stacks.look(stack)] as const)),
    );
    refuseAbandoning(looks, options);
    return looks;
}

/** What the states of those stacks hold that are not empty. */
async function readHoldings(
    stacks: DestroyStacks,
    names: readonly string[],
): Promise<ReadonlyMap<string, Holdings>> {
    const used = names.filter((stack) => stacks.has(stack) && stacks.resources(stack) > 0);
    return new Map(
        await Promise.all(used.map(async (stack) => [stack, await stacks.holdings(stack)] as const)),
    );
}

/** Ends the command when a stack, as the certificate stack by default, protects something: Pulumi would say so last. */
function refuseProtected(
    holdings: ReadonlyMap<string, Holdings>,
    { ca, clusters }: Mesh,
    { command }: DestroyOptions,
): void {
    const kept = [...holdings].filter(([, { protected: names }]) => names.length > 0);
    if (kept.length === 0) return;
    const what = kept
        .map(([stack, { protected: names }]) => `stack "${stack}" protects ${names.join(" and ")}`)
        .join("; ");
    const stacks = kept.map(([stack]) => stack);
    // The certificates alone can be kept.
    const others = stacks.every((stack) => stack === ca) ? clusters : [];
    throw new Problem(
        `Nothing was deleted: ${what}.`,
        runHints.protectedBeforeDestroy(command, stacks, others),
    );
}

/**
 * Ends the command when a cluster is to be given up that is there, or may be: the others would be destroyed with nothing to
 * show for it.
 */
function refuseAbandoning(looks: ReadonlyMap<string, Look>, { command, abandoned }: DestroyOptions): void {
    for (const stack of abandoned) {
        const look = looks.get(stack);
        if (look?.state === "answers")
            throw new Problem(
                `Nothing was deleted: cluster "${stack}" answers, so there is no reason to give up what is in it.`,
                runHints.answers(command),
            );
        if (look?.state === "unclear")
            throw new Problem(
                `Nothing was deleted: whether cluster "${stack}" is gone can't be told. ${look.detail}`,
                runHints.notLookedAt(command),
            );
    }
}
