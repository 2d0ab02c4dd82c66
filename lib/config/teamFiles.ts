import { dnsLabelPattern } from "../base/names";
import type { ConfigProblem } from "../base/problem";
import { didYouMean } from "../base/similar";
import { notYaml, parseStackFile } from "../base/stackFileText";
import { clusterStackSchema } from "./clusterStack";

/** Folder of the teams' files, in the project folder. */
export const teamFolder = "teams";

/** Texts of the teams' files by their place in the project folder, such as `teams/shop.yaml`. */
export type TeamTexts = Readonly<Record<string, string>>;

/** The lists that a team may write. */
export const teamLists = ["exports", "imports"] as const;
export type TeamList = (typeof teamLists)[number];

/** A map of a file, not checked. */
export type Values = Readonly<Record<string, unknown>>;

/** One team's file. */
export interface TeamFile {
    /** Its place in the project folder, such as `teams/shop.yaml`. */
    readonly file: string;
    /** Name of the team, which the file is called by. */
    readonly team: string;
    /** What is wrong with it as a whole. */
    readonly problems: readonly ConfigProblem[];
    /** What it says by list and stack, not checked. */
    readonly lists: Readonly<Record<TeamList, Values>>;
    /** Every stack that it has something for. */
    readonly stacks: readonly string[];
    /** Whether it may be meant to have something for others too, which can't be told. */
    readonly isOpen: boolean;
}

/** Whether a file of the teams' folder is one of a team, by its name in there. */
export function isTeamFile(name: string): boolean {
    return /\.ya?ml$/.test(name);
}

/** Whether a problem is in a team's file, by its place. */
export function isOfTeamFile({ path }: ConfigProblem): boolean {
    return path.startsWith(`${teamFolder}/`);
}

/** Reads the teams' files. What can't be read is among their problems. */
export function teamFilesOf(texts: TeamTexts): readonly TeamFile[] {
    return Object.keys(texts)
        .sort()
        .map((file) => teamFileOf(file, texts[file] ?? ""));
}

function teamFileOf(file: string, text: string): TeamFile {
    const team = file.replace(/^.*\//, "").replace(/\.ya?ml$/, "");
    const content = contentOf(text);
    const keys = typeof content === "string" ? {} : content;
    const whole = [...nameProblems(file, team), ...(typeof content === "string" ? [content] : [])];
    const listOf = (list: TeamList): Values => (isMap(keys[list]) ? keys[list] : {});
    const stacks = [...new Set(teamLists.flatMap((list) => Object.keys(listOf(list))))];
    // Nobody goes by a file whose name is wrong.
    const read = (list: TeamList) => (nameProblems(file, team).length === 0 ? listOf(list) : {});
    return {
        file,
        team,
        problems: [
            ...whole.map((message) => ({ path: file, message })),
            ...Object.entries(keys).flatMap(([key, value]) => {
                const message = keyProblem(key, value);
                return message === undefined ? [] : [{ path: `${file}: ${key}`, message }];
            }),
        ],
        lists: { exports: read("exports"), imports: read("imports") },
        stacks,
        isOpen:
            stacks.length === 0 ||
            Object.entries(keys).some(
                ([key, value]) => !isPlatformKey(key) && keyProblem(key, value) !== undefined,
            ),
    };
}

function nameProblems(file: string, team: string): readonly string[] {
    if (!dnsLabelPattern.test(team))
        return [
            "is called after no team that there can be: a name has lower-case letters, digits and dashes, 63 characters at most; rename the file",
        ];
    return file.endsWith(".yml") ? [`is not read, for its name; call it ${teamFolder}/${team}.yaml`] : [];
}

/** The keys of a file, or what is wrong with it. */
function contentOf(text: string): Values | string {
    try {
        const content = parseStackFile(text) ?? {};
        return isMap(content) ? content : "must be a map with the keys exports and imports";
    } catch (error) {
        return notYaml(error);
    }
}

/** Keys that stand in stack files alone. */
const platformKeys = [
    "ca",
    "config",
    "encryptionsalt",
    ...Object.keys(clusterStackSchema.shape).filter((key) => !(teamLists as readonly string[]).includes(key)),
];

/** Whether a key, with the project's name before it or not, is one of stack files alone. */
function isPlatformKey(key: string): boolean {
    return platformKeys.includes(key.replace(/^.*:/, ""));
}

function keyProblem(key: string, value: unknown): string | undefined {
    if ((teamLists as readonly string[]).includes(key))
        return isMap(value) || value === null ? undefined : "must be a map from clusters to lists of entries";
    if (isPlatformKey(key))
        return "is the platform's to set, in the stack files; a team's file has exports and imports alone, so remove it here";
    return `is nothing that a team's file can have${didYouMean(key, teamLists)}; it has exports and imports alone`;
}

/** Whether a value of a file is a map. */
export function isMap(value: unknown): value is Values {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
