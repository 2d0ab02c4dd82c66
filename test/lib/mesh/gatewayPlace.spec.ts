import assert from "node:assert/strict";
import { parseConfig } from "../../../lib/config/parse";
import type { GatewayAddress } from "../../../lib/mesh/contract";
import { asSeenFrom, gatewayPlace } from "../../../lib/mesh/gatewayPlace";
import { clusterOutputs } from "../../cli/samples";

const cluster = { kubeconfig: "kubeconfig", context: "cluster1" };
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

    const refused: readonly (readonly [string, object, string])[] = [
        [
            "a port for addresses that are not given",
            { port: 443 },
            "gateway.port is the port on gateway.addresses, which is not set; set that too, or use nodePort to choose " +
                "the port on the nodes",
        ],
        [
            "a port of the addresses that is none",
            { addresses: ["198.51.100.7"], port: 0 },
            "gateway.port must be a port from 1 to 65535",
        ],
        [
            "other addresses for the cluster itself",
            { peerAddresses: { cluster1: inside } },
            "gateway.peerAddresses.cluster1 is this cluster itself; name the cluster that imports from it",
        ],
        [
            "other addresses for a name that is no cluster's",
            { peerAddresses: { Cluster_2: inside } },
            "gateway.peerAddresses.Cluster_2 must be a DNS label: lower-case letters, digits and dashes, 63 characters at most",
        ],
        [
            "no address for a peer",
            { peerAddresses: { cluster2: { addresses: [] } } },
            "gateway.peerAddresses.cluster2.addresses must name at least one address",
        ],
        [
            "a peer's address with a port",
            { peerAddresses: { cluster2: { addresses: ["10.0.0.5:15443"] } } },
            "gateway.peerAddresses.cluster2.addresses[0] must be an IP address or a host name, without a port",
        ],
        [
            "a peer's port that is none",
            { peerAddresses: { cluster2: { ...inside, port: 65536 } } },
            "gateway.peerAddresses.cluster2.port must be a port from 1 to 65535",
        ],
        [
            "an annotation that is no text",
            { annotations: { "example.com/internal": true } },
            'gateway.annotations["example.com/internal"] must be a text',
        ],
    ];
    for (const [what, settings, problem] of refused) {
        it(`refuses ${what}`, () => {
            const result = parseConfig("cluster1", { cluster, gateway: settings });
            assert.ok(result.kind === "invalid");
            assert.deepEqual(
                result.problems.map(({ path, message }) => `${path} ${message}`),
                [problem],
            );
        });
    }
});
