import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { batchedExec } from "../../../cli/verify/batchedExec";

const run = promisify(execFile);

describe("shell commands that are gathered into one call", () => {
    let calls: (readonly string[])[] = [];
    /** In the place of a container: this machine's own shell. */
    const exec = batchedExec(async (container, command) => {
        calls.push([container, ...command]);
        const [file = "", ...args] = command;
        return (await run(file, args)).stdout;
    });
    const sh = (script: string, ...args: readonly string[]) =>
        exec("app", ["sh", "-c", script, "sh", ...args]);

    beforeEach(() => {
        calls = [];
    });

    it("each get what they have written, byte for byte", async () => {
        const outputs = await Promise.all([
            sh("printf 'no end of line'"),
            sh('printf "%s|" "$@"', "it's", '"$HOME"', "a\nb", ""),
            sh("true"),
            sh("head -c 300000 /dev/zero | tr '\\0' x"),
            sh("echo to the error output >&2; cat; echo; echo"),
        ]);
        assert.deepEqual(outputs, ["no end of line", `it's|"$HOME"|a\nb||`, "", "x".repeat(300_000), "\n\n"]);
        assert.equal(calls.length, 1);
    });

    it("run side by side", async () => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-test-"));
        const fifo = (name: string) => path.join(folder, name);
        await run("mkfifo", [fifo("there"), fifo("back")]);
        try {
            const outputs = await Promise.all([
                sh('read x < "$1"; echo "$x" > "$2"; echo first', fifo("there"), fifo("back")),
                sh('echo ball > "$1"; cat "$2"', fifo("there"), fifo("back")),
            ]);
            assert.deepEqual(outputs, ["first\n", "ball\n"]);
        } finally {
            fs.rmSync(folder, { recursive: true });
        }
    });

    it("go ten at a time, and by container", async () => {
        const numbers = Array.from({ length: 23 }, (_, index) => String(index));
        const elsewhere = exec("other", ["sh", "-c", "echo elsewhere"]);
        const outputs = await Promise.all(numbers.map((number) => sh('echo "$1"', number)));
        assert.deepEqual(
            outputs,
            numbers.map((number) => `${number}\n`),
        );
        assert.equal(await elsewhere, "elsewhere\n");
        assert.deepEqual(calls.map(([container]) => container).sort(), ["app", "app", "app", "other"]);
    });

    it("go as they are where they are alone, or no shell's", async () => {
        assert.equal(await sh("echo alone"), "alone\n");
        await Promise.all([exec("app", ["echo", "a"]), exec("app", ["echo", "b"])]);
        assert.deepEqual(calls, [
            ["app", "sh", "-c", "echo alone", "sh"],
            ["app", "echo", "a"],
            ["app", "echo", "b"],
        ]);
    });

    it("fail together where they can't be run", async () => {
        const failing = batchedExec(() => Promise.reject(new Error("no such pod")));
        const ended = await Promise.allSettled(["a", "b"].map((each) => failing("app", ["sh", "-c", each])));
        assert.deepEqual(
            ended.map((each) => each.status === "rejected" && String(each.reason)),
            ["Error: no such pod", "Error: no such pod"],
        );
    });
});
