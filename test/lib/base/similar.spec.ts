import assert from "node:assert/strict";
import { similarTo } from "../../../lib/base/similar";

describe("similarTo", () => {
    it("finds words that differ by a typing error or two, the nearest first", () => {
        const names = ["bar", "baz", "foo", "kube-system", "shop"];
        assert.deepEqual(similarTo("barr", names), ["bar"]);
        assert.deepEqual(similarTo("kube-sytem", names), ["kube-system"]);
        assert.deepEqual(similarTo("shpo", names), ["shop"]);
        assert.deepEqual(similarTo("payments", ["payment", "paymets-2", "pavments"]), [
            "pavments",
            "payment",
        ]);
    });

    it("finds neither the word itself nor one that shares too little", () => {
        assert.deepEqual(similarTo("bar", ["bar", "foo", "b"]), []);
        assert.deepEqual(similarTo("", ["a", "bar"]), []);
    });
});
