import { didYouMean } from "../base/similar";
import type { TeamFile } from "../config/teamFiles";

/**
 * Sentences about what teams' files have for stacks that are no cluster of the mesh, mostly misspelt ones.
 *
 * @param clusters names of the mesh's clusters; nothing is known where there are none
 */
export function strayEntries(teams: readonly TeamFile[], clusters: readonly string[]): readonly string[] {
    if (clusters.length === 0) return [];
    return teams.flatMap(({ file, stacks }) =>
        stacks
            .filter((stack) => !clusters.includes(stack))
            .map(
                (stack) =>
                    `${file} has entries for ${stack}, but the mesh has only ${[...clusters].sort().join(", ")}` +
                    `${didYouMean(stack, clusters)}; correct the name`,
            ),
    );
}

/** The same, and what is wrong with files that no cluster's own run refuses, since they have nothing for it. */
export function strayTeamFiles(teams: readonly TeamFile[], clusters: readonly string[]): readonly string[] {
    const unheard = teams.filter(({ stacks }) => !stacks.some((stack) => clusters.includes(stack)));
    return [
        ...unheard.flatMap(({ problems }) => problems.map(({ path, message }) => `${path} ${message}`)),
        ...strayEntries(teams, clusters),
    ];
}
