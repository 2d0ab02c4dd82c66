import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { filesAt } from "../../cli/git";
import { meshOf } from "../../cli/commands/diff";
import { diffText } from "../../cli/print/meshChanges";
import { inCommonWithOthers, readEnvironment } from "../../files/environments";
import { certificateStacks, isEnvironmentFile, isProtected } from "../../lib/mesh/environments";
import { meshChanges } from "../../lib/mesh/meshChanges";

const folder = path.resolve(__dirname, "../../examples/environments");

const filesOf = (name: string) => filesAt(path.join(folder, name), { name: "now" }, isEnvironmentFile);

describe("examples/environments", () => {
    // It would go before the backend of each.
    const variable = process.env["PULUMI_BACKEND_URL"];

    before(() => {
        delete process.env["PULUMI_BACKEND_URL"];
    });
    after(() => {
        if (variable !== undefined) process.env["PULUMI_BACKEND_URL"] = variable;
    });

    it("are two environments that program and mesh accept, with nothing in common", async () => {
        for (const name of ["dev", "prod"]) {
            const { problems, unknown, clusters } = meshOf(await filesOf(name), "ca");
            assert.deepEqual([problems, [...unknown], [...clusters.keys()]], [[], [], ["east", "west"]]);
            const environment = readEnvironment(path.join(folder, name), ".");
            assert.deepEqual(certificateStacks(environment), ["ca"]);
            assert.equal(isProtected(environment, "ca"), name === "prod");
            assert.deepEqual(inCommonWithOthers(path.join(folder, name)), { stacks: [], clusters: [] });
        }
    });

    it("promote a service by the lines that only dev has, as the page shows", async () => {
        const prod = await filesOf("prod");
        const dev = await filesOf("dev");
        const promoted = new Map(prod);
        for (const file of ["Pulumi.west.yaml", "Pulumi.east.yaml"]) {
            const had = prod.get(file)?.split("\n") ?? [];
            const added = (dev.get(file)?.split("\n") ?? []).filter(
                (line) => /stock/.test(line) && !had.includes(line),
            );
            assert.ok(added.length > 0);
            promoted.set(file, dev.get(file)?.replaceAll("dev-", "prod-") ?? "");
        }
        const changes = meshChanges(meshOf(prod, "ca"), meshOf(promoted, "ca"));
        const text = diffText({ base: "a", head: "b", changes, beyondFiles: [], problems: [] });
        const page = fs.readFileSync(path.join(folder, "README.md"), "utf8");
        const shown = /^Who can call what\n(?: .*\n)+/m.exec(page)?.[0] ?? "";
        assert.notEqual(shown, "");
        assert.ok(text.includes(shown.trimEnd()), text);
    });
});
