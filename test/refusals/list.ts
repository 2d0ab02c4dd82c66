import { relative, resolve } from "node:path";
import { brokenCorefiles, damagedMarkers } from "./corefiles";
import { named } from "./named";
import { refuses, type Section, sections } from "./sections";
import { services } from "./services";
import { settings } from "./settings";
import { worlds } from "./worlds";

const tests = resolve(__dirname, "..");
const docs = resolve(tests, "../docs");

/** The command that writes {@link listFile}. */
export const listCommand = "npm run docs:refusals";

/** Path of the list of every bad input. */
export const listFile = resolve(docs, "bad-input-list.md");

/** A bad input, what is said to it, and the test that shows it: one row of the list. */
export interface Row {
    readonly section: Section;
    readonly cause: string;
    /** The line that is about it; `…` stands for what differs from case to case. */
    readonly message: string;
    /** Path of the spec. */
    readonly spec: string;
    readonly title: string;
    /** Whether the spec takes its input from this folder, and compares the whole message. */
    readonly compared: boolean;
}

/** Every bad input, in the order of the list. */
export const rows: readonly Row[] = (Object.keys(sections) as Section[]).flatMap((section) => [
    ...compared(section, "lib/config/refusals.spec.ts", settings[section]),
    ...compared(section, "lib/config/refusals.spec.ts", services[section]),
    ...compared(section, "program/refusals.spec.ts", worlds[section]),
    ...(section === "The cluster DNS"
        ? compared(section, "lib/dns/corefile.spec.ts", [...brokenCorefiles, ...damagedMarkers])
        : []),
    ...Object.entries(named[section] ?? {}).flatMap(([spec, byTitle]) =>
        Object.entries(byTitle).flatMap(([title, messages]) =>
            Object.entries(messages).map(([cause, message]) => ({
                section,
                cause,
                message,
                spec: resolve(tests, spec),
                title,
                compared: false,
            })),
        ),
    ),
]);

function compared(
    section: Section,
    spec: string,
    cases: readonly (readonly [cause: string, message: string, ...rest: unknown[]])[] = [],
): readonly Row[] {
    return cases.map(([cause, message]) => ({
        section,
        cause,
        message,
        spec: resolve(tests, spec),
        title: refuses(cause),
        compared: true,
    }));
}

/** The text of {@link listFile}. */
export function listText(): string {
    return [
        `<!-- Made by \`${listCommand}\` from the data of the tests in test/refusals/. Do not edit. -->`,
        "",
        "# Every bad input",
        "",
        `What is refused, in which words, and which test shows it. Made by \`${listCommand}\` from the data of the tests in`,
        "[test/refusals/](../test/refusals/); do not edit. For reading: [bad-input.md](bad-input.md).",
        "",
        "Names, numbers and paths in a message are those of its test; `…` stands for what differs from case to case.",
        ...Object.entries(sections).flatMap(([section, intro]) => [
            "",
            `## ${section}`,
            ...(intro === "" ? [] : ["", intro]),
            "",
            "| Cause | Message | Test |",
            "| --- | --- | --- |",
            ...rows.filter((row) => row.section === section).map(lineOf),
        ]),
        "",
    ].join("\n");
}

function lineOf({ cause, message, spec, title }: Row): string {
    const name = spec.replace(/^.*\/(.*)\.spec\.ts$/, "$1");
    return `| ${cause} | ${codeSpan(message)} | [${name}](${relative(docs, spec)}): ${codeSpan(title)} |`;
}

function codeSpan(text: string): string {
    const cell = text.replaceAll("|", "\\|");
    if (!cell.includes("`")) return `\`${cell}\``;
    const space = cell.startsWith("`") || cell.endsWith("`") ? " " : "";
    return `\`\`${space}${cell}${space}\`\``;
}
