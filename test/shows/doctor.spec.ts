import assert from "node:assert/strict";
import CliTable from "cli-table3";
import type { VerifyReport } from "../../cli/verify/report";
import { causes, lookAlikes, pairs } from "./doctor/causes";
import { Patient } from "./doctor/patient";

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

    for (const { what, expected, make, step, path } of causes.filter((each) => isChosen(each.expected))) {
        it(`${expected}: ${what}`, async () => {
            try {
                await make(patient);
                const { report, seconds } = await patient.failing(path);
                assert.deepEqual(report.findings?.[0]?.code, expected, JSON.stringify(report, null, 1));
                assert.deepEqual(codesOf(report).slice(1), [], "nothing else is blamed");
                const said = report.findings[0].next.toString();
                await step(patient, said);
                const status = path === undefined ? await patient.call() : "as it is";
                table.push([what, expected, seconds.toFixed(0), said.slice(0, 60), status]);
                assert.ok(["200", "as it is"].includes(status), status);
            } finally {
                await patient.recover();
            }
        });
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

function isChosen(code: string): boolean {
    return chosen?.includes(code) ?? true;
}

function codesOf({ findings = [] }: VerifyReport): readonly string[] {
    return findings.map(({ code }) => code);
}
