import assert from "node:assert/strict";
import type { Cause, CauseKind } from "../../../lib/cluster/causes";
import { type Origin, remedyOf } from "../../../lib/cluster/remedy";

const kubectl = "kubectl --kubeconfig k --context west";
const target = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    namespace: "istio-system",
    name: "global-dns",
    isDeleted: false,
};
const origin: Origin = { target, components: ["GlobalDns"], stack: "west", kubectl };
const cause = (kind: CauseKind, more: Partial<Cause> = {}): Cause => ({ kind, text: "", ...more });
const pod = { pod: "x", container: "coredns" };
const sample = {
    ...origin,
    components: ["SampleApps"],
    target: { ...target, namespace: "foo", name: "sleep" },
};
const gateway = { ...origin, components: ["EastWestGateway", "GatewayDeployment"] };
const somebodys = { ...origin, components: [], target: { ...target, name: "coredns" } };

/** Cause and origin, and what is to be done. */
const table: readonly (readonly [Cause, Origin, string])[] = [
    [
        cause("image", pod),
        origin,
        `Correct dns.image in Pulumi.west.yaml, or see that the nodes can pull it (${kubectl} -n istio-system describe pod x)`,
    ],
    [
        cause("image", { pod: "x", container: "sleep" }),
        sample,
        `Correct sampleApps.sleep.image in Pulumi.west.yaml, or see that the nodes can pull it (${kubectl} -n foo describe pod x)`,
    ],
    [
        cause("image", { pod: "x", container: "istio-proxy" }),
        sample,
        `Correct istio.hub and istio.tag in Pulumi.west.yaml, or see that the nodes can pull it (${kubectl} -n foo describe pod x)`,
    ],
    [
        cause("image", pod),
        somebodys,
        `Correct the image of Deployment istio-system/coredns, or see that the nodes can pull it ` +
            `(${kubectl} -n istio-system describe pod x)`,
    ],
    [
        cause("crash", pod),
        origin,
        `See its log (${kubectl} -n istio-system logs x -c coredns --previous), and whether dns.image in Pulumi.west.yaml is right`,
    ],
    [
        cause("quota"),
        gateway,
        `Raise the quota (${kubectl} -n istio-system describe resourcequota), or ask for less by gateway.resources or ` +
            `gateway.replicas in Pulumi.west.yaml`,
    ],
    [
        cause("schedule", { pod: "x" }),
        origin,
        `Make room for it on a node (${kubectl} describe nodes shows the taints and what is free), or change dns.replicas in ` +
            `Pulumi.west.yaml`,
    ],
    [
        cause("config", pod),
        origin,
        `Make what it lacks, or correct what asks for it (${kubectl} -n istio-system describe pod x)`,
    ],
    [
        cause("refused"),
        origin,
        `Change what refuses it, or what it is refused for (${kubectl} -n istio-system get events)`,
    ],
    [
        cause("namespace"),
        { ...origin, target: { ...target, namespace: "barr" } },
        `Make the namespace (${kubectl} create namespace barr), or name another in Pulumi.west.yaml`,
    ],
    [
        cause("loadBalancer"),
        { ...gateway, target: { ...target, kind: "Service", name: "gw" } },
        `See why no address comes (${kubectl} -n istio-system describe service gw); in a cluster without load balancers leave ` +
            `out gateway.type in Pulumi.west.yaml`,
    ],
    [
        cause("deletion"),
        { ...origin, target: { apiVersion: "v1", kind: "Namespace", name: "bar", isDeleted: true } },
        `See what it waits for (${kubectl} get namespace bar -o yaml)`,
    ],
    [
        cause("other"),
        origin,
        `See what it waits for (${kubectl} -n istio-system describe deployment global-dns)`,
    ],
];

describe("what to do about an object that waits", () => {
    for (const [what, from, said] of table) {
        it(`${what.kind} of ${from.components[0] ?? "somebody"}`, () => {
            assert.equal(remedyOf(what, from), said);
        });
    }
});
