import assert from "node:assert/strict";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import {
    findCollisions,
    reservedRanges,
    virtualAddress,
    virtualAddressPool,
    virtualAddressProblem,
} from "../../../lib/base/virtualAddress";
import { ipv4, meshHost } from "../../support/arbitraries";

function inside(address: string, range: string): boolean {
    return ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(range));
}

describe("virtualAddress", () => {
    it("has not changed: a running mesh holds these addresses", () => {
        assert.deepEqual(["httpbin.bar.global", "sleep.foo.global", "a.b.c"].map(virtualAddress), [
            "240.247.249.30",
            "252.101.182.91",
            "253.239.136.9",
        ]);
    });

    it("always gives an address of the pool outside the reserved ranges", () => {
        fc.assert(
            fc.property(fc.oneof(meshHost, fc.string()), (host) => {
                const address = virtualAddress(host);
                assert.ok(inside(address, virtualAddressPool));
                assert.deepEqual(
                    reservedRanges.filter(({ range }) => inside(address, range)),
                    [],
                );
                assert.equal(virtualAddressProblem(address), undefined);
            }),
            { numRuns: 2000 },
        );
    });

    it("goes on behind istiod's own range at its very edge", () => {
        // Found by trying: the one among 32 million names whose hash would give 240.240.0.0.
        assert.equal(virtualAddress("service-32474767.edge.global"), "240.241.0.0");
    });

    it("depends on the host alone: other services neither move it nor swap with it", () => {
        fc.assert(
            fc.property(meshHost, fc.array(meshHost), (host, others) => {
                const alone = virtualAddress(host);
                others.forEach(virtualAddress);
                assert.equal(virtualAddress(host), alone);
                assert.deepEqual(
                    [...others, host].reverse().map(virtualAddress).reverse(),
                    [...others, host].map(virtualAddress),
                );
            }),
        );
    });

    it("spreads hosts over the whole pool", () => {
        const perBlock = new Map<string, number>();
        const hosts = Array.from({ length: 15_000 }, (_, index) => `service-${index}.shop.global`);
        const addresses = hosts.map(virtualAddress);
        for (const address of addresses) {
            const block = address.split(".")[0] ?? "";
            perBlock.set(block, (perBlock.get(block) ?? 0) + 1);
        }
        assert.deepEqual(
            [...perBlock.keys()].sort(),
            Array.from({ length: 15 }, (_, index) => String(240 + index)),
        );
        // 1000 each on average; six standard deviations are about 190.
        assert.deepEqual(
            [...perBlock].filter(([, count]) => Math.abs(count - 1000) > 190),
            [],
        );
        // About half a pair is expected to meet among 15,000 in 251 million.
        assert.ok(new Set(addresses).size >= hosts.length - 5);
    });
});

describe("virtualAddressProblem", () => {
    const good = ["240.0.0.0", "240.0.0.2", "240.239.255.255", "240.241.0.0", "254.255.255.255"];
    for (const address of good) {
        it(`accepts ${address}`, () => {
            assert.equal(virtualAddressProblem(address), undefined);
        });
    }

    const bad: readonly (readonly [string, string])[] = [
        ["httpbin", '"httpbin" is not an IPv4 address; use one such as 240.0.0.2'],
        ["240.0.2", '"240.0.2" is not an IPv4 address; use one such as 240.0.0.2'],
        ["240.0.0.02", '"240.0.0.02" is not an IPv4 address; use one such as 240.0.0.2'],
        ["240.0.0.256", '"240.0.0.256" is not an IPv4 address; use one such as 240.0.0.2'],
        ["240.0.0.2 ", '"240.0.0.2 " is not an IPv4 address; use one such as 240.0.0.2'],
        ["fd00::1", '"fd00::1" is not an IPv4 address; use one such as 240.0.0.2'],
        ["", '"" is not an IPv4 address; use one such as 240.0.0.2'],
        [
            "224.0.0.1",
            "224.0.0.1 is a multicast address, to which pods have no route; use one of 240.0.0.0/4",
        ],
        [
            "127.255.0.2",
            "127.255.0.2 is a loopback address, which a sidecar treats as its own pod; use one of 240.0.0.0/4",
        ],
        ["10.0.0.1", "10.0.0.1 is outside 240.0.0.0/4, the pool of virtual addresses"],
        [
            "239.255.255.255",
            "239.255.255.255 is a multicast address, to which pods have no route; use one of 240.0.0.0/4",
        ],
        [
            "240.240.0.0",
            "240.240.0.0 is inside 240.240.0.0/16, which is reserved: istiod assigns addresses from it by itself",
        ],
        [
            "240.240.255.255",
            "240.240.255.255 is inside 240.240.0.0/16, which is reserved: istiod assigns addresses from it by itself",
        ],
        [
            "255.255.255.255",
            "255.255.255.255 is inside 255.0.0.0/8, which is reserved: it holds the limited broadcast address",
        ],
    ];
    for (const [address, message] of bad) {
        it(`refuses ${address === "" ? "an empty text" : address}`, () => {
            assert.equal(virtualAddressProblem(address), message);
        });
    }

    it("refuses an address of the cluster's own ranges, and only those", () => {
        const ranges = ["fd00::/8", "10.241.0.0/16", "240.10.0.0/16"];
        assert.equal(
            virtualAddressProblem("240.10.1.2", ranges),
            "240.10.1.2 is inside 240.10.0.0/16, a range that the cluster itself uses",
        );
        assert.equal(virtualAddressProblem("240.11.0.0", ranges), undefined);
    });

    it("answers for every IPv4 address", () => {
        fc.assert(
            fc.property(ipv4, (address) => {
                const usable =
                    inside(address, virtualAddressPool) &&
                    !reservedRanges.some(({ range }) => inside(address, range));
                assert.equal(virtualAddressProblem(address) === undefined, usable);
            }),
        );
    });
});

describe("findCollisions", () => {
    it("finds different hosts on one address, each once, sorted", () => {
        assert.deepEqual(
            findCollisions([
                { host: "b.x.global", virtualAddress: "240.0.0.1" },
                { host: "c.x.global", virtualAddress: "240.0.0.2" },
                { host: "a.x.global", virtualAddress: "240.0.0.1" },
                { host: "b.x.global", virtualAddress: "240.0.0.1" },
                { host: "d.x.global", virtualAddress: "240.0.0.2" },
                { host: "e.x.global", virtualAddress: "240.0.0.3" },
            ]),
            [
                { address: "240.0.0.1", hosts: ["a.x.global", "b.x.global"] },
                { address: "240.0.0.2", hosts: ["c.x.global", "d.x.global"] },
            ],
        );
    });

    it("does not take one host that is named twice for a collision", () => {
        const once = { host: "a.x.global", virtualAddress: "240.0.0.1" };
        assert.deepEqual(findCollisions([once, once]), []);
        assert.deepEqual(findCollisions([]), []);
    });
});
