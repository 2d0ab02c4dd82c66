import { createHmac, timingSafeEqual } from "node:crypto";
import stringify from "fast-json-stable-stringify";
import type { PreviewReport } from "../cli/commands/preview";
import { kindOf, type ObjectChange } from "../cli/engine/objectChange";
import type { PropertyChange } from "../cli/engine/properties";

/** What a review holds for, and for nothing else. */
export interface Subject {
    /** `OWNER/NAME`. */
    readonly repository: string;
    /** Number of the pull request. */
    readonly pull: number;
    /** Hash of the commit that was looked at. */
    readonly head: string;
    /** Name of the environment; empty where there is only one. */
    readonly environment: string;
}

/**
 * A line for a comment, not to be seen in it, which says what was foreseen when a pull request was reviewed, by hashes that only
 * the holder of the key can make. It tells nobody a value, and it can't be forged or carried over to another pull request.
 *
 * @param key at least 32 characters
 */
export function reviewLine(reports: readonly PreviewReport[], subject: Subject, key: string): string {
    const steps = [...new Set(stepsOf(reports).map((step) => stepHash(step, subject, key)))].sort();
    const text = steps.join(",");
    return `<!-- istio-multicluster: reviewed ${subject.head} ${text} ${mac(text, subject, key)} -->`;
}

/** What a comment's text says was reviewed; undefined where it says nothing that the key has made for this subject. */
export function reviewedSteps(
    comment: string,
    subject: Subject,
    key: string,
): ReadonlySet<string> | undefined {
    const found = /<!-- istio-multicluster: reviewed ([0-9a-f]+) ([0-9a-f,]*) ([0-9a-f]{64}) -->/.exec(
        comment,
    );
    if (found === null) return undefined;
    const [, head = "", text = "", signature = ""] = found;
    const expected = mac(text, subject, key);
    if (head !== subject.head || !timingSafeEqual(Buffer.from(signature), Buffer.from(expected)))
        return undefined;
    return new Set(text.split(",").filter((hash) => hash !== ""));
}

/**
 * The steps that are foreseen now and were not when it was reviewed, a sentence each. Fewer steps are no difference: an update
 * that ended half-way has done some of them.
 */
export function notReviewed(
    reports: readonly PreviewReport[],
    reviewed: ReadonlySet<string>,
    subject: Subject,
    key: string,
): readonly string[] {
    return stepsOf(reports)
        .filter((step) => !reviewed.has(stepHash(step, subject, key)))
        .map(({ stack, change: { op, type, name, properties } }) => {
            const paths = properties.map(({ path }) => path).join(", ");
            return `${stack}: ${op} ${kindOf(type)} ${name}${paths === "" ? "" : ` (${paths})`}`;
        })
        .sort();
}

interface Step {
    readonly stack: string;
    readonly change: ObjectChange;
}

function stepsOf(reports: readonly PreviewReport[]): readonly Step[] {
    return reports.flatMap(({ stack, planned }) => planned.map((change) => ({ stack, change })));
}

function stepHash({ stack, change }: Step, subject: Subject, key: string): string {
    const { op, type, name, properties } = change;
    const differences = properties.flatMap(differencesOf).map((each) => stringify(each));
    const text = stringify({ stack, op, type, name, differences: [...new Set(differences)].sort() });
    return mac(text, subject, key).slice(0, 24);
}

function mac(text: string, { repository, pull, head, environment }: Subject, key: string): string {
    const subject = stringify({ repository, pull, head, environment });
    return createHmac("sha256", key).update(`${subject}\n${text}`).digest("hex");
}

/**
 * What a property's change comes to, so that it is the same after another pull request was merged in between: of lists and of
 * texts of several lines the entries that come and go, of names that end in a hash of a content nothing.
 */
function differencesOf({ path, old, new: current }: PropertyChange): readonly object[] {
    const place = path.replace(/\[\d+\]/g, "[]");
    const [before, after] = [entriesOf(old), entriesOf(current)];
    if (before !== undefined || after !== undefined || place.endsWith("[]")) {
        const [gone, come] = [before ?? valueIn(old), after ?? valueIn(current)];
        const list = place.replace(/(\[\])+$/, "");
        return [
            ...without(come, gone).map((added) => ({ place: list, added })),
            ...without(gone, come).map((removed) => ({ place: list, removed })),
        ];
    }
    if (isHashed(old) && isHashed(current) && unhashed(old) === unhashed(current)) return [];
    return [{ place, old, new: current }];
}

/** The entries of a list, or the lines of a text that has several. */
function entriesOf(value: unknown): readonly unknown[] | undefined {
    if (Array.isArray(value)) return value as readonly unknown[];
    return typeof value === "string" && value.includes("\n") ? value.split("\n") : undefined;
}

function valueIn(value: unknown): readonly unknown[] {
    return value === undefined ? [] : [value];
}

function without(some: readonly unknown[], others: readonly unknown[]): readonly unknown[] {
    const known = new Set(others.map((each) => stringify(each)));
    return some.filter((each) => !known.has(stringify(each)));
}

const hashEnding = /-[0-9a-f]{8,64}$/;

function isHashed(value: unknown): value is string {
    return typeof value === "string" && hashEnding.test(value);
}

function unhashed(name: string): string {
    return name.replace(hashEnding, "");
}
