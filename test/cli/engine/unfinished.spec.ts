import assert from "node:assert/strict";
import { withUnfinished } from "../../../cli/engine/unfinished";

const resource = (type: string, name: string, inputs: Readonly<Record<string, unknown>> = {}) => ({
    urn: `urn:pulumi:a::p::${type}::${name}`,
    type,
    custom: true,
    inputs,
    parent: "urn:pulumi:a::p::pulumi:pulumi:Stack::p-a",
});
const creating = (made: ReturnType<typeof resource>) => ({ type: "creating", resource: made });
const state = (resources: readonly object[], pending: readonly object[]) => ({
    version: 3,
    deployment: { resources: resources as { urn: string; type: string }[], pending_operations: pending },
});
const service = resource("kubernetes:core/v1:Service", "dns", {
    metadata: { name: "dns", namespace: "system" },
});
const role = resource("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "role", {
    metadata: { name: "role" },
});
const stub = resource("pulumi-nodejs:dynamic/istio-multicluster:StubDomains", "stub", {
    configMap: { name: "coredns", namespace: "kube-system" },
    zones: ["global"],
});

describe("withUnfinished", () => {
    it("takes over what was being made, under the id that it has if it is there", () => {
        const key = resource("tls:index/privateKey:PrivateKey", "key");
        const deleting = { type: "deleting", resource: role };
        const found = withUnfinished(
            state([], [creating(service), creating(stub), creating(key), creating(role), deleting]),
        );
        assert.deepEqual(found?.urns, [service.urn, stub.urn, role.urn]);
        assert.deepEqual(found.state, {
            version: 3,
            deployment: {
                resources: [
                    { ...service, id: "system/dns", outputs: service.inputs },
                    { ...stub, id: "kube-system/coredns", outputs: stub.inputs },
                    { ...role, id: "role", outputs: role.inputs },
                ],
                pending_operations: [creating(key), deleting],
            },
        });
    });

    it("leaves what the state knows already, and what has nothing outside of it", () => {
        const component = { ...resource("istio-multicluster:index:Istio", "istio"), custom: false };
        assert.equal(withUnfinished(state([service], [creating(service), creating(component)])), undefined);
        assert.equal(withUnfinished(state([service], [])), undefined);
        assert.equal(withUnfinished({ deployment: {} }), undefined);
    });
});
