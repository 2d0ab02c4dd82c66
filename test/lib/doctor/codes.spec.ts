import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { codes, hops } from "../../../lib/doctor/codes";

const root = path.resolve(__dirname, "../../..");
const page = fs.readFileSync(path.join(root, "docs/doctor.md"), "utf8");

describe("the codes", () => {
    it("are in the table of docs/doctor.md, in their order, each once and no other", () => {
        const rows = [...page.matchAll(/^\| `([a-z0-9-]+)` +\|/gm)].map(([, code]) => code);
        const table = rows.slice(0, rows.indexOf("findings") < 0 ? undefined : rows.indexOf("findings"));
        assert.deepEqual(table, Object.keys(codes));
    });

    it("that are suspicions are said to be", () => {
        const suspicions = [...page.matchAll(/^\| `([a-z0-9-]+)` +\| \(suspicion\)/gm)].map(
            ([, code]) => code,
        );
        const suspects = Object.entries(codes).flatMap(([code, facts]) =>
            "isSuspect" in facts ? [code] : [],
        );
        assert.deepEqual(suspicions, suspects);
    });

    it("are each given by a judge, and have a test that expects them", () => {
        const sources = read("lib/doctor", (name) => name !== "codes.ts");
        const tests = read("test/lib/doctor", (name) => name !== "codes.spec.ts");
        for (const code of Object.keys(codes)) {
            assert.ok(sources.includes(`"${code}"`), `nothing gives ${code}`);
            assert.ok(tests.includes(`"${code}"`), `no test expects ${code}`);
        }
    });

    it("end calls at hops that there are", () => {
        for (const [code, { at }] of Object.entries(codes)) {
            assert.ok(at.length > 0, code);
            for (const hop of at) assert.ok((hops as readonly string[]).includes(hop));
        }
    });
});

function read(folder: string, isMeant: (name: string) => boolean): string {
    const isFile = (name: string) => name.endsWith(".ts");
    const files = fs.readdirSync(path.join(root, folder)).filter((name) => isFile(name) && isMeant(name));
    return files.map((name) => fs.readFileSync(path.join(root, folder, name), "utf8")).join("\n");
}
