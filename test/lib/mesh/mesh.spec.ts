import assert from "node:assert/strict";
import fc from "fast-check";
import { stringify } from "yaml";
import { teamFilesOf } from "../../../lib/config/teamFiles";
import { virtualAddress } from "../../../lib/base/virtualAddress";
import { declaredPlace, meshOf } from "../../../lib/mesh/mesh";

const cluster = { kubeconfig: "k", context: "c" };
const httpbin = {
    service: "httpbin",
    namespace: "bar",
    selector: { app: "httpbin" },
    serviceAccount: "web",
    ports: [{ name: "http1", number: 8000, targetPort: 8080, protocol: "HTTP" }],
};
const exported = {
    host: "httpbin.bar.global",
    virtualAddress: virtualAddress("httpbin.bar.global"),
    name: "httpbin",
    namespace: "bar",
    ports: [{ name: "http1", number: 8000, protocol: "HTTP" }],
    identities: ["spiffe://cluster.local/ns/bar/sa/web"],
};

describe("a mesh", () => {
    it("is its clusters, with all that others need of each", () => {
        const { members } = meshOf({
            ca: { ca: { clusters: ["a"] } },
            a: {
                cluster: { ...cluster, locality: "eu" },
                mesh: { trustDomain: "a.mesh" },
                exports: [httpbin],
            },
        });
        assert.deepEqual([...members.keys()], ["a"]);
        const member = members.get("a") ?? assert.fail();
        assert.deepEqual(member, {
            name: "a",
            gateway: member.gateway,
            exports: [{ ...exported, identities: ["spiffe://a.mesh/ns/bar/sa/web"] }],
            places: new Map(),
            imports: [],
            locality: "eu",
            trust: { trustDomain: "a.mesh", accepted: [] },
            problems: [],
        });
    });

    it("has what teams declare, with their names and places, and whom an export admits", () => {
        const { service, ...entry } = httpbin;
        const text = stringify({
            exports: { a: [{ ...entry, service, allowedFrom: [{ cluster: "b", namespace: "foo" }] }] },
            imports: { b: [{ service, namespace: "bar", from: "a" }] },
        });
        const { members } = meshOf(
            { a: { cluster, mesh: { requireConsent: true } }, b: { cluster } },
            teamFilesOf({ "teams/web.yaml": text }),
        );
        const { exports, places } = members.get("a") ?? assert.fail();
        assert.deepEqual(exports, [{ ...exported, owner: "web", admits: ["b"], needsConsent: true }]);
        assert.deepEqual([...places], [[exported.host, "teams/web.yaml: exports.a[0]"]]);
        assert.deepEqual(members.get("b")?.imports, [{ host: exported.host, from: ["a"], owner: "web" }]);
    });

    it("knows nothing of a cluster whose settings hold what only its own program can decrypt", () => {
        const { members } = meshOf({ a: { cluster, exports: { secure: "v1:x" } }, b: { cluster } });
        assert.deepEqual([...members.keys()], ["b"]);
    });

    it("takes what is right in a file where something else is wrong, and names that", () => {
        const { members } = meshOf({ a: { cluster, exports: [{ ...httpbin, ports: [] }, httpbin] } });
        const { exports, problems } = members.get("a") ?? assert.fail();
        assert.deepEqual(exports, [exported]);
        assert.deepEqual(problems, [{ path: "exports[0].ports", message: "must name at least one port" }]);
    });

    it("is the same in whatever order its clusters are declared, and a change of one changes no other", () => {
        const name = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
        fc.assert(
            fc.property(fc.uniqueArray(name, { minLength: 2, maxLength: 6 }), name, (clusters, service) => {
                const declared = clusters.map(
                    (each) => [each, { cluster, exports: [{ ...httpbin, namespace: each }] }] as const,
                );
                const mesh = meshOf(Object.fromEntries(declared)).members;
                const turned = meshOf(Object.fromEntries([...declared].reverse())).members;
                for (const each of clusters) assert.deepEqual(turned.get(each), mesh.get(each));
                const [first = "", ...others] = clusters;
                const changed = meshOf({
                    ...Object.fromEntries(declared),
                    [first]: { cluster, exports: [{ ...httpbin, service }] },
                }).members;
                for (const each of others) assert.deepEqual(changed.get(each), mesh.get(each));
            }),
        );
    });
});

describe("the place of a gateway", () => {
    const placeOf = (gateway: Readonly<Record<string, unknown>>, importer = "b") =>
        declaredPlace(meshOf({ a: { cluster, gateway } }).members.get("a") ?? assert.fail(), importer);

    it("is known where the settings say it all", () => {
        const addresses = ["192.0.2.1"];
        assert.deepEqual(placeOf({ addresses, port: 443 }), { addresses, port: 443 });
        assert.deepEqual(placeOf({ addresses, nodePort: 31443 }), { addresses, port: 31443 });
        assert.deepEqual(placeOf({ addresses, type: "LoadBalancer" }), { addresses, port: 15443 });
        assert.deepEqual(placeOf({ peerAddresses: { b: { addresses, port: 443 } } }), {
            addresses,
            port: 443,
        });
    });

    it("is not known where Kubernetes decides on a part of it", () => {
        const addresses = ["192.0.2.1"];
        assert.equal(placeOf({}), undefined);
        assert.equal(placeOf({ nodePort: 31443 }), undefined);
        assert.equal(placeOf({ addresses }), undefined);
        assert.equal(placeOf({ peerAddresses: { b: { addresses, port: 443 } } }, "c"), undefined);
    });
});
