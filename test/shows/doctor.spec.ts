import assert from "node:assert/strict";
import CliTable from "cli-table3";
import type { VerifyReport } from "../../cli/verify/report";
import type { Printed } from "../support/printedReports";
import { type Cause, causes, lookAlikes, pairs } from "./doctor/causes";
import { egressCauses } from "./doctor/egressCauses";
import { muteCaller } from "./doctor/muteCaller";
import { Patient, someName } from "./doctor/patient";
import { makeTicket } from "./doctor/ticket";

/** Causes to try, `CAUSES="mutual-tls-off;no-pods"`; all of them by default. */
const chosen = process.env["CAUSES"]?.split(";");

/**
 * Each cause is made on real clusters. `mesh verify` has to name it on top; then the step that it names is done and nothing
 * else, and the call has to pass.
 */
describe("the causes that mesh verify names", function () {
    this.timeout(300_000);
    const patient = new Patient();
    const table = new CliTable({
        head: ["Made", "Said", "s", "Named step alone", "Call then"],
        style: { head: [], border: [] },
    });

    before(async () => {
        await patient.begin();
    });

    after(async () => {
        console.log(table.toString());
        await patient.end();
    });

    it("are none in a healthy mesh with objects that look like some", async () => {
        const undo = await lookAlikes(patient);
        for (let run = 1; run <= 3; run++) {
            const { reports, code } = await patient.verify();
            assert.equal(code, 0, JSON.stringify(reports));
            assert.ok(reports.every(({ findings }) => findings === undefined));
        }
        table.push(["look-alikes, 3 runs", "nothing", "", "", "200"]);
        await undo();
    });

    if (isChosen("20"))
        it("are looked for in less than 15 s where 20 imports are healthy", async () => {
            await patient.manyImports(20);
            const { reports, code, seconds } = await patient.verifyAll();
            assert.equal(code, 0, JSON.stringify(reports.filter(({ passed }) => !passed)));
            const imports = reports.filter(({ cluster }) => cluster === patient.caller);
            assert.ok(imports.length >= 20, String(imports.length));
            table.push([`${imports.length} healthy imports`, "nothing", seconds.toFixed(1), "", ""]);
            assert.ok(seconds < 15, `${seconds} s`);
            await patient.recover();
        });

    if (isChosen("bundle"))
        it("go into a file for a ticket with the state of proxies and DNS, and with no secret", async () => {
            try {
                const { kibibytes, seconds } = await makeTicket(patient);
                table.push(["a bundle", `${kibibytes} KiB`, seconds.toFixed(0), "", ""]);
            } finally {
                await patient.recover();
            }
        });

    if (isChosen("distroless"))
        it("are named where neither end has a shell or a tool, from outside and by a pod that is started", async () => {
            const name = someName();
            await muteCaller(patient, name);
            const mute = ["--from", `foo/${name}`];
            const probe = ["--probe", "foo/sleep", "--probe-image", "lab.local/sleep:lab"];
            try {
                const fromOutside = await patient.verify("/headers", 4, mute);
                const [report] = fromOutside.reports.filter(({ cluster }) => cluster === patient.caller);
                assert.deepEqual([fromOutside.code, report?.passed, report?.isFromOutside], [1, false, true]);
                assert.deepEqual(report?.findings, [], JSON.stringify(report));
                const layers = report.checks.map((check) => `${check.name}: ${check.detail}`);
                table.push([
                    "distroless, healthy, from outside",
                    "not called, nothing",
                    fromOutside.seconds.toFixed(0),
                    layers.join("\n"),
                    "",
                ]);
                const started = await patient.verify("/headers", 10, probe);
                assert.equal(started.code, 0, JSON.stringify(started.reports));
                table.push([
                    "distroless, healthy, --probe",
                    "nothing",
                    started.seconds.toFixed(0),
                    "",
                    "200",
                ]);
                for (const { what, expected, make } of distrolessCauses()) {
                    await make(patient);
                    for (const [how, args] of [
                        ["--probe", probe],
                        ["from outside", mute],
                    ] as const) {
                        const found = await patient.failing(undefined, args);
                        assert.deepEqual(
                            codesOf(found.report),
                            [expected],
                            JSON.stringify(found.report, null, 1),
                        );
                        table.push([
                            `distroless, ${what}, ${how}`,
                            expected,
                            found.seconds.toFixed(0),
                            "",
                            "",
                        ]);
                    }
                    await patient.recover();
                    await muteCaller(patient, name);
                }
            } finally {
                await patient.recover();
            }
        });

    for (const each of causes.filter(({ expected }) => isChosen(expected)))
        it(`${each.expected}: ${each.what}`, () => tryCause(each));

    const throughEgress = egressCauses.filter(({ expected }) => isChosen(expected) || isChosen("egress"));
    if (throughEgress.length > 0)
        describe("through an egress gateway", () => {
            before(() => patient.throughEgress());
            for (const each of throughEgress) it(`${each.expected}: ${each.what}`, () => tryCause(each));
        });

    /** Makes a cause, and does what is named for it. */
    async function tryCause({ what, expected, make, step, path }: Cause): Promise<void> {
        try {
            await make(patient);
            const { report, seconds } = await patient.failing(path);
            assert.deepEqual(report.findings?.[0]?.code, expected, JSON.stringify(report, null, 1));
            assert.deepEqual(codesOf(report).slice(1), [], "nothing else is blamed");
            const said = report.findings[0].next;
            await step(patient, said);
            const status = path === undefined ? await patient.call() : "as it is";
            table.push([what, expected, seconds.toFixed(0), said.slice(0, 60), status]);
            assert.ok(["200", "as it is"].includes(status), status);
        } finally {
            await patient.recover();
        }
    }

    for (const { what, expected, make } of isChosen("pairs") ? pairs : []) {
        it(`both are named, what to mend first on top: ${what}`, async () => {
            try {
                for (const each of make) await each(patient);
                const { report, seconds } = await patient.failing();
                assert.deepEqual(codesOf(report), expected, JSON.stringify(report, null, 1));
                table.push([what, codesOf(report).join("\n"), seconds.toFixed(0), "", ""]);
            } finally {
                await patient.recover();
            }
        });
    }
});

/** Causes that are told by what is seen from outside alone. */
function distrolessCauses(): readonly Cause[] {
    return causes.filter(({ what }) =>
        ["a PeerAuthentication of the namespace", "no pod of the server"].includes(what),
    );
}

function isChosen(code: string): boolean {
    return chosen?.includes(code) ?? true;
}

function codesOf({ findings = [] }: Printed<VerifyReport>): readonly string[] {
    return findings.map(({ code }) => code);
}
