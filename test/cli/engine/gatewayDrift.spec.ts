import { CommandLine } from "../../../cli/commandLine";
import assert from "node:assert/strict";
import { findGatewayDrift, gatewayMove } from "../../../cli/engine/gatewayDrift";
import type { GatewayAddress } from "../../../lib/mesh/contract";
import { FakeApi } from "../../support/fakeApi";
import { clusterOutputs } from "../samples";

const service = "/api/v1/namespaces/istio-system/services/istio-eastwestgateway";

describe("findGatewayDrift", () => {
    let api: FakeApi;
    before(async () => {
        api = await FakeApi.start();
    });
    after(() => api.stop());

    it("compares the outputs with the cluster", async () => {
        const outputs = clusterOutputs("cluster2", api.access);
        assert.equal(await findGatewayDrift("/", outputs), "its gateway's Service is gone");
        const ports = [{ name: "tls", port: 15443, nodePort: 31443 }];
        api.set(service, { metadata: {}, spec: { type: "NodePort", ports } });
        assert.equal(await findGatewayDrift("/", outputs), undefined);
    });

    it("reads the gateway in the namespace that the outputs name", async () => {
        const ports = [{ name: "tls", port: 15443, nodePort: 31443 }];
        const elsewhere = service.replace("istio-system", "istio-multicluster");
        api.set(elsewhere, {
            metadata: {},
            spec: { type: "NodePort", ports: ports.map((port) => ({ ...port, nodePort: 31999 })) },
        });
        const { gateway, ...outputs } = clusterOutputs("cluster2", api.access);
        assert.equal(
            await findGatewayDrift("/", {
                ...outputs,
                gateway: { ...gateway, namespace: "istio-multicluster" },
            }),
            "its gateway's Service has node port 31999 and no longer 31443",
        );
    });

    it("leaves a cluster that does not answer to its own update", async () => {
        const outputs = clusterOutputs("cluster2", { kubeconfig: "missing", context: "missing" });
        assert.equal(await findGatewayDrift("/", outputs), undefined);
    });
});

describe("gatewayMove", () => {
    const before = clusterOutputs("b", {
        gateway: { kind: "NodePort", addresses: ["10.0.0.2"], port: 31443 },
    });
    const moved = (gateway: Partial<GatewayAddress>) => ({
        before,
        after: { ...before, gateway: { ...before.gateway, ...gateway } },
    });
    const up = new CommandLine("x", "preview").other("up");
    const importers = [clusterOutputs("a"), clusterOutputs("c")];

    it("names the importing clusters, with what changes for each", () => {
        assert.equal(
            gatewayMove(moved({ addresses: ["10.0.0.2", "10.0.0.3"] }), importers, up),
            'its gateway moves, and "npm run mesh -- --ca x up" then also updates: ' +
                "a (10.0.0.2:31443 becomes 10.0.0.2:31443, 10.0.0.3:31443), " +
                "c (10.0.0.2:31443 becomes 10.0.0.2:31443, 10.0.0.3:31443)",
        );
        assert.equal(
            gatewayMove(moved({ peers: { c: { addresses: ["192.0.2.1"], port: 443 } } }), importers, up),
            'its gateway moves, and "npm run mesh -- --ca x up" then also updates: c (10.0.0.2:31443 becomes 192.0.2.1:443)',
        );
    });

    it("is silent when nobody has to follow, or nothing is known yet", () => {
        assert.equal(gatewayMove(moved({}), importers, up), undefined);
        assert.equal(gatewayMove(moved({ port: 32000 }), [], up), undefined);
        assert.equal(gatewayMove({ after: before }, importers, up), undefined);
        const unknown = JSON.parse('{ "port": "(unknown)" }') as Partial<GatewayAddress>;
        assert.equal(gatewayMove(moved(unknown), importers, up), undefined);
    });
});
