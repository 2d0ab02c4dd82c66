import assert from "node:assert/strict";
import {
    callerLists,
    codesOf,
    deployment,
    findingsOf,
    type ListsOf,
    meshs,
    pod,
    serverLists,
    somebodys,
} from "../../support/doctor";
import { clusterOutputs, httpbin } from "../../cli/samples";

const host = httpbin.host;
const labels = { app: "istio-egressgateway", istio: "egressgateway" };
const place = "istio-egress";

/** cluster1 with an egress gateway that is as the mesh makes it. */
function healthy(): ListsOf {
    const lists = callerLists();
    return {
        ...lists,
        Pod: [...lists.Pod, pod(place, "istio-egressgateway", { labels })],
        Deployment: [...lists.Deployment, deployment(place, "istio-egressgateway", 1, labels)],
        Service: [
            ...lists.Service,
            { metadata: meshs(place, "istio-egressgateway"), spec: { type: "ClusterIP", selector: labels } },
        ],
        ServiceEntry: [
            ...lists.ServiceEntry,
            { metadata: meshs(place, host), spec: { hosts: [host], exportTo: ["."] } },
        ],
        Gateway: [
            {
                metadata: meshs(place, "istio-egressgateway"),
                spec: {
                    selector: labels,
                    servers: [{ hosts: [host], port: { number: 15443 }, tls: { mode: "AUTO_PASSTHROUGH" } }],
                },
            },
        ],
    };
}

const address = "istio-egressgateway.istio-egress.svc.cluster.local";
const outputs = clusterOutputs("cluster1", {
    globalDnsAddress: "10.91.0.53",
    imports: [{ ...httpbin, from: ["cluster2"], egress: { address, port: 15443 } }],
});
const worldWith = (
    endedAt: "gateway" | "passage",
    here: Partial<ListsOf>,
    there: Partial<ListsOf> = {},
    isThroughEgress = true,
) => ({
    call: { endedAt, isThroughEgress },
    here: { ...healthy(), ...here },
    there,
    more: { here: { outputs } },
});
const outside = <K extends "Pod" | "Deployment" | "Service" | "ServiceEntry">(kind: K) =>
    healthy()[kind].filter(({ metadata }) => metadata.namespace !== place) as ListsOf[K];

describe("an egress gateway", () => {
    it("is no cause where it is as the mesh has made it", () => {
        assert.deepEqual(codesOf(worldWith("gateway", {})), []);
        assert.deepEqual(codesOf(worldWith("passage", {})), []);
    });

    it("is gone, with its Deployment or its Service", () => {
        for (const here of [{ Deployment: outside("Deployment") }, { Service: outside("Service") }])
            assert.deepEqual(codesOf(worldWith("gateway", here)), ["egress-gateway-gone"]);
    });

    it("is not ready, which is said with the step", () => {
        const unready = pod(place, "istio-egressgateway", { labels, isReady: false });
        const here = { Pod: [...outside("Pod"), unready] };
        assert.deepEqual(codesOf(worldWith("gateway", here)), ["egress-gateway-not-ready"]);
        const [finding] = findingsOf(worldWith("gateway", here));
        assert.equal(finding?.cause, "No pod of cluster1's egress gateway is ready.");
    });

    it("does not pass the host on, without its Gateway or the entry that leads on", () => {
        for (const here of [{ Gateway: [] }, { ServiceEntry: outside("ServiceEntry") }])
            assert.deepEqual(codesOf(worldWith("passage", here)), ["egress-gateway-without-host"]);
    });

    it("is no cause of a call that leaves directly, or has come past it", () => {
        const here = { Deployment: outside("Deployment"), Gateway: [] };
        assert.deepEqual(codesOf(worldWith("gateway", here, {}, false)), []);
        assert.deepEqual(codesOf(worldWith("passage", { Deployment: outside("Deployment") })), []);
    });

    const policy = (namespace: string, spec: object) => ({
        NetworkPolicy: [{ metadata: somebodys(namespace, "shut"), spec }],
    });

    it("is kept apart by a NetworkPolicy, of the caller's, of its own, or on its way out", () => {
        const out = { podSelector: {}, policyTypes: ["Egress"], egress: [] };
        const into = { podSelector: {}, ingress: [] };
        const inside = { podSelector: {}, policyTypes: ["Egress"], egress: [{ to: [{ podSelector: {} }] }] };
        for (const [namespace, spec, said] of [
            ["foo", out, /keeps the caller from the egress gateway/],
            [place, into, /keeps calls from the egress gateway on port 15443/],
            [place, inside, /keeps the egress gateway from the gateway at 172\.30\.0\.12:31443/],
        ] as const) {
            const [finding, ...more] = findingsOf(worldWith("gateway", policy(namespace, spec)));
            assert.equal(finding?.code, "network-policy");
            assert.match(finding.cause, said);
            assert.deepEqual(more, []);
        }
        const open = { podSelector: {}, ingress: [{ ports: [{ port: 15443 }] }] };
        assert.deepEqual(codesOf(worldWith("gateway", policy(place, open))), []);
    });

    it("hides the exporter's gateway, which is a cause of what it passes on", () => {
        const there = {
            Deployment: serverLists().Deployment.filter(
                ({ metadata }) => metadata.name !== "istio-eastwestgateway",
            ),
        };
        assert.deepEqual(codesOf(worldWith("passage", {}, there)), ["gateway-gone"]);
    });
});

describe("a call that could not be made", () => {
    const call = { isFromOutside: true, endedAt: "name", seen: "" } as const;

    it("has no cause in a healthy mesh, and none that is only suspected", () => {
        assert.deepEqual(codesOf({ call }), []);
        const there = {
            EnvoyFilter: [
                { metadata: somebodys("bar", "x"), spec: { configPatches: [{ applyTo: "HTTP_FILTER" }] } },
            ],
            Deployment: serverLists().Deployment.filter(({ metadata }) => metadata.name !== "istiod"),
        };
        assert.deepEqual(codesOf({ call, there }), []);
    });

    it("would fail by what is seen at any hop, what to mend first on top", () => {
        const there = {
            Gateway: [],
            PeerAuthentication: [{ metadata: somebodys("bar", "off"), spec: { mtls: { mode: "DISABLE" } } }],
        };
        assert.deepEqual(codesOf({ call, there }), ["gateway-without-host", "mutual-tls-off"]);
    });

    it("says nothing of policies where nobody is known to call", () => {
        const there = { AuthorizationPolicy: [{ metadata: somebodys("bar", "none"), spec: {} }] };
        assert.deepEqual(codesOf({ call, there }), ["policy-denies"]);
        const nobody = { ...call, caller: { cluster: "cluster1", namespace: "", workload: "" } };
        assert.deepEqual(codesOf({ call: nobody, there }), []);
        assert.deepEqual(codesOf({ call: nobody, there: { Gateway: [] } }), ["gateway-without-host"]);
    });
});
