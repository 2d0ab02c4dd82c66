import * as assert from "node:assert/strict";
import { areStale, isLockGone, lockSentence, parseLocks } from "../../../cli/engine/locks";

const message =
    "error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or delete the lock " +
    "file with `pulumi cancel`.\n" +
    "  file:///x/.pulumi/locks/organization/p/a/1.json: created by ann@here (pid 41) at 2026-11-22T17:00:00Z\n" +
    "  file:///x/.pulumi/locks/organization/p/a/2.json: created by bob@there (pid 7) at 2026-11-22T18:00:00+01:00";
const mine = { user: "ann", host: "here", pid: 41, since: "2026-11-22T17:00:00Z" };
const foreign = { user: "bob", host: "there", pid: 7, since: "2026-11-22T18:00:00+01:00" };
const dead = () => false;

describe("locks", () => {
    it("are read from Pulumi's message", () => {
        assert.deepEqual(parseLocks(message), [mine, foreign]);
        assert.deepEqual(parseLocks("error: something else"), []);
    });

    it("are gone where Pulumi finds one and then finds it no more", () => {
        const gone =
            "error: 2 errors occurred:\n" +
            "    \t1) operation error S3: GetObject, https response error StatusCode: 404, NoSuchKey: The specified key does not exist.\n" +
            "    \t2) NotFound\n";
        assert.equal(isLockGone(gone), true);
        assert.equal(
            isLockGone('error: blob (key ".pulumi/locks/organization/p/a/1.json") (code=NotFound): open'),
            true,
        );
        for (const other of [message, 'error: namespaces "x" NotFound', "error: no stack named 'a' found"])
            assert.equal(isLockGone(other), false);
    });

    it("are stale only when every one belongs to an ended process of this machine", () => {
        assert.equal(areStale([mine], "here", dead), true);
        assert.equal(
            areStale([mine], "here", (pid) => pid === 41),
            false,
        );
        assert.equal(areStale([mine, foreign], "here", dead), false);
        assert.equal(areStale([], "here", dead), false);
    });

    it("are put into a sentence that says whether the run lives", () => {
        const said = `Stack "cluster1" is locked by another run: process 41 of ann on here, since 2026-11-22T17:00:00Z.`;
        const alive = () => true;
        assert.equal(lockSentence("cluster1", mine, "here", alive), `${said} It is running.`);
        assert.equal(lockSentence("cluster1", mine, "here", dead), `${said} It has ended.`);
        assert.equal(
            lockSentence("cluster1", mine, "there", alive),
            `${said} Whether it still runs can't be seen from this machine.`,
        );
    });
});
