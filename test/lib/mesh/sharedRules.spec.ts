import assert from "node:assert/strict";
import fc from "fast-check";
import { isShared, type SharingImport, sharedRules } from "../../../lib/mesh/sharedRules";

const from = (
    host: string,
    ports: SharingImport["ports"],
    ...subsets: readonly string[][]
): SharingImport => ({
    host,
    ports,
    exporters: (subsets.length > 0 ? subsets : [[]]).map((each) => ({ subsets: each })),
});
const http = (number: number) => ({ number, protocol: "HTTP" });
const tcp = (number: number) => ({ number, protocol: "TCP" });

describe("the rules that imports share", () => {
    it("are one for each namespace, with the ports that carry requests", () => {
        const imports = [
            from("a.bar.global", [http(8000), tcp(5432)]),
            from("b.bar.global", [{ number: 50051, protocol: "GRPC" }, http(8000)]),
            from("c.foo.global", [tcp(6379)]),
        ];
        const rules = sharedRules(imports, ["own.shop.global"]);
        assert.deepEqual(rules, [
            { domain: "bar.global", requestPorts: [8000, 50051] },
            { domain: "foo.global", requestPorts: [] },
        ]);
        for (const each of imports) assert.equal(isShared(rules, each), true);
    });

    it("leave out what some namespaces alone see", () => {
        const limited = { ...from("a.bar.global", [http(80)]), settings: { namespaces: ["foo"] } };
        const open = { ...from("b.bar.global", [http(80)]), settings: {} };
        assert.deepEqual(sharedRules([limited], []), []);
        const rules = sharedRules([limited, open], []);
        assert.deepEqual(rules, [{ domain: "bar.global", requestPorts: [80] }]);
        assert.deepEqual([isShared(rules, limited), isShared(rules, open)], [false, true]);
    });

    it("leave out what has its own way with connections", () => {
        const connectionPool = { tcp: { connectTimeout: "1s" } };
        const special = { ...from("a.bar.global", [http(80)]), settings: { connectionPool } };
        assert.deepEqual(sharedRules([special], []), []);
        const rules = sharedRules([special, from("b.bar.global", [http(80)])], []);
        assert.equal(isShared(rules, special), false);
    });

    it("are none where the cluster exports something of the namespace itself, at any depth", () => {
        const imports = [from("a.bar.global", [http(80)])];
        assert.deepEqual(sharedRules(imports, ["own.bar.global"]), []);
        assert.deepEqual(sharedRules(imports, ["own.x.bar.global"]), []);
        assert.equal(sharedRules(imports, ["own.rebar.global"]).length, 1);
    });

    it("leave out what needs a rule of its own: a choice of clusters, versions, a port that others use for requests", () => {
        const plain = from("a.bar.global", [http(80)]);
        const others = [
            from("two.bar.global", [http(81)], [], []),
            from("versions.bar.global", [http(82)], ["v1"]),
            from("database.bar.global", [tcp(80)]),
        ];
        const rules = sharedRules([plain, ...others], []);
        assert.deepEqual(rules, [{ domain: "bar.global", requestPorts: [80] }]);
        assert.equal(isShared(rules, plain), true);
        for (const each of others) assert.equal(isShared(rules, each), false);
        // Kept as it was, on a port that no other has any more.
        assert.equal(isShared(rules, from("a.bar.global", [http(8080)])), false);
    });

    it("give no connection of another protocol an age, and every one of requests, in whatever order they stand", () => {
        const port = fc.record({
            number: fc.integer({ min: 1, max: 4 }),
            protocol: fc.constantFrom("HTTP", "GRPC", "TCP"),
        });
        const entry = fc.record({
            host: fc.constantFrom("a.x.global", "b.x.global", "c.y.global", "d.x.y.global"),
            ports: fc.uniqueArray(port, { selector: ({ number }) => number, minLength: 1 }),
            exporters: fc.array(fc.record({ subsets: fc.subarray(["v1"]) }), { minLength: 1, maxLength: 2 }),
        });
        fc.assert(
            fc.property(fc.uniqueArray(entry, { selector: ({ host }) => host }), (imports) => {
                const rules = sharedRules(imports, []);
                assert.deepEqual(sharedRules([...imports].reverse(), []), rules);
                for (const each of imports.filter((one) => isShared(rules, one))) {
                    const rule = rules.find(({ domain }) => each.host.endsWith(`.${domain}`));
                    for (const { number, protocol } of each.ports)
                        assert.equal(rule?.requestPorts.includes(number), protocol !== "TCP");
                }
            }),
        );
    });
});
