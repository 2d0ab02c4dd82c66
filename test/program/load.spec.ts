import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { checkoutDir } from "../../lab/paths";
import { runCommand } from "../support/engine";

describe("load.js", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-test-"));
    const file = path.join(folder, "said.ts");
    const temporary = path.join(folder, "tmp");
    const cache = path.join(folder, "node_modules/.cache/istio-multicluster");

    before(() => {
        fs.mkdirSync(temporary);
        fs.copyFileSync(path.join(checkoutDir, "load.js"), path.join(folder, "load.js"));
        const packages = path.join(folder, "node_modules");
        fs.mkdirSync(packages);
        for (const name of ["pirates", "esbuild", "@esbuild"])
            fs.symlinkSync(path.join(checkoutDir, "node_modules", name), path.join(packages, name));
    });

    after(() => {
        fs.rmSync(folder, { recursive: true, force: true });
    });

    const says = (text: string) => {
        fs.writeFileSync(
            file,
            `export const said: string = ${JSON.stringify(text)};\nconsole.log(said, ...process.argv.slice(2));\n`,
        );
    };
    const run = () =>
        runCommand(process.execPath, ["load.js", "said.ts", "a", "b"], {
            cwd: folder,
            env: { TMPDIR: temporary },
        });
    const kept = () => fs.readdirSync(cache);

    it("runs a file with its arguments, and keeps nothing in the folder for temporary files", async () => {
        says("first");
        const { text, code } = await run();
        assert.deepEqual([text, code], ["first a b\n", 0]);
        assert.equal(kept().length, 1);
        assert.deepEqual(fs.readdirSync(temporary), []);
    });

    it("is the only translator: program.js says how a Pulumi.yaml leaves that to it", async () => {
        const { code, text } = await runCommand(process.execPath, ["program.js"], {
            cwd: checkoutDir,
            env: { PULUMI_NODEJS_TYPESCRIPT: "true" },
        });
        assert.equal(code, 1);
        assert.match(
            text,
            /The Pulumi\.yaml of this folder leaves the program to Pulumi's own compiler\. Add to it/,
        );
    });

    it("translates a file no second time", async () => {
        const [only = ""] = kept();
        fs.writeFileSync(path.join(cache, only), 'console.log("what was kept");');
        assert.equal((await run()).text, "what was kept\n");
        fs.rmSync(path.join(cache, only));
    });

    it("never runs what a file was before", async () => {
        says("third");
        assert.equal((await run()).text, "third a b\n");
        says("first");
        assert.equal((await run()).text, "first a b\n");
    });

    it("is not disturbed by others that translate the same", async () => {
        says("fourth");
        const texts = await Promise.all([run(), run(), run(), run()]);
        assert.deepEqual(
            texts.map(({ text }) => text),
            Array<string>(4).fill("fourth a b\n"),
        );
    });

    it("lets what nobody has needed for a month go", async () => {
        const [old = ""] = kept();
        const then = new Date(Date.now() - 31 * 24 * 3600 * 1000);
        fs.utimesSync(path.join(cache, old), then, then);
        says("fifth");
        await run();
        assert.ok(!kept().includes(old));
    });

    it("translates each time where nothing can be kept", async () => {
        fs.rmSync(cache, { recursive: true });
        fs.writeFileSync(cache, "a file in the place of the folder");
        assert.equal((await run()).text, "fifth a b\n");
    });
});
