import assert from "node:assert/strict";
import { quantity } from "../../../lib/base/quantity";

describe("quantity", () => {
    for (const [text, value] of [
        ["2", 2],
        ["0.5", 0.5],
        ["500m", 0.5],
        ["1k", 1000],
        ["128Mi", 134_217_728],
        ["1Gi", 1_073_741_824],
    ] as const) {
        it(`reads ${text}`, () => {
            assert.equal(quantity(text), value);
        });
    }

    for (const text of ["", "m", "1 Gi", "128MB", "-1", "1e3x", "Mi128"]) {
        it(`does not read "${text}"`, () => {
            assert.equal(quantity(text), undefined);
        });
    }
});
