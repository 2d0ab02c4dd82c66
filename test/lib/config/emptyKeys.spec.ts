import assert from "node:assert/strict";
import { parseConfig } from "../../../lib/config/parse";
import { cluster, httpbin, type Raw } from "../../support/stackFile";

const empty = null;

function settingsOf(raw: Raw): unknown {
    const result = parseConfig("cluster1", raw);
    assert.ok(result.kind === "cluster", JSON.stringify(result));
    return result.settings;
}

describe("a key with nothing behind it", () => {
    it("counts as left out, at the top of a stack file", () => {
        const keys = ["mesh", "istio", "gateway", "egress", "dns", "exports", "imports", "sampleApps"];
        const raw = Object.fromEntries([...keys, "connectivityCheck"].map((key) => [key, empty]));
        assert.deepEqual(settingsOf({ cluster, ...raw }), settingsOf({ cluster }));
    });

    it("counts as left out inside settings, and inside the entries of lists", () => {
        const exported = { ...httpbin, suffix: empty, subsets: empty, allowedFrom: empty };
        const imported = { service: "cart", namespace: "shop", from: "cluster2", via: empty, routes: empty };
        assert.deepEqual(
            settingsOf({
                cluster: { ...cluster, ranges: empty },
                mesh: { caStack: empty, suffixes: empty },
                gateway: { nodePort: empty, resources: { requests: empty } },
                istio: { revisions: empty, charts: empty },
                exports: [exported],
                imports: [imported],
            }),
            settingsOf({
                cluster,
                exports: [httpbin],
                imports: [{ service: "cart", namespace: "shop", from: "cluster2" }],
            }),
        );
    });

    it("stays where it is a user's own: a Helm value, which takes a chart's away", () => {
        const istio = { values: { pilot: { resources: empty } } };
        assert.deepEqual(
            (settingsOf({ cluster, istio }) as { istio: { values: unknown } }).istio.values,
            istio.values,
        );
    });

    it("decides as little what a stack is as it does elsewhere", () => {
        assert.deepEqual(settingsOf({ cluster, ca: empty }), settingsOf({ cluster }));
        assert.equal(parseConfig("ca", { ca: { clusters: ["a"] }, cluster: empty }).kind, "ca");
        assert.deepEqual(parseConfig("x", { ca: empty, cluster: empty }), parseConfig("x", {}));
        assert.deepEqual(parseConfig("ca", { ca: empty }), {
            kind: "invalid",
            problems: [{ path: "ca", message: "is missing; it must be a map" }],
        });
    });
});
