import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Run } from "./program";

const folder = resolve(__dirname, "../golden");

/**
 * Compares a run's resources and outputs with the committed file test/golden/NAME.json, so that a reviewer sees what a
 * change of the program does to them. With UPDATE_GOLDEN=1 it writes the file instead.
 */
export function assertGolden(name: string, { resources, result, warnings }: Run): void {
    const file = join(folder, `${name}.json`);
    const actual = sortKeys({ warnings, outputs: result, resources });
    if (process.env["UPDATE_GOLDEN"] === "1") {
        writeFileSync(file, `${JSON.stringify(actual, undefined, 2)}\n`);
        return;
    }
    if (!existsSync(file)) {
        assert.fail(
            `test/golden/${name}.json does not exist; run the test with UPDATE_GOLDEN=1 and review the file.`,
        );
    }
    const expected: unknown = JSON.parse(readFileSync(file, "utf8"));
    // Not deepEqual, whose report of a whole stack hides what is different.
    if (isDeepStrictEqual(actual, expected)) return;
    assert.fail(
        `The program differs from test/golden/${name}.json. ` +
            "Where that is meant, run the test with UPDATE_GOLDEN=1 and review the change.\n" +
            firstDifference(actual, expected),
    );
}

/** The same value with every object's keys in order, as it is after a trip through JSON. */
function sortKeys(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(sortKeys);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
    return Object.fromEntries(
        entries
            .sort(([a], [b]) => (a < b ? -1 : 1))
            // Days until a certificate ends are others tomorrow.
            .map(([key, inner]) => [key, /daysLeft$/i.test(key) ? "(days)" : sortKeys(inner)]),
    );
}

/** The first lines that differ, since the whole is too long to print. */
function firstDifference(actual: unknown, expected: unknown): string {
    const [is, was] = [actual, expected].map((value) => JSON.stringify(value, undefined, 2).split("\n")) as [
        string[],
        string[],
    ];
    const index = is.findIndex((line, at) => line !== was[at]);
    const at = index < 0 ? is.length : index;
    const around = (lines: string[]) => lines.slice(Math.max(0, at - 3), at + 5).join("\n");
    return `It has, at line ${at + 1}:\n${around(is)}\nwhere the file has:\n${around(was)}`;
}
