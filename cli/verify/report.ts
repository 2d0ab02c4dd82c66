import { ownerText } from "../../lib/mesh/consent";
import type { NotRead } from "../../lib/doctor/evidence";
import type { Finding } from "../../lib/doctor/finding";
import type { LastUp } from "../../lib/mesh/lastRun";
import type { Hint } from "../hints/hint";
import { colours } from "../print/colours";
import { exitCode } from "../problem";
import { table } from "../print/tables";
import type { CheckReport } from "./run";

/** A cause that a call fails by, as it is printed. */
export interface NamedCause extends Omit<Finding, "next"> {
    readonly next: Hint;
}

/** What is said of a call that failed. */
export interface Explanation {
    /** Why, what to mend first on top; empty where no cause was found. */
    readonly findings: readonly NamedCause[];
    /** What could not be looked at. */
    readonly notLookedAt: readonly NotRead[];
    /** The last good update of the stacks at either end. */
    readonly lastUps: readonly (LastUp & { readonly stack: string })[];
    /** What to do where no cause was found. */
    readonly next?: Hint;
    /** Whether the call could not be made, so that the causes are those that are seen from outside. */
    readonly isFromOutside?: true;
}

/**
 * What became of one target, or of an import that could not be tried. An explanation is there only for a call that failed or could
 * not be made. Printed as JSON it has the shape of schemas/verify.schema.json, of which nothing is taken away or renamed.
 */
export interface VerifyReport extends Partial<Explanation> {
    readonly cluster: string;
    readonly host: string;
    readonly from: string;
    /** Team that answers for the import, or for the cluster's own export; absent where nobody says. */
    readonly owner?: string;
    /** Undefined for an import that could not be tried at all. */
    readonly port?: number;
    readonly passed: boolean;
    /** The last line about it, such as `httpbin.bar.global:8000 from cluster1: HTTP 200`. */
    readonly line: string;
    readonly checks: readonly CheckReport[];
}

/** Sums up the layers of one target. */
export function reportOf(
    { cluster, host, from, port, owner }: Pick<VerifyReport, "cluster" | "host" | "from" | "port" | "owner">,
    checks: readonly CheckReport[],
    explanation: Partial<Explanation> = {},
): VerifyReport {
    const failure = failureOf(checks);
    const last = checks.at(-1);
    const place = port === undefined ? host : `${host}:${port}`;
    const tried = last !== undefined && last.status !== "not tried" && last.name === "call";
    const outcome =
        tried && last.isUntried !== true
            ? (last.detail.split(":")[0] ?? "")
            : failure?.isUntried
              ? "not called"
              : `not reached, ${failure?.name ?? "nothing"} failed`;
    return {
        cluster,
        host,
        from,
        port,
        ...(owner !== undefined && { owner }),
        passed: failure === undefined,
        line: `${place} from ${cluster}: ${outcome}`,
        checks,
        ...explanation,
    };
}

/** The layer that failed; where none did, the first that could not be tried. */
function failureOf(checks: readonly CheckReport[]): CheckReport | undefined {
    const failures = checks.filter(({ status }) => status === "failed");
    return failures.find(({ isUntried }) => isUntried !== true) ?? failures[0];
}

/** Exit code of `mesh verify`. */
export function verifyExitCode(reports: readonly VerifyReport[]): number {
    if (reports.length === 0) return exitCode.incomplete;
    return reports.every(({ passed }) => passed) ? exitCode.ok : exitCode.failed;
}

const marks: Readonly<Record<CheckReport["status"], string>> = {
    passed: colours.green("ok"),
    failed: colours.red("FAILED"),
    skipped: colours.yellow("skipped"),
    "not tried": colours.dim("not tried"),
};

/**
 * The text of `mesh verify`: who is hit and what to do about it, the causes with what they were concluded from, then every layer
 * of every target and one line for each.
 */
export function verifyText(reports: readonly VerifyReport[]): string {
    if (reports.length === 0)
        return "There is nothing to verify: no cluster of this mesh imports anything yet.";
    const rows = reports.flatMap(({ cluster, host, port, owner, checks }) =>
        checks.map(({ name, status, detail }, index) => [
            index === 0 ? cluster : "",
            index === 0 ? `${port === undefined ? host : `${host}:${port}`}${ownerText({ owner })}` : "",
            name,
            marks[status],
            detail,
        ]),
    );
    return [
        ...reports.flatMap(failureText),
        table(["from", "to", "layer", "result", "seen"], rows),
        reports.map(({ line }) => line).join("\n"),
    ].join("\n\n");
}

/** What is said of a target that failed, before all else. */
function failureText(report: VerifyReport): readonly string[] {
    const { findings, notLookedAt = [], line, checks, next } = report;
    const failure = failureOf(checks);
    if (failure === undefined) return [];
    const [first] = findings ?? [];
    const hint = first?.next ?? next ?? failure.hint;
    if (findings === undefined)
        return hint === undefined ? [] : [`${line} (${failure.name}: ${failure.detail})\nNext: ${hint.text}`];
    return [
        [
            headline(report, failure),
            ...(hint === undefined ? [] : [`Next: ${hint.text}`]),
            ...findings.flatMap((finding, index) => causeLines(finding, index + 1)),
            ...notLookedAt.map(
                ({ cluster, what, reason }) => `Not looked at: ${what} in ${cluster} (${reason})`,
            ),
        ].join("\n"),
    ];
}

function headline(report: VerifyReport, { name, detail }: CheckReport): string {
    const { cluster, host, port, from, findings = [], lastUps = [], isFromOutside = false } = report;
    const [first] = findings;
    const since = first?.since === undefined ? "" : ` since ${first.since}`;
    const exporter = from === cluster ? "" : ` of ${from}`;
    const ups = lastUps.map(({ stack, at, commit, author }) => {
        const who = author === undefined ? "" : ` by ${author}`;
        return `${stack} ${at}${commit === undefined ? "" : ` (${commit.slice(0, 10)}${who})`}`;
    });
    const call = `${port === undefined ? host : `${host}:${port}`}${exporter}`;
    const said = isFromOutside
        ? `${call} was not called from ${cluster} (${name}: ${detail}).`
        : `${cluster} can't call ${call}${since} (${name}: ${detail}).`;
    const seen = first?.cause ?? (isFromOutside ? "nothing that would make it fail." : "Why was not found.");
    return (
        said +
        (ups.length === 0 ? "" : ` Last up: ${ups.join(", ")}.`) +
        (isFromOutside ? ` Seen from outside: ${seen}` : ` ${seen}`)
    );
}

function causeLines({ code, cluster, cause, evidence, next }: NamedCause, number: number): readonly string[] {
    return [
        `  ${number}. ${colours.bold(code)} in ${cluster}: ${cause}`,
        ...evidence.map((line) => `     - ${line}`),
        // The first one's is said above.
        ...(number === 1 ? [] : [`     Next: ${next.text}`]),
    ];
}
