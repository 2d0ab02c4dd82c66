import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename, relative, resolve } from "node:path";

const page = resolve(__dirname, "../../docs/bad-input.md");

/** A bad input, and what is said to it: one row of docs/bad-input.md. */
export interface Refusal {
    /** What is wrong, as the table's first column says it. */
    readonly cause: string;
    /** The line of the message that is about it, as the table's second column says it. */
    readonly line: string;
    /** Hands the input over, and returns the whole message that comes of it. */
    readonly said: () => string | Promise<string>;
}

/**
 * Tries every bad input of a section of docs/bad-input.md, and compares the whole message of each. The section's rows
 * that name the spec are exactly these, so neither can change without the other.
 *
 * @param spec path of the spec, its `__filename`
 * @param section heading in docs/bad-input.md
 * @param whole makes the whole message of the line
 */
export function itRefuses(
    spec: string,
    section: string,
    whole: (line: string) => string,
    refusals: readonly Refusal[],
): void {
    describe(`bad input: ${section}`, () => {
        for (const { cause, line, said } of refusals) {
            it(`refuses ${cause}`, async () => {
                assert.equal(await said(), whole(line));
            });
        }
        it("is in docs/bad-input.md, row by row", () => {
            const link = `](${relative(resolve(page, ".."), spec)}): `;
            const text = readFileSync(page, "utf8").split(`\n## ${section}\n`)[1]?.split("\n## ")[0] ?? "";
            const rows = text.split("\n").filter((row) => row.includes(link));
            assert.deepEqual(
                rows.sort(),
                refusals.map((refusal) => rowOf(refusal, link, basename(spec, ".spec.ts"))).sort(),
            );
        });
    });
}

function rowOf({ cause, line }: Refusal, link: string, name: string): string {
    return `| ${cause} | ${codeSpan(line)} | [${name}${link}${codeSpan(`refuses ${cause}`)} |`;
}

function codeSpan(text: string): string {
    if (!text.includes("`")) return `\`${text}\``;
    const space = text.startsWith("`") || text.endsWith("`") ? " " : "";
    return `\`\`${space}${text}${space}\`\``;
}
