import { ownerText } from "../../lib/mesh/consent";
import { colours } from "../print/colours";
import { exitCode } from "../problem";
import { table } from "../print/tables";
import type { CheckReport } from "./run";

/** What became of one target, or of an import that could not be tried. */
export interface VerifyReport {
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
): VerifyReport {
    const failure = checks.find(({ status }) => status === "failed");
    const last = checks.at(-1);
    const place = port === undefined ? host : `${host}:${port}`;
    const tried = last !== undefined && last.status !== "not tried" && last.name === "call";
    const outcome = tried
        ? (last.detail.split(":")[0] ?? "")
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
    };
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

/** The text of `mesh verify`: every layer of every target, hints for the first that failed, and one line for each target. */
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
    const parts = [table(["from", "to", "layer", "result", "seen"], rows)];
    for (const { checks, line } of reports) {
        const failure = checks.find(({ status }) => status === "failed");
        if (failure?.hint !== undefined)
            parts.push(`${line} (${failure.name}: ${failure.detail})\nNext: ${failure.hint.text}`);
    }
    parts.push(reports.map(({ line }) => line).join("\n"));
    return parts.join("\n\n");
}
