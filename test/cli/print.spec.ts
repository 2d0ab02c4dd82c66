import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { CommandLine } from "../../cli/commandLine";
import { isFancy } from "../../cli/print/colours";
import { asProblem } from "../../cli/systemProblem";

describe("escape codes", () => {
    it("go to a terminal that understands them, of a user who wants them, and nowhere else", () => {
        const terminal = { isTTY: true };
        assert.equal(isFancy(terminal, { TERM: "xterm" }), true);
        assert.equal(isFancy(terminal, { TERM: "xterm", NO_COLOR: "" }), true);
        assert.equal(isFancy(terminal, { TERM: "dumb" }), false);
        assert.equal(isFancy(terminal, { TERM: "xterm", NO_COLOR: "1" }), false);
        assert.equal(isFancy({}, { TERM: "xterm", CI: "true", FORCE_COLOR: "1" }), false);
    });
});

describe("an error of the system", () => {
    const command = new CommandLine("x", "up");
    const failing = (code: string) => Object.assign(new Error(code), { code, path: "/p/Pulumi.a.yaml" });

    it("that the user can mend is a sentence", () => {
        const { message, nextStep } = asProblem(failing("ENOSPC"), command);
        assert.equal(message, "/p/Pulumi.a.yaml can't be written: no space is left on its disk.");
        assert.equal(
            nextStep?.text,
            'Make room on the disk of /p/Pulumi.a.yaml, then run "npm run mesh -- --env x up --refresh".',
        );
        assert.match(asProblem(failing("EACCES"), command).message, /that is not allowed/);
    });

    it("says that a file can't be read, where it can't, or where a link leads nowhere", () => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mesh-files-"));
        const at = (file: string, code: string) =>
            asProblem(Object.assign(new Error(code), { code, path: file }), command).message;
        try {
            const link = path.join(folder, "link");
            fs.symlinkSync("nowhere", link);
            assert.equal(at(link, "ENOENT"), `${link} can't be read: it is a link that leads nowhere.`);
            assert.throws(() => at(path.join(folder, "missing"), "ENOENT"), /ENOENT/);
            // Root may read everything, but nothing that is below a file.
            const hidden = path.join(__filename, "below");
            assert.equal(at(hidden, "EACCES"), `${hidden} can't be read: that is not allowed.`);
        } finally {
            fs.rmSync(folder, { recursive: true });
        }
    });

    it("that is a fault of this program stays what it is", () => {
        assert.throws(() => asProblem(failing("EISDIR"), command), /EISDIR/);
        assert.throws(() => asProblem(new TypeError("x"), command), TypeError);
    });
});
