import type { DiffReport } from "../commands/diff";
import type { MeshChange, Topic } from "../../lib/mesh/meshChange";
import { colours } from "./colours";
import { escaped } from "./markdown";

const titles: Readonly<Record<Topic, string>> = {
    clusters: "Clusters",
    calls: "Who can call what",
    callers: "Who is let in",
    services: "How services are called",
    settings: "Settings",
    unknown: "Not known from the files",
};

/** What a change of files means, for a terminal. */
export function diffText({ base, head, changes, beyondFiles, problems }: DiffReport): string {
    const lines = [`From ${base} to ${head}:`];
    for (const [topic, some] of byTopic(changes)) {
        lines.push("", colours.bold(titles[topic]));
        for (const { sign, stack, text, effect } of some) {
            lines.push(`  ${signed(sign)} ${stack} ${text}`);
            if (effect !== undefined) lines.push(`      ${effect}`);
        }
    }
    if (beyondFiles.length > 0) {
        lines.push("", colours.bold("Also changed; only a preview tells what it does"));
        for (const { what, files } of beyondFiles) lines.push(`  ? ${what}: ${shortList(files)}`);
    }
    if (changes.length + beyondFiles.length === 0) lines.push("", "The files describe the same mesh.");
    if (problems.length > 0) lines.push("", colours.red("A preview would refuse this:"), ...problems);
    return lines.join("\n");
}

function signed(sign: MeshChange["sign"]): string {
    return sign === "+" ? colours.green(sign) : sign === "-" ? colours.red(sign) : colours.yellow(sign);
}

/** The same as Markdown, for a comment. */
export function diffMarkdown({ base, head, changes, beyondFiles, problems }: DiffReport): string {
    const lines = [`**What this changes in the mesh** (from ${escaped(base)} to ${escaped(head)})`];
    if (problems.length > 0)
        lines.push("", "**A preview would refuse this:**", "", ...problems.flatMap((text) => quoted(text)));
    for (const [topic, some] of byTopic(changes)) {
        lines.push("", `**${titles[topic]}**`, "");
        for (const { sign, stack, text, effect } of some) {
            const more = effect === undefined ? "" : `<br>${escaped(effect)}`;
            lines.push(`- ${marks[sign]} ${escaped(stack)} ${escaped(text)}${more}`);
        }
    }
    if (beyondFiles.length > 0) {
        lines.push("", "**Also changed; only a preview tells what it does**", "");
        for (const { what, files } of beyondFiles)
            lines.push(`- ${marks["?"]} ${escaped(what)}: ${escaped(shortList(files))}`);
    }
    if (changes.length + beyondFiles.length === 0) lines.push("", "The files describe the same mesh.");
    return lines.join("\n");
}

const marks: Readonly<Record<MeshChange["sign"], string>> = { "+": "➕", "-": "➖", "~": "✏️", "?": "❔" };

function quoted(text: string): readonly string[] {
    return text.split("\n").map((line) => `> ${escaped(line)}<br>`);
}

function byTopic(changes: readonly MeshChange[]): readonly (readonly [Topic, readonly MeshChange[]])[] {
    const found = new Map<Topic, MeshChange[]>();
    for (const change of changes) found.set(change.topic, [...(found.get(change.topic) ?? []), change]);
    return [...found];
}

const longestList = 6;

function shortList(files: readonly string[]): string {
    const more = files.length - longestList;
    return more > 0 ? `${files.slice(0, longestList).join(", ")} and ${more} more` : files.join(", ");
}
