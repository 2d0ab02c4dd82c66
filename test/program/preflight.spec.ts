import assert from "node:assert/strict";
import {
    allowing,
    apiServerPods,
    dryRunPath,
    foreign,
    healthyCluster,
    holding,
    withObjects,
} from "../support/clusterApi";
import { failure } from "../support/fakeApi";
import { type Case, outputsOf, runProgram, type Settings } from "../support/program";

const servicePath = "/api/v1/namespaces/istio-system/services/istio-eastwestgateway";
const web = {
    service: "web",
    namespace: "foo",
    selector: { app: "web" },
    serviceAccount: "web",
    ports: [{ name: "http", number: 80, protocol: "HTTP" }],
    virtualAddress: "240.7.0.1",
};

describe("what a cluster's stack looks at before the first write", () => {
    let ca: Settings;
    before(async () => {
        ca = await outputsOf("ca");
    });

    /** Runs cluster2, which imports nothing. */
    const run = (settings: Settings, cluster: Case["cluster"] = {}, preview = false) =>
        runProgram("cluster2", {
            stacks: { ca },
            settings: { cluster2: settings },
            cluster: { ...healthyCluster, ...cluster },
            preview,
        });

    it("is told in one message, whatever it is about, in a preview too", async () => {
        const settings = {
            cluster: { kubeconfig: "nowhere", context: "cluster2" },
            imports: [
                { service: "a", namespace: "b", from: "cluster3" },
                { service: "sleep", namespace: "foo", from: "cluster1" },
            ],
        };
        for (const preview of [false, true]) {
            await assert.rejects(run(settings, {}, preview), {
                message: [
                    'Stack "cluster2" can\'t work as it is:',
                    "  - cluster.kubeconfig is nowhere, and there is no such file; correct it in Pulumi.cluster2.yaml " +
                        "(a relative path begins at the folder of that file, and ~/ at the home folder)",
                    "  - imports[0].from is cluster3, but the mesh has only cluster1, cluster2; correct it, or add " +
                        "cluster3 to ca.clusters in Pulumi.ca.yaml",
                    "  - imports[1] wants sleep.foo.global from cluster1, but cluster1 exports nothing; add it to the " +
                        "exports in Pulumi.cluster1.yaml, or remove the import",
                ].join("\n"),
            });
        }
    });

    it("is told together where two stacks refuse by themselves", async () => {
        const imports = [{ service: "httpbin", namespace: "bar", from: "ca" }];
        await assert.rejects(
            runProgram("cluster1", {
                stacks: { ca: { ...ca, intermediates: {} } },
                settings: { cluster1: { imports } },
                cluster: healthyCluster,
            }),
            {
                message: [
                    'Stack "cluster1" can\'t work as it is:',
                    '  - Stack "ca" has no intermediate CA for "cluster1". Add cluster1 to its clusters in Pulumi.ca.yaml ' +
                        "and run `pulumi up -s ca` first.",
                    '  - Stack "ca" holds the mesh\'s certificates and exports no services. Correct "from: ca" in the imports.',
                ].join("\n"),
            },
        );
    });

    it("takes an import from a cluster that the certificate stack only declares so far", async () => {
        const { result } = await runProgram("cluster1", {
            stacks: { ca },
            settings: {
                ca: { ca: { clusters: ["cluster1", "cluster2", "cluster3"] } },
                cluster1: { imports: [{ service: "a", namespace: "b", from: "cluster3" }] },
            },
            cluster: healthyCluster,
        });
        assert.deepEqual(result["pendingImports"], [
            { host: "a.b.global", from: "cluster3", reason: "stack cluster3 is not up yet" },
        ]);
    });

    it("refuses an update that the user may not make, and lets them look at it all the same", async () => {
        const reader = { verbs: ["get", "list", "watch"], apiGroups: ["*"], resources: ["*"] };
        const rights = allowing(reader, {
            verbs: ["*"],
            apiGroups: ["", "apps", "networking.istio.io"],
            resources: ["*"],
        });
        const lacks =
            "the user of context cluster2 of .lab/cluster2/kubeconfig lacks rights that an update needs. Add these rules to " +
            "the user's ClusterRole, or to a Role where a namespace is named, or use another user; docs/security.md has the " +
            "whole roles:";
        await assert.rejects(run({}, rights), (error: Error) => {
            assert.ok(error.message.startsWith(`Stack "cluster2" can't work as it is:\n  - ${lacks}`));
            assert.match(
                error.message,
                /\n {6}- \{ apiGroups: \[apiextensions\.k8s\.io\], resources: \[customresourcedefinitions\], verbs: \[create, patch\] \}\n/,
            );
            return true;
        });
        const { warnings } = await run({}, rights, true);
        assert.ok(warnings[0]?.startsWith(`An update with this kubeconfig would be refused: ${lacks}`));
        const administrator = { verbs: ["*"], apiGroups: ["*"], resources: ["*"] };
        assert.deepEqual((await run({}, allowing(administrator))).warnings, []);
    });

    it("lets a user who may read no Secret look at a change, and refuses the update", async () => {
        const secret = "/api/v1/namespaces/istio-system/secrets/cacerts";
        const hidden = { [secret]: failure("Forbidden", 403, 'secrets "cacerts" is forbidden') };
        assert.deepEqual((await run({}, hidden, true)).warnings, []);
        await assert.rejects(
            run({}, hidden),
            /Whether "cluster2" has a Secret istio-system\/cacerts can't be found out/,
        );
    });

    it("takes what the state knows, or Pulumi has written, for its own", async () => {
        const host = "httpbin.bar.global";
        const mine = foreign("ServiceEntry", "bar", host);
        const killed = {
            ...mine,
            metadata: { ...mine.metadata, managedFields: [{ manager: "pulumi-kubernetes-1a2b3c4d" }] },
        };
        assert.deepEqual((await run({}, withObjects(killed))).warnings, []);
        const state = [{ type: "kubernetes:networking.istio.io/v1:ServiceEntry", outputs: mine }];
        const restored = await runProgram("cluster2", {
            stacks: { ca },
            cluster: { ...healthyCluster, ...withObjects(mine) },
            state,
        });
        assert.deepEqual(restored.warnings, []);
        await assert.rejects(
            run({}, withObjects(mine)),
            /the ServiceEntry bar\/httpbin\.bar\.global is somebody else's/,
        );
    });

    it("lets the gateway keep the node port that it has", async () => {
        const taken = failure("Invalid", 422, "spec.ports[0].nodePort: provided port is already allocated");
        const cluster = {
            [servicePath]: holding("istio-system", "istio-eastwestgateway", 31443),
            [dryRunPath]: taken,
        };
        await run({ gateway: { nodePort: 31443 } }, cluster);
        await assert.rejects(run({ gateway: { nodePort: 31444 } }, cluster), {
            message:
                'Stack "cluster2" can\'t work as it is:\n' +
                "  - gateway.nodePort is 31444, which another Service has already; choose another",
        });
    });

    it("takes a node port inside a range that the cluster shows, and warns of one that can't be judged", async () => {
        const gateway = { nodePort: 20443 };
        const shown = await run({ gateway }, apiServerPods("--service-node-port-range=20000-22767"));
        assert.deepEqual(shown.warnings, []);
        const hidden = await run({ gateway });
        assert.deepEqual(hidden.warnings, [
            "gateway.nodePort is 20443, which is outside 30000-32767, Kubernetes' default range of node ports. This " +
                "cluster does not show its own range; the update fails if 20443 is outside of it.",
        ]);
    });

    it("learns the service range of a Kubernetes without an API for it from a refusal", async () => {
        const cluster = {
            "/apis/networking.k8s.io/v1/servicecidrs": failure("NotFound", 404, "not found"),
            [dryRunPath]: failure(
                "Invalid",
                422,
                "spec.clusterIPs: failed to allocate IP 192.0.2.1: the provided IP (192.0.2.1) is not in the valid " +
                    "range. The range of valid IPs is 240.7.0.0/16",
            ),
        };
        await assert.rejects(run({ exports: [web] }, cluster), {
            message:
                'Stack "cluster2" can\'t work as it is:\n' +
                "  - exports[0].virtualAddress 240.7.0.1 is inside 240.7.0.0/16, a range that the cluster itself uses; " +
                "pin another one here",
        });
    });

    it("warns of versions that nobody has tried together", async () => {
        const newer = await run({ istio: { version: "1.29.2" } }, { "/version": { gitVersion: "v1.36.0" } });
        assert.deepEqual(newer.warnings, [
            "The cluster runs Kubernetes v1.36.0, which is newer than 1.35, the newest that Istio 1.29 supports.",
        ]);
        const unknown = await run({ istio: { version: "1.31.0" } });
        assert.deepEqual(unknown.warnings, [
            "Istio 1.31 is newer than 1.30, the newest that this project knows. Whether it supports Kubernetes v1.34.4 " +
                "was not checked.",
        ]);
    });

    it("says that kubectl is not there", async () => {
        const { PATH } = process.env;
        process.env["PATH"] = "/nowhere";
        try {
            await assert.rejects(run({}), {
                message:
                    'Stack "cluster2" can\'t work as it is:\n' +
                    '  - cluster "cluster2" can\'t be read: kubectl is not on PATH; install it, then run this again',
            });
        } finally {
            process.env["PATH"] = PATH;
        }
    });

    it("goes on where the cluster answers, but lets none of it be read", async () => {
        const forbidden = failure("Forbidden", 403, "forbidden");
        const paths = [...Object.keys(healthyCluster), "/api/v1/services", servicePath];
        const cluster = Object.fromEntries(paths.map((path) => [path, forbidden]));
        const gateway = { addresses: ["198.51.100.7"], nodePort: 31443 };
        const { warnings } = await run({ gateway }, cluster);
        assert.deepEqual(warnings, []);
    });
});
