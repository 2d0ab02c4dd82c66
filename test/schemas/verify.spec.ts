import assert from "node:assert/strict";
import type { z } from "zod";
import { failed, passed, skipped } from "../../cli/verify/check";
import { reportOf, type VerifyReport } from "../../cli/verify/report";
import type { reportsSchema } from "../../cli/verify/reportSchema";
import { codes } from "../../lib/doctor/codes";
import type { Schema } from "../../schemas/settings";
import { hint } from "../cli/samples";
import { type Printed, printed, readPrinted, verifySchema } from "../support/printedReports";

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** Does not compile where the schema and the type say different things. */
const isWhatIsPrinted: Same<z.infer<typeof reportsSchema>, readonly Printed<VerifyReport>[]> = true;

const place = { cluster: "cluster1", host: "httpbin.bar.global", from: "cluster2", port: 8000 };

/** What version 1 says, as `path: type`, with a `?` where it may be left out. Nothing may go from here, or change. */
const versionOne = `
cluster: string
host: string
from: string
owner?: string
port?: integer
passed: boolean
line: string
checks: array
checks.name: string
checks.status: string
checks.detail: string
checks.hint?: string
checks.isUntried?: boolean
checks.isAnswered?: boolean
findings?: array
findings.code: string
findings.cluster: string
findings.cause: string
findings.evidence: array
findings.next: string
findings.since?: string
notLookedAt?: array
notLookedAt.cluster: string
notLookedAt.what: string
notLookedAt.reason: string
lastUps?: array
lastUps.stack: string
lastUps.at: string
lastUps.commit?: string
lastUps.author?: string
lastUps.isDirty?: boolean
next?: string
isFromOutside?: boolean`;

describe("the schema of what mesh verify prints", () => {
    it("is of the type that is printed", () => {
        assert.ok(isWhatIsPrinted);
    });

    it("keeps what its version 1 says", () => {
        const fields: string[] = [];
        const look = ({ properties = {}, required = [] }: Schema, path: string) => {
            for (const [name, field] of Object.entries(properties) as [string, Schema][]) {
                fields.push(`${path}${name}${required.includes(name) ? "" : "?"}: ${String(field.type)}`);
                look((field.items ?? {}) as Schema, `${path}${name}.`);
            }
        };
        look(verifySchema().items as Schema, "");
        const missing = versionOne
            .trim()
            .split("\n")
            .filter((line) => !fields.includes(line));
        assert.deepEqual(missing, []);
        assert.deepEqual(verifySchema().title, "What mesh verify --json prints, version 1");
    });

    it("takes every outcome of a call, with every code", () => {
        const outcomes = [
            passed("HTTP 200"),
            failed("HTTP 503: x", hint("Look.")),
            skipped("not on the way"),
            failed("no curl", hint("Take another.")),
        ];
        const explanation = {
            findings: (Object.keys(codes) as (keyof typeof codes)[]).map((code) => ({
                ...{ code, cluster: "cluster2", cause: "x", evidence: ["a"], next: hint("y") },
                since: "2026-11-02T00:00:00Z",
            })),
            notLookedAt: [{ cluster: "cluster2", what: "Sidecar", reason: "no" }],
            lastUps: [
                {
                    stack: "cluster1",
                    at: "2026-11-01T10:00:00.000Z",
                    commit: "ab",
                    author: "Jo",
                    isDirty: true,
                },
            ],
            next: hint("z"),
            isFromOutside: true,
        } as const;
        for (const outcome of outcomes) {
            const checks = [
                {
                    name: "GlobalDns",
                    status: "failed" as const,
                    detail: "no shell",
                    isUntried: true as const,
                },
                { name: "call", ...outcome, isAnswered: true as const },
            ];
            printed([reportOf(place, checks), reportOf({ ...place, owner: "shop" }, checks, explanation)]);
        }
        const portless = { cluster: "cluster1", host: place.host, from: "cluster2" };
        printed([reportOf(portless, [{ name: "import", status: "failed", detail: "it waits" }])]);
        printed([]);
    });

    it("refuses what is not printed", () => {
        const good = JSON.parse(
            JSON.stringify(reportOf(place, [{ name: "call", ...passed("HTTP 200") }])),
        ) as object;
        readPrinted(JSON.stringify([good]));
        for (const bad of [{ passed: "yes" }, { checks: [{ name: "x" }] }, { more: 1 }, { port: 0 }])
            assert.throws(() => readPrinted(JSON.stringify([{ ...good, ...bad }])));
        assert.throws(() => readPrinted("{}"));
    });
});
