import assert from "node:assert/strict";
import { hostKind, isAddress, type NodeFacts, readyNodeAddresses } from "../../../lib/base/addresses";

function node(name: string, ready: string, addresses: readonly (readonly [string, string])[]): NodeFacts {
    return {
        metadata: { name },
        status: {
            conditions: [
                { type: "MemoryPressure", status: "True" },
                { type: "Ready", status: ready },
            ],
            addresses: addresses.map(([type, address]) => ({ type, address })),
        },
    };
}

describe("hostKind", () => {
    const kinds = {
        "172.30.0.11": "ip",
        "fd00::1": "ip",
        "::1": "ip",
        "gateway.example.com": "name",
        "a1b2.elb.eu-west-1.amazonaws.com": "name",
        localhost: "name",
        "10.1": "name",
        "0x7f000001": "name",
        "1.2.3.4.5": "name",
        "": "name",
    } as const;
    for (const [address, kind] of Object.entries(kinds)) {
        it(`takes "${address}" for ${kind === "ip" ? "an IP address" : "a name"}`, () => {
            assert.equal(hostKind(address), kind);
        });
    }
});

describe("isAddress", () => {
    const good = [
        "172.30.0.11",
        "fd00::1",
        "gateway.example.com",
        "GW-1.Example.com",
        "localhost",
        "4.example.com",
    ];
    const bad = [
        "",
        "172.30.0.11:31443",
        "[fd00::1]",
        "https://gateway.example.com",
        "gateway.example.com:15443",
        "gateway_1.example.com",
        "gateway.example.com.",
        "172.30.0",
        "172.30.0.256",
        "a b",
        "-a.example.com",
        `${"a".repeat(64)}.example.com`,
        Array.from({ length: 64 }, () => "abc").join("."),
    ];
    it("takes IP addresses and host names, and nothing else", () => {
        assert.deepEqual(
            [...good, ...bad].filter((text) => isAddress(text)),
            good,
        );
    });
});

describe("readyNodeAddresses", () => {
    it("takes the addresses of the asked type from the ready nodes, sorted, each once", () => {
        const nodes = [
            node("c", "True", [
                ["Hostname", "c"],
                ["InternalIP", "172.30.0.13"],
                ["ExternalIP", "198.51.100.3"],
            ]),
            node("a", "True", [["InternalIP", "172.30.0.11"]]),
            node("b", "False", [["InternalIP", "172.30.0.12"]]),
            node("d", "Unknown", [["InternalIP", "172.30.0.14"]]),
            node("e", "True", [
                ["InternalIP", "172.30.0.11"],
                ["InternalIP", "fd00::15"],
            ]),
        ];
        assert.deepEqual(readyNodeAddresses(nodes, "InternalIP"), ["172.30.0.11", "172.30.0.13", "fd00::15"]);
        assert.deepEqual(readyNodeAddresses(nodes, "ExternalIP"), ["198.51.100.3"]);
    });

    it("counts a cordoned node: kube-proxy still serves node ports on it", () => {
        const cordoned = {
            ...node("a", "True", [["InternalIP", "172.30.0.11"]]),
            spec: { unschedulable: true },
        };
        assert.deepEqual(readyNodeAddresses([cordoned], "InternalIP"), ["172.30.0.11"]);
    });

    it("finds nothing on a node that has not reported yet", () => {
        assert.deepEqual(readyNodeAddresses([{ metadata: { name: "new" } }], "InternalIP"), []);
        assert.deepEqual(readyNodeAddresses([{ metadata: { name: "new" }, status: {} }], "InternalIP"), []);
        assert.deepEqual(readyNodeAddresses([], "InternalIP"), []);
    });
});
