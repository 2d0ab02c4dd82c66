import assert from "node:assert/strict";
import type { GatewayAddress } from "../../../lib/mesh/contract";
import { gatewayDrift, remainingNodePort, type ServiceFacts } from "../../../lib/mesh/gatewayDrift";

function nodePort(port: number): ServiceFacts {
    return { spec: { type: "NodePort", ports: [{ name: "tls", port: 15443, nodePort: port }] }, status: {} };
}

function balancer(...ingress: readonly { ip?: string; hostname?: string }[]): ServiceFacts {
    const ports = [{ name: "tls", port: 15443, nodePort: 30000 }];
    return { spec: { type: "LoadBalancer", ports }, status: { loadBalancer: { ingress } } };
}

const onNodes: GatewayAddress = { kind: "NodePort", addresses: ["172.30.0.12"], port: 31443 };
const balanced: GatewayAddress = {
    kind: "LoadBalancer",
    addresses: ["198.51.100.7", "198.51.100.8"],
    port: 15443,
};
const manual: GatewayAddress = { kind: "Manual", addresses: ["gateway.example.com"], port: 31443 };

describe("gatewayDrift", () => {
    const cases: readonly (readonly [
        string,
        GatewayAddress,
        ServiceFacts | undefined,
        string | undefined,
    ])[] = [
        ["the recorded node port", onNodes, nodePort(31443), undefined],
        [
            "another node port",
            onNodes,
            nodePort(32000),
            "its gateway's Service has node port 32000 and no longer 31443",
        ],
        ["no Service", onNodes, undefined, "its gateway's Service is gone"],
        [
            "another type",
            onNodes,
            balancer(),
            "its gateway's Service has type LoadBalancer and no longer NodePort",
        ],
        [
            "the recorded addresses in another order",
            balanced,
            balancer({ ip: "198.51.100.8" }, { ip: "198.51.100.7" }),
            undefined,
        ],
        [
            "another address",
            balanced,
            balancer({ ip: "198.51.100.9" }),
            "its gateway's load balancer has 198.51.100.9 and no longer 198.51.100.7, 198.51.100.8",
        ],
        [
            "no address any more",
            balanced,
            balancer(),
            "its gateway's load balancer has no address and no longer 198.51.100.7, 198.51.100.8",
        ],
        [
            "a first address",
            { ...balanced, addresses: [] },
            balancer({ hostname: "gateway.example.com" }),
            "its gateway's load balancer has gateway.example.com and no longer none",
        ],
        ["a balancer's address behind one that is given", manual, balancer({ ip: "10.0.0.1" }), undefined],
        [
            "another node port behind an address that is given",
            manual,
            nodePort(32000),
            "its gateway's Service has node port 32000 and no longer 31443",
        ],
        [
            "the recorded node port behind a port that is given",
            { ...manual, port: 443, servicePort: 31443 },
            nodePort(31443),
            undefined,
        ],
    ];
    for (const [what, recorded, live, sentence] of cases) {
        it(`${sentence === undefined ? "says nothing of" : "tells of"} ${what}`, () => {
            assert.equal(gatewayDrift(recorded, live), sentence);
        });
    }
});

describe("remainingNodePort", () => {
    const toNodePort = { type: "NodePort" };
    for (const [what, live, wanted, expected] of [
        ["a gateway that is to lose its balancer", balancer(), toNodePort, 30000],
        [
            "one that is to lose it and to keep its node port",
            balancer(),
            { type: "NodePort", nodePort: 30000 },
            30000,
        ],
        [
            "one that is to get another node port as well",
            balancer(),
            { type: "NodePort", nodePort: 31443 },
            undefined,
        ],
        ["one that keeps its balancer", balancer(), { type: "LoadBalancer" }, undefined],
        ["one that has none", nodePort(31443), toNodePort, undefined],
        ["one that is not there", undefined, toNodePort, undefined],
    ] as const) {
        it(`is ${expected ?? "unknown"} for ${what}`, () => {
            assert.equal(remainingNodePort(live, wanted), expected);
        });
    }
});
