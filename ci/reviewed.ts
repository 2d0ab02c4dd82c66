import { createHmac, timingSafeEqual } from "node:crypto";
import stringify from "fast-json-stable-stringify";
import type { PreviewReport } from "../cli/commands/preview";
import { kindOf } from "../cli/engine/objectChange";
import { type Step, stepsOf } from "./differences";

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
 * A text for a comment with a line at its end, not to be seen in it, which says what was foreseen when a pull request was reviewed,
 * by hashes that only the holder of the key can make. It tells nobody a value; neither it nor the text before it can be changed,
 * and it can't be carried over to another pull request.
 *
 * @param textFor what people are to read, in at most so many characters
 * @param room characters for all of it
 * @param key at least 32 characters
 */
export function signedComment(
    reports: readonly PreviewReport[],
    subject: Subject,
    key: string,
    room: number,
    textFor: (room: number) => string,
): string {
    const steps = allSteps(reports).map((step) => stepHash(step, subject, key));
    const list = [...new Set(steps)].sort().join(",");
    const line = (signature: string) =>
        `<!-- istio-multicluster: reviewed ${subject.head} ${list} ${signature} -->`;
    const text = textFor(room - line("0".repeat(64)).length - 4);
    return `${text}\n\n${line(mac(list + shownText(text), subject, key))}\n`;
}

/** A text as it is signed: GitHub writes line ends in its own way where somebody edits. */
function shownText(text: string): string {
    return text.replaceAll("\r\n", "\n").trim();
}

/** What a comment's text says was reviewed; undefined where it says nothing that the key has made for this subject. */
export function reviewedSteps(
    comment: string,
    subject: Subject,
    key: string,
): ReadonlySet<string> | undefined {
    const found = /<!-- istio-multicluster: reviewed ([0-9a-f]+) ([0-9a-f,]*) ([0-9a-f]{64}) -->\s*$/.exec(
        comment,
    );
    if (found === null) return undefined;
    const [, head = "", list = "", signature = ""] = found;
    const expected = mac(list + shownText(comment.slice(0, found.index)), subject, key);
    if (head !== subject.head || !timingSafeEqual(Buffer.from(signature), Buffer.from(expected)))
        return undefined;
    return new Set(list.split(",").filter((hash) => hash !== ""));
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
    return allSteps(reports)
        .filter((step) => !reviewed.has(stepHash(step, subject, key)))
        .map(({ stack, op, type, name, places }) => {
            const paths = places.join(", ");
            return `${stack}: ${op} ${kindOf(type)} ${name}${paths === "" ? "" : ` (${paths})`}`;
        })
        .sort();
}

function allSteps(reports: readonly PreviewReport[]): readonly Step[] {
    return reports.flatMap(({ stack, planned }) => stepsOf(stack, planned));
}

function stepHash({ stack, op, type, name, differences }: Step, subject: Subject, key: string): string {
    return mac(stringify({ stack, op, type, name, differences }), subject, key).slice(0, 24);
}

function mac(text: string, { repository, pull, head, environment }: Subject, key: string): string {
    const subject = stringify({ repository, pull, head, environment });
    return createHmac("sha256", key).update(`${subject}\n${text}`).digest("hex");
}
