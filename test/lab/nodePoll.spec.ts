import assert from "node:assert/strict";
import { poll } from "../../lab/node/poll";

describe("poll", () => {
    it("asks until there is an answer", async () => {
        let asked = 0;
        const answer = await poll(5, 1, () => {
            asked += 1;
            return asked === 3 ? "yes" : undefined;
        });
        assert.deepEqual([answer, asked], ["yes", 3]);
    });

    it("takes false for an answer", async () => {
        assert.equal(await poll(5, 1, () => Promise.resolve(false)), false);
    });

    it("gives up in time", async () => {
        const never = (): string | undefined => undefined;
        assert.equal(await poll(0.01, 1, never), undefined);
    });
});
