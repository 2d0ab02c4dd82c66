import assert from "node:assert/strict";
import type { Export } from "../../../lib/mesh/contract";
import { takenAway, wasOffered } from "../../../lib/mesh/leaving";

const port = (number: number, protocol = "HTTP") => ({ name: `p${number}`, number, protocol });
const offer = (host: string, change: Partial<Export> = {}): Export => ({
    host,
    name: "a",
    namespace: "b",
    ports: [port(80), port(81)],
    virtualAddress: "240.0.0.2",
    subsets: ["v1", "v2"],
    identities: [],
    ...change,
});

describe("what an exporter takes away", () => {
    it("is nothing where ports, versions and hosts come", () => {
        const now = [
            offer("a", { ports: [port(80), port(81), port(82)], subsets: ["v1", "v2", "v3"] }),
            offer("b"),
        ];
        assert.deepEqual(takenAway([offer("a")], now), { gone: [], less: [] });
    });

    for (const [what, change] of [
        ["a port", { ports: [port(80)] }],
        ["a port's protocol", { ports: [port(80), port(81, "TCP")] }],
        ["a version", { subsets: ["v1"] }],
        ["all versions", { subsets: undefined }],
    ] as const)
        it(`is ${what}, though another one comes`, () => {
            assert.deepEqual(takenAway([offer("a")], [offer("a", change), offer("b")]), {
                gone: [],
                less: ["a"],
            });
        });

    it("is a host", () => {
        assert.deepEqual(takenAway([offer("a"), offer("b")], [offer("b")]), { gone: ["a"], less: [] });
    });

    it("leaves an export with all that is left of it", () => {
        assert.ok(wasOffered([offer("a")], offer("a", { ports: [port(80)], subsets: undefined })));
        assert.ok(!wasOffered([offer("a", { ports: [port(80)] })], offer("a")));
    });
});
