import assert from "node:assert/strict";
import type { GatewayAddress } from "../../../lib/mesh/contract";
import { asSeenFrom, gatewayPlace } from "../../../lib/mesh/gatewayPlace";
import { clusterOutputs } from "../../cli/samples";

const inside = { addresses: ["10.0.0.5"], port: 15443 };
const gateway: GatewayAddress = {
    kind: "Manual",
    addresses: ["198.51.100.7"],
    port: 443,
    peers: { cluster2: inside },
};

describe("the place of a gateway", () => {
    it("is the one meant for the importing cluster, or else the one for everybody", () => {
        assert.deepEqual(gatewayPlace(gateway, "cluster2"), inside);
        assert.deepEqual(gatewayPlace(gateway, "cluster3"), { addresses: ["198.51.100.7"], port: 443 });
    });

    it("is the only thing of a cluster's outputs that depends on who looks", () => {
        const outputs = clusterOutputs("cluster1", { gateway });
        assert.deepEqual(asSeenFrom("cluster2", outputs), {
            ...outputs,
            gateway: { kind: "Manual", ...inside },
        });
        assert.deepEqual(asSeenFrom("cluster3", outputs), {
            ...outputs,
            gateway: { kind: "Manual", addresses: ["198.51.100.7"], port: 443 },
        });
    });
});
