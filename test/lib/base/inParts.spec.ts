import * as assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { inParts } from "../../../lib/base/inParts";

describe("inParts", () => {
    it("yields everything at once where all comes quickly", async () => {
        assert.deepEqual(await partsOf([Promise.resolve(1), Promise.resolve(2)], 60_000), [[1, 2]]);
    });

    it("yields what has come so far when the last ones take longer", async () => {
        const last = held();
        const parts: (readonly number[])[] = [];
        for await (const part of inParts([Promise.resolve(1), last.coming, Promise.resolve(3)], 5)) {
            parts.push(part);
            last.give(2);
        }
        assert.deepEqual(parts, [[1, 3], [2]]);
    });

    it("gathers while a part is worked on", async () => {
        const [first, second, third] = [held(), held(), held()];
        const parts: (readonly number[])[] = [];
        first.give(1);
        for await (const part of inParts([first.coming, second.coming, third.coming], 5)) {
            parts.push(part);
            second.give(2);
            third.give(3);
            await pause(1);
        }
        assert.deepEqual(parts, [[1], [2, 3]]);
    });

    it("ends with nothing where nothing comes", async () => {
        assert.deepEqual(await partsOf([], 60_000), []);
    });

    it("fails as the first that fails, also while a part is worked on", async () => {
        const last = held();
        const parts: (readonly number[])[] = [];
        await assert.rejects(async () => {
            for await (const part of inParts([Promise.resolve(1), last.coming], 5)) {
                parts.push(part);
                last.fail(new Error("no"));
                await pause(1);
            }
        }, /no/);
        assert.deepEqual(parts, [[1]]);
    });
});

/** A promise that the test settles. */
function held() {
    let give: (value: number) => void = () => undefined;
    let fail: (reason: Error) => void = () => undefined;
    const coming = new Promise<number>((resolve, reject) => {
        give = resolve;
        fail = reject;
    });
    return { coming, give, fail };
}

async function partsOf<T>(coming: readonly Promise<T>[], everyMs: number): Promise<(readonly T[])[]> {
    const parts: (readonly T[])[] = [];
    for await (const part of inParts(coming, everyMs)) parts.push(part);
    return parts;
}
