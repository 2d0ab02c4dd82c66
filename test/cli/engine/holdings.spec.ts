import * as assert from "node:assert/strict";
import { holdingsOf } from "../../../cli/engine/holdings";

const resource = (type: string, name: string, more = {}) => ({
    urn: `urn:pulumi:a::p::${type}::${name}`,
    type,
    custom: true,
    ...more,
});
const root = resource("pulumi:pulumi:Stack", "p-a", { custom: false });
const provider = resource("pulumi:providers:kubernetes", "a");
const component = resource("istio-multicluster:index:Istio", "istio", { custom: false });
const service = resource("kubernetes:core/v1:Service", "dns");

describe("holdingsOf", () => {
    it("names what is protected", () => {
        const resources = [root, resource("tls:index/privateKey:PrivateKey", "root-key", { protect: true })];
        assert.deepEqual(holdingsOf({ deployment: { resources } }), {
            protected: ["root-key"],
            isUnfinished: false,
            isSomewhere: true,
        });
    });

    it("finds nothing outside the state of a stack that was refused, or never ran", () => {
        const nothing = { protected: [], isUnfinished: false, isSomewhere: false };
        assert.deepEqual(holdingsOf({ deployment: { resources: [root, provider, component] } }), nothing);
        assert.deepEqual(holdingsOf({ deployment: {} }), nothing);
    });

    it("takes what was being made for something", () => {
        const pending = { resources: [root], pending_operations: [{ type: "creating", resource: service }] };
        const { isSomewhere, isUnfinished } = holdingsOf({ deployment: pending });
        assert.deepEqual([isSomewhere, isUnfinished], [true, true]);
    });
});
