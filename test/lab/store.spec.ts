import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { publish, removeUnfinished, replaceLink, shortHash } from "../../lab/build/store";

describe("the cache", () => {
    let dir: string;
    beforeEach(() => {
        dir = fs.mkdtempSync(path.join(os.tmpdir(), "imc-store-"));
    });
    afterEach(() => {
        fs.rmSync(dir, { recursive: true });
    });

    it("has a thing only when it is whole", async () => {
        const target = path.join(dir, "tool", "1.0");
        await publish(target, (unfinished) => {
            assert.equal(fs.existsSync(target), false);
            fs.writeFileSync(unfinished, "whole");
            return Promise.resolve();
        });
        assert.equal(fs.readFileSync(target, "utf8"), "whole");
        assert.deepEqual(fs.readdirSync(path.dirname(target)), ["1.0"]);
    });

    it("keeps nothing of an attempt that failed", async () => {
        const target = path.join(dir, "tool", "1.0");
        const attempt = publish(target, (unfinished) => {
            fs.writeFileSync(unfinished, "half");
            return Promise.reject(new Error("no space"));
        });
        await assert.rejects(attempt, new Error("no space"));
        assert.deepEqual(fs.readdirSync(path.dirname(target)), []);
    });

    it("does not make a thing twice", async () => {
        const target = path.join(dir, "tool");
        fs.writeFileSync(target, "first");
        await publish(target, () => Promise.reject(new Error("must not be called")));
        assert.equal(fs.readFileSync(target, "utf8"), "first");
    });

    it("is rid of what interrupted builds left, and of nothing else", () => {
        for (const name of [
            "kept/1.0",
            "kept/1.1.unfinished",
            "kept/1.1.unfinished.source",
            "x.tar.unfinished",
        ]) {
            fs.mkdirSync(path.join(dir, name), { recursive: true });
        }
        removeUnfinished(dir);
        assert.deepEqual(fs.readdirSync(dir, { recursive: true }).sort(), ["kept", "kept/1.0"]);
    });

    it("replaces a link, also one that points nowhere", () => {
        const link = path.join(dir, "bin", "tool");
        replaceLink("/nowhere", link);
        replaceLink("/elsewhere", link);
        assert.equal(fs.readlinkSync(link), "/elsewhere");
        assert.deepEqual(fs.readdirSync(path.dirname(link)), ["tool"]);
    });

    it("tells parts of a hash apart", () => {
        assert.notEqual(shortHash(["ab", "c"]), shortHash(["a", "bc"]));
        assert.match(shortHash(["a"]), /^[0-9a-f]{12}$/);
    });
});
