import assert from "node:assert/strict";
import fc from "fast-check";
import { stringify } from "yaml";
import { declaredMesh } from "../../../lib/mesh/declaredMesh";
import { meshChanges } from "../../../lib/mesh/meshChanges";
import { httpbin } from "../../support/stackFile";

type Settings = Readonly<Record<string, unknown>>;
type Stacks = Readonly<Record<string, Settings | undefined>>;

const access = (name: string) => ({ kubeconfig: `k/${name}`, context: name });
const tutorial: Stacks = {
    ca: { ca: { clusters: ["cluster1", "cluster2"] } },
    cluster1: {
        cluster: access("cluster1"),
        imports: [{ service: "httpbin", namespace: "bar", from: "cluster2" }],
    },
    cluster2: { cluster: access("cluster2"), exports: [httpbin] },
};

function mesh(stacks: Stacks, projectText = "name: p") {
    const texts = Object.entries(stacks).flatMap(([stack, settings]) => {
        if (settings === undefined) return [];
        const config = Object.fromEntries(
            Object.entries(settings).map(([key, value]) => [`p:${key}`, value]),
        );
        return [[stack, stringify({ config })] as const];
    });
    return declaredMesh("ca", { project: "p", projectText, stacks: Object.fromEntries(texts), teams: {} });
}

/** `SIGN STACK TEXT` of each change, with its effect behind. */
function changes(before: Stacks, after: Stacks): readonly string[] {
    return meshChanges(mesh(before), mesh(after)).map(
        ({ sign, stack, text, effect }) =>
            `${sign} ${stack} ${text}${effect === undefined ? "" : ` | ${effect}`}`,
    );
}

/** The tutorial's mesh with other settings of some stacks, key by key. */
function changed(by: Stacks): Stacks {
    return {
        ...tutorial,
        ...Object.fromEntries(
            Object.entries(by).map(([stack, settings]) => [
                stack,
                settings && { ...tutorial[stack], ...settings },
            ]),
        ),
    };
}

describe("meshChanges", () => {
    it("says which settings of an import are others", () => {
        const imports = [{ service: "httpbin", namespace: "bar", from: "cluster2", namespaces: ["foo"] }];
        assert.deepEqual(changes(tutorial, changed({ cluster1: { imports } })), [
            "~ cluster1 httpbin.bar.global: changed namespaces of the import",
        ]);
    });

    const extra = { ...httpbin, service: "extra" };
    const both = changed({
        cluster1: {
            imports: [
                { service: "httpbin", namespace: "bar", from: "cluster2" },
                { service: "extra", namespace: "bar", from: "cluster2" },
            ],
        },
        cluster2: { exports: [httpbin, extra] },
    });
    const allowed = (allowedFrom: unknown) =>
        changed({ cluster2: { exports: [{ ...httpbin, allowedFrom }] } });
    const foo = { namespace: "foo", serviceAccount: "sleep" };
    const owned: Stacks = {
        cluster1: {
            teams: { web: {} },
            imports: [{ service: "httpbin", namespace: "bar", from: "cluster2", owner: "web" }],
        },
    };
    const baz = { namespace: "baz", serviceAccount: "web" };

    const cases: Readonly<Record<string, readonly [Stacks, Stacks, readonly string[]]>> = {
        "says nothing of nothing": [tutorial, tutorial, []],
        "says who can call a new export with its import": [
            tutorial,
            both,
            [
                "+ cluster1 can call extra.bar.global (8000 HTTP), served by cluster2",
                "+ cluster2 can call extra.bar.global (8000 HTTP), served by cluster2",
            ],
        ],
        "says who is no longer admitted, by the owner of what then fails, and by the cluster alone": [
            changed({
                ...owned,
                cluster2: {
                    exports: [{ ...httpbin, allowedFrom: [{ cluster: "cluster1" }, { namespace: "foo" }] }],
                },
            }),
            changed({
                ...owned,
                cluster2: { exports: [{ ...httpbin, allowedFrom: [{ cluster: "cluster2" }] }] },
            }),
            [
                "- cluster1 httpbin.bar.global: cluster2 no longer lets */* in | it (owner web) gets 403",
                "- cluster1 httpbin.bar.global: cluster2 no longer lets foo/* in | it (owner web) gets 403",
                "+ cluster2 httpbin.bar.global: cluster2 lets */* in",
                "- cluster2 httpbin.bar.global: cluster2 no longer lets foo/* in | it gets 403",
            ],
        ],
        "says who no longer can": [
            both,
            tutorial,
            [
                "- cluster1 can no longer call extra.bar.global (8000 HTTP), served by cluster2 | calls to it fail from then on",
                "- cluster2 can no longer call extra.bar.global (8000 HTTP), served by cluster2 | calls to it fail from then on",
            ],
        ],
        "sees a service that goes by another name": [
            tutorial,
            changed({
                cluster1: { imports: [{ service: "renamed", namespace: "bar", from: "cluster2" }] },
                cluster2: { exports: [{ ...httpbin, service: "renamed" }] },
            }),
            ["cluster1", "cluster2"].map(
                (stack) =>
                    `~ ${stack} calls httpbin.bar.global by another name: renamed.bar.global | calls by the old name fail from then on`,
            ),
        ],
        "sees a service that moves to another cluster": [
            changed({
                ca: { ca: { clusters: ["cluster1", "cluster2", "cluster3"] } },
                cluster3: { cluster: access("cluster3") },
            }),
            changed({
                ca: { ca: { clusters: ["cluster1", "cluster2", "cluster3"] } },
                cluster1: { imports: [{ service: "httpbin", namespace: "bar", from: "cluster3" }] },
                cluster2: { exports: [] },
                cluster3: { cluster: access("cluster3"), exports: [httpbin] },
            }),
            [
                "- cluster2 can no longer call httpbin.bar.global (8000 HTTP), served by cluster2 | calls to it fail from then on",
                "+ cluster3 can call httpbin.bar.global (8000 HTTP), served by cluster3",
                "~ cluster1 httpbin.bar.global: served by cluster3 instead of cluster2",
            ],
        ],
        "says which callers are shut out": [
            tutorial,
            allowed([foo]),
            ["cluster1", "cluster2"].map(
                (stack) =>
                    `- ${stack} httpbin.bar.global: cluster2 lets it be called only by foo/sleep | any other caller gets 403`,
            ),
        ],
        "says which callers come and go": [
            allowed([foo]),
            allowed([baz]),
            ["cluster1", "cluster2"].flatMap((stack) => [
                `+ ${stack} httpbin.bar.global: cluster2 lets baz/web in`,
                `- ${stack} httpbin.bar.global: cluster2 no longer lets foo/sleep in | it gets 403`,
            ]),
        ],
        "says what becomes of ports, addresses and ways": [
            tutorial,
            changed({
                cluster1: { egress: { via: "egress" } },
                cluster2: {
                    exports: [
                        {
                            ...httpbin,
                            virtualAddress: "240.0.0.9",
                            ports: [{ name: "http1", number: 9000, protocol: "HTTP" }],
                        },
                    ],
                },
            }),
            [
                "+ cluster1 httpbin.bar.global: port 9000 HTTP can be called",
                "- cluster1 httpbin.bar.global: port 8000 HTTP can no longer be called | calls to it fail from then on",
                "~ cluster1 httpbin.bar.global: virtual address 240.0.0.9 instead of 240.247.249.30 | callers ask for the name again within 5 seconds",
                "~ cluster1 httpbin.bar.global: out through the egress gateway",
                "+ cluster2 httpbin.bar.global: port 9000 HTTP can be called",
                "- cluster2 httpbin.bar.global: port 8000 HTTP can no longer be called | calls to it fail from then on",
                "~ cluster2 httpbin.bar.global: virtual address 240.0.0.9 instead of 240.247.249.30 | callers ask for the name again within 5 seconds",
                "~ cluster1 egress.via: direct becomes egress",
            ],
        ],
        "says what comes with a setting": [
            tutorial,
            changed({ cluster2: { gateway: { type: "LoadBalancer" }, istio: { version: "1.29.0" } } }),
            [
                "~ cluster2 gateway.type: NodePort becomes LoadBalancer | the gateway moves: cluster1 is told its new place",
                "~ cluster2 istio.version: 1.30.5 becomes 1.29.0 | replaces istiod's pods; sidecars take over what concerns them when their pods restart",
            ],
        ],
        "says who joins and who leaves": [
            tutorial,
            {
                ...tutorial,
                ca: { ca: { clusters: ["cluster2", "cluster3"] } },
                cluster1: undefined,
                cluster3: {
                    cluster: access("cluster3"),
                    imports: [{ service: "httpbin", namespace: "bar", from: "cluster2" }],
                },
            },
            [
                "+ cluster3 joins the mesh, with an intermediate of its own",
                '- cluster1 leaves the mesh: its intermediate goes | run "mesh destroy --clusters cluster1" before, or its objects stay',
                "- cluster1 can no longer call httpbin.bar.global (8000 HTTP), served by cluster2 | calls to it fail from then on",
                "+ cluster3 can call httpbin.bar.global (8000 HTTP), served by cluster2",
            ],
        ],
        "says what a missing file leaves open": [
            tutorial,
            { ...tutorial, cluster2: undefined },
            [
                "? cluster2 there is no Pulumi.cluster2.yaml",
                "? cluster1 whether cluster2 serves httpbin.bar.global",
            ],
        ],
    };
    for (const [what, [before, after, expected]] of Object.entries(cases))
        it(what, () => {
            assert.deepEqual(changes(before, after), expected);
        });

    it("turns every gain into a loss the other way round", () => {
        const service = fc.constantFrom("a", "b", "c");
        const part = fc.record({
            exports: fc.uniqueArray(service),
            imports: fc.uniqueArray(service),
        });
        const stacks = ({ exports, imports }: { exports: string[]; imports: string[] }) =>
            changed({
                cluster2: {
                    exports: exports.map((name) => ({ ...httpbin, service: name, selector: { app: name } })),
                },
                cluster1: {
                    imports: imports
                        .filter((name) => exports.includes(name))
                        .map((name) => ({ service: name, namespace: "bar", from: "cluster2" })),
                },
            });
        const signs = { "+": "-", "-": "+", "~": "~", "?": "?" } as const;
        fc.assert(
            fc.property(part, part, (one, other) => {
                const there = meshChanges(mesh(stacks(one)), mesh(stacks(other)));
                const back = meshChanges(mesh(stacks(other)), mesh(stacks(one)));
                const key = (sign: string, stack: string, host?: string) => `${sign} ${stack} ${host ?? ""}`;
                assert.deepEqual(
                    there.map(({ sign, stack, host }) => key(sign, stack, host)).sort(),
                    back.map(({ sign, stack, host }) => key(signs[sign], stack, host)).sort(),
                );
            }),
        );
    });

    it("takes 500 services in its stride", () => {
        const many = (count: number) => {
            const names = Array.from({ length: count }, (_, index) => `s${index}`);
            return changed({
                cluster2: { exports: names.map((service) => ({ ...httpbin, service })) },
                cluster1: {
                    imports: names.map((service) => ({ service, namespace: "bar", from: "cluster2" })),
                },
            });
        };
        assert.equal(changes(many(500), many(501)).length, 2);
    });
});

describe("declaredMesh", () => {
    it("refuses what a preview would refuse, in its words", () => {
        const { problems } = mesh(
            changed({
                cluster1: { imports: [{ service: "nothing", namespace: "bar", from: "cluster2" }] },
                cluster2: { exports: [{ ...httpbin, ports: [] }] },
            }),
        );
        assert.deepEqual(problems, [
            'The configuration of stack "cluster2" (Pulumi.cluster2.yaml) has 1 problem:\n' +
                "  - exports[0].ports must name at least one port",
        ]);
    });

    it("refuses an import that nobody admitted, and consent for a cluster that is not there", () => {
        const { problems } = mesh(
            changed({
                cluster2: {
                    mesh: {
                        trustDomain: "c2.mesh",
                        requireConsent: true,
                        acceptedTrustDomains: ["cluster.local"],
                    },
                    exports: [{ ...httpbin, allowedFrom: [{ cluster: "cluster3" }] }],
                },
                cluster1: {
                    ...tutorial["cluster1"],
                    mesh: { acceptedTrustDomains: ["c2.mesh"] },
                },
            }),
        );
        assert.deepEqual(problems, [
            'Stack "cluster1" can\'t work as it is:\n' +
                "  - imports[0] is httpbin.bar.global of cluster2, which admits only cluster3 to it (its entry in " +
                'Pulumi.cluster2.yaml); to be admitted, "- { cluster: cluster1 }" has to be added to its allowedFrom there, ' +
                "or remove the import",
            'Stack "cluster2" can\'t work as it is:\n' +
                "  - exports[0].allowedFrom[0] names the cluster cluster3, which is not in this mesh: the certificate stack knows " +
                "cluster1, cluster2; correct the name",
        ]);
    });

    it("reads beside what is encrypted, and sees that it changes", () => {
        const withRoot = (secure: string) => ({
            ...tutorial,
            ca: {
                ca: { clusters: ["cluster1", "cluster2"], root: { certPem: "C", privateKeyPem: { secure } } },
            },
        });
        assert.match(
            changes(withRoot("v1:a"), withRoot("v1:b")).join("\n"),
            /^~ ca ca\.root\.privateKeyPem: \(encrypted \w{8}\) becomes \(encrypted \w{8}\)/,
        );
        assert.deepEqual(changes(withRoot("v1:a"), withRoot("v1:a")), []);
    });

    it("says where something encrypted decides, and where an environment does", () => {
        const encrypted = mesh({ ...tutorial, cluster2: { cluster: { secure: "v1:a" } } });
        assert.deepEqual(
            [...encrypted.unknown],
            [
                ["cluster2", ["it holds encrypted values that decide it"]],
                ["cluster1", ["whether cluster2 serves httpbin.bar.global"]],
            ],
        );
    });
});
