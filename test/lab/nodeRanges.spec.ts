import assert from "node:assert/strict";
import { overlap, prefixLength } from "../../lab/node/ranges";

describe("overlap of address ranges", () => {
    const lab = "172.30.0.0/24";

    for (const other of [
        "172.30.0.0/24",
        "172.30.0.0/16",
        "172.16.0.0/12",
        "172.30.0.128/25",
        "172.30.0.7",
        "0.0.0.0/0",
    ]) {
        it(`is seen with ${other}`, () => {
            assert.equal(overlap(lab, other), true);
            assert.equal(overlap(other, lab), true);
        });
    }

    for (const other of [
        "172.30.1.0/24",
        "172.29.255.255",
        "172.17.0.0/16",
        "10.0.0.0/8",
        "255.255.255.255",
    ]) {
        it(`is not seen with ${other}`, () => {
            assert.equal(overlap(lab, other), false);
            assert.equal(overlap(other, lab), false);
        });
    }

    it("never is with what is no range", () => {
        for (const other of ["default", "", "fd00::/64", "172.30.0.0/33", "172.30.0.256"]) {
            assert.equal(overlap(lab, other), false);
            assert.equal(prefixLength(other), undefined);
        }
    });

    it("leaves the prefix length as it is written", () => {
        assert.deepEqual(
            [prefixLength("0.0.0.0/0"), prefixLength("10.0.0.0/8"), prefixLength("10.1.2.3")],
            [0, 8, 32],
        );
    });
});
