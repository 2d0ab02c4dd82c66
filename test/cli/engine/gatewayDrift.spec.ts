import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { findGatewayDrift } from "../../../cli/engine/gatewayDrift";
import { FakeApi } from "../../support/fakeApi";
import { clusterOutputs } from "../samples";

const service = "/api/v1/namespaces/istio-system/services/istio-eastwestgateway";

describe("findGatewayDrift", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "drift-"));
    let api: FakeApi;
    before(async () => {
        api = await FakeApi.start();
        fs.writeFileSync(path.join(folder, "Pulumi.yaml"), "name: p\n");
        const cluster = (kubeconfig: string) =>
            JSON.stringify({ config: { "p:cluster": { kubeconfig, context: "fake" } } });
        fs.writeFileSync(path.join(folder, "Pulumi.cluster2.yaml"), cluster(api.access.kubeconfig));
        fs.writeFileSync(path.join(folder, "Pulumi.away.yaml"), cluster("missing"));
    });
    after(async () => {
        await api.stop();
        fs.rmSync(folder, { recursive: true });
    });

    it("compares the outputs with the cluster", async () => {
        const outputs = clusterOutputs("cluster2", { context: "fake" });
        assert.equal(await findGatewayDrift(folder, outputs), "its gateway's Service is gone");
        const ports = [{ name: "tls", port: 15443, nodePort: 31443 }];
        api.set(service, { metadata: {}, spec: { type: "NodePort", ports } });
        assert.equal(await findGatewayDrift(folder, outputs), undefined);
    });

    it("reads the gateway in the namespace that the outputs name", async () => {
        const ports = [{ name: "tls", port: 15443, nodePort: 31443 }];
        const elsewhere = service.replace("istio-system", "istio-multicluster");
        api.set(elsewhere, {
            metadata: {},
            spec: { type: "NodePort", ports: ports.map((port) => ({ ...port, nodePort: 31999 })) },
        });
        const { gateway, ...outputs } = clusterOutputs("cluster2", { context: "fake" });
        assert.equal(
            await findGatewayDrift(folder, {
                ...outputs,
                gateway: { ...gateway, namespace: "istio-multicluster" },
            }),
            "its gateway's Service has node port 31999 and no longer 31443",
        );
    });

    it("leaves a cluster that does not answer to its own update", async () => {
        const outputs = clusterOutputs("away", { context: "fake" });
        assert.equal(await findGatewayDrift(folder, outputs), undefined);
    });
});
