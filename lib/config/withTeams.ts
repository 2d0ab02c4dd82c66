import { isEncrypted } from "../base/encrypted";
import type { ConfigProblem } from "../base/problem";
import { didYouMean } from "../base/similar";
import { isMap, type TeamFile, type TeamList, teamLists, type Values } from "./teamFiles";

/** A stack's settings with what teams have for it. */
export interface WithTeams {
    /** Teams' entries stand below the stack's own, in the order of the teams' names; each has its team as its `owner`. */
    readonly settings: Values;
    /** Owners that are nobody, and what is wrong with teams' files that have something for the stack. */
    readonly problems: readonly ConfigProblem[];
    /** Sentences about files that are wrong and have nothing for it. */
    readonly warnings: readonly string[];
    /** Puts the place in a team's file where a text speaks of an entry by its place in the whole list. */
    readonly placed: (text: string) => string;
}

/**
 * Puts what teams have for a cluster below what its stack's file says. Everybody who reads a cluster's exports and imports from
 * files reads them here.
 *
 * @param settings the stack's own, as its file says them
 */
export function withTeams(stack: string, settings: Values, files: readonly TeamFile[]): WithTeams {
    const ownList = (list: TeamList): readonly unknown[] | undefined => {
        const value = settings[list] ?? [];
        return Array.isArray(value) ? value : undefined;
    };
    const own = { exports: ownList("exports"), imports: ownList("imports") };
    const grants = grantsOf(settings["teams"]);
    const parts = files.map((file) => partOf(file, stack, grants));
    const added = {
        exports: parts.flatMap(({ entries }) => entries.exports),
        imports: parts.flatMap(({ entries }) => entries.imports),
    };
    const merged = teamLists.flatMap((list) => {
        const before = own[list];
        // What is no list is told so by itself.
        return added[list].length === 0 || before === undefined
            ? []
            : [[list, [...before, ...added[list].map(({ entry }) => entry)]] as const];
    });
    return {
        settings: { ...settings, ...Object.fromEntries(merged) },
        problems: [
            ...(grants
                ? teamLists.flatMap((list) => ownerProblems(list, own[list] ?? [], stack, grants))
                : []),
            ...parts.flatMap(({ problems }) => problems),
        ],
        warnings: parts.flatMap(({ warnings }) => warnings),
        placed: (text) =>
            text.replace(/\b(exports|imports)\[(\d+)\]/g, (place, list: TeamList, index: string) => {
                const found = added[list][Number(index) - (own[list]?.length ?? 0)];
                return found?.place ?? place;
            }),
    };
}

interface Part {
    readonly entries: Readonly<
        Record<TeamList, readonly { readonly entry: unknown; readonly place: string }[]>
    >;
    readonly problems: readonly ConfigProblem[];
    readonly warnings: readonly string[];
}

/** What one team has for a stack. */
function partOf(team: TeamFile, stack: string, grants: Grants | undefined): Part {
    const { file, problems: ofFile } = team;
    const exports = entriesOf(team, stack, "exports");
    const imports = entriesOf(team, stack, "imports");
    const hasAny = exports.entries.length + imports.entries.length > 0;
    // What can't be told may be what a stack that knows the team had until now; going on without it would take that away.
    const isConcerned = team.stacks.includes(stack) || (team.isOpen && grants?.has(team.team) === true);
    return {
        entries: { exports: exports.entries, imports: imports.entries },
        problems: [
            ...(isConcerned ? ofFile : []),
            ...exports.problems,
            ...imports.problems,
            ...(hasAny && grants !== undefined ? grantProblems(team, stack, grants) : []),
        ],
        warnings: isConcerned
            ? []
            : ofFile.map(
                  ({ path, message }) =>
                      `${path} ${message}. ${stack} goes on without it, since ${file} has nothing for it.`,
              ),
    };
}

function entriesOf({ file, team, lists }: TeamFile, stack: string, list: TeamList) {
    const value = lists[list][stack] ?? [];
    const path = `${file}: ${list}.${stack}`;
    if (!Array.isArray(value)) return { entries: [], problems: [{ path, message: "must be a list" }] };
    const entries = value.map((entry: unknown, index) => ({
        entry: isMap(entry) ? { ...entry, owner: team } : entry,
        place: `${path}[${index}]`,
    }));
    const problems = value.flatMap((entry: unknown, index): ConfigProblem[] => [
        ...(isMap(entry) && entry["owner"] !== undefined
            ? [
                  {
                      path: `${path}[${index}].owner`,
                      message: `is not for a team's file, whose entries are all of ${team}; remove it`,
                  },
              ]
            : []),
        ...(isEncrypted(entry)
            ? [
                  {
                      path: `${path}[${index}]`,
                      message:
                          "holds something encrypted (secure), which Pulumi reads in stack files alone; write it in the clear, or move the entry there",
                  },
              ]
            : []),
    ]);
    return { entries, problems };
}

/** Granted namespaces by team. */
type Grants = ReadonlyMap<string, readonly string[]>;

/** Undefined where the setting is wrong, which is told by itself. */
function grantsOf(value: unknown): Grants | undefined {
    if (value !== undefined && value !== null && !isMap(value)) return undefined;
    const grants = Object.entries(value ?? {}).map(
        ([team, grant]): [string, readonly string[]] | undefined => {
            const namespaces = isMap(grant) ? (grant["namespaces"] ?? []) : grant === null ? [] : undefined;
            return Array.isArray(namespaces) ? [team, namespaces.map(String)] : undefined;
        },
    );
    return grants.includes(undefined) ? undefined : new Map(grants.flatMap((each) => (each ? [each] : [])));
}

/** What a team has in a cluster that the platform has not granted to it there. */
function grantProblems(
    { file, team, lists }: TeamFile,
    stack: string,
    grants: Grants,
): readonly ConfigProblem[] {
    const granted = grants.get(team);
    if (granted === undefined)
        return [
            {
                path: file,
                message:
                    `has entries for ${stack}, whose teams don't name ${team}${didYouMean(team, [...grants.keys()])}; the platform ` +
                    `has to add teams.${team} to Pulumi.${stack}.yaml, or remove the entries`,
            },
        ];
    const exported: unknown = lists.exports[stack];
    const list: readonly unknown[] = Array.isArray(exported) ? exported : [];
    return list.flatMap((entry, index): ConfigProblem[] => {
        const namespace = isMap(entry) ? entry["namespace"] : undefined;
        if (typeof namespace !== "string" || granted.includes(namespace)) return [];
        const all = granted.length === 0 ? "no namespace" : `only ${granted.join(", ")}`;
        return [
            {
                path: `${file}: exports.${stack}[${index}].namespace`,
                message:
                    `is ${namespace}, but ${stack} grants ${team} ${all}; the platform has to add it to ` +
                    `teams.${team}.namespaces in Pulumi.${stack}.yaml, or correct it`,
            },
        ];
    });
}

/** Owners of the stack's own entries that are no team of it. */
function ownerProblems(list: TeamList, entries: readonly unknown[], stack: string, grants: Grants) {
    return entries.flatMap((entry, index): ConfigProblem[] => {
        const owner = isMap(entry) ? entry["owner"] : undefined;
        if (typeof owner !== "string" || grants.has(owner)) return [];
        const names = [...grants.keys()];
        const known = names.length === 0 ? "name nobody" : `name only ${names.join(", ")}`;
        return [
            {
                path: `${list}[${index}].owner`,
                message:
                    `is ${owner}, but the teams of ${stack} ${known}${didYouMean(owner, names)}; ` +
                    `correct it, or add teams.${owner}`,
            },
        ];
    });
}
