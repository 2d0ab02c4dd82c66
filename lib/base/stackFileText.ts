import { parse } from "yaml";

/**
 * The content of one of the user's own YAML files. However often it uses one anchor, as a file with hundreds of services may:
 * the library's limit is for files of strangers. What the library would warn of is Pulumi's to say.
 *
 * @throws YAMLParseError where it is none
 */
export function parseStackFile(text: string): unknown {
    return parse(text, { maxAliasCount: -1, logLevel: "error" }) as unknown;
}
