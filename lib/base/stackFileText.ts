import { parse, YAMLParseError } from "yaml";

/**
 * The content of one of the user's own YAML files. However often it uses one anchor, as a file with hundreds of services may:
 * the library's limit is for files of strangers. What the library would warn of is Pulumi's to say.
 *
 * @throws YAMLParseError where it is none
 */
export function parseStackFile(text: string): unknown {
    return parse(text, { maxAliasCount: -1, logLevel: "error" }) as unknown;
}

/** How much of an error's own words is told, which for a file of another kind hold the file. */
const longestReason = 160;

/**
 * What an error of {@link parseStackFile} says, as a clause about the file: why it is no YAML, with line and column.
 *
 * @throws the error itself where it is another one
 */
export function notYaml(error: unknown): string {
    if (!(error instanceof YAMLParseError)) throw error;
    const [reason = ""] = error.message.split("\n");
    const [{ line, col } = { line: 1, col: 1 }] = error.linePos ?? [];
    const cause = reason.replace(/ at line \d+, column \d+:$/, "");
    const told = cause.length > longestReason ? `${cause.slice(0, longestReason)}…` : cause;
    return `is not valid YAML: ${told} at line ${line}, column ${col}`;
}

/** What keeps a file from being one of Pulumi's, whatever it sets, as a clause about it; undefined where nothing does. */
export function shapeProblem(text: string): string | undefined {
    let content: unknown;
    try {
        content = parseStackFile(text);
    } catch (error) {
        return notYaml(error);
    }
    if (content === null || content === undefined) return "is empty";
    return typeof content === "object" && !Array.isArray(content) ? undefined : "must be a map";
}
