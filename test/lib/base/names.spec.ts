import assert from "node:assert/strict";
import fc from "fast-check";
import {
    dnsLabelPattern,
    dnsNamePattern,
    hostName,
    hostNameProblem,
    objectName,
    principal,
    sni,
    spiffeId,
} from "../../../lib/base/names";
import { dnsLabel } from "../../support/arbitraries";

/** Longest name that DNS carries as text (RFC 1035, section 2.3.4), which is also Kubernetes' limit for an object's name. */
const longestDnsName = 253;

/** Longest server name that TLS libraries send (BoringSSL's TLSEXT_MAXLEN_host_name). */
const longestServerName = 255;

/** A Kubernetes object's name (RFC 1123 subdomain, as its API validation has it). */
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

describe("names", () => {
    it("writes the mesh-wide host, its object, its identity and its server name", () => {
        assert.equal(hostName("httpbin", "bar", "global"), "httpbin.bar.global");
        assert.equal(objectName("httpbin.bar.global"), "httpbin.bar.global");
        assert.equal(spiffeId("cluster.local", "bar", "httpbin"), "spiffe://cluster.local/ns/bar/sa/httpbin");
        assert.equal(sni("httpbin.bar.global", 8000), "outbound_.8000_._.httpbin.bar.global");
        assert.equal(principal("cluster1.mesh", "foo", "sleep"), "cluster1.mesh/ns/foo/sa/sleep");
        assert.equal(principal(undefined, "foo", "sleep"), "*/ns/foo/sa/sleep");
    });

    it("takes exactly the DNS labels of Kubernetes", () => {
        const longest = "a".repeat(63);
        const good = ["a", "0", "a-b", "a--b", longest, "1a"];
        const bad = ["", "-a", "a-", "A", "a.b", "a_b", "ä", "a b", "a\n", `${longest}a`];
        assert.deepEqual(
            [...good, ...bad].filter((text) => dnsLabelPattern.test(text)),
            good,
        );
    });

    it("gives every valid service a name that DNS, Kubernetes and TLS can carry", () => {
        fc.assert(
            fc.property(
                dnsLabel,
                dnsLabel,
                dnsLabel,
                fc.integer({ min: 1, max: 65535 }),
                (service, namespace, suffix, port) => {
                    const host = hostName(service, namespace, suffix);
                    assert.match(host, subdomain);
                    assert.ok(host.length <= longestDnsName);
                    assert.match(objectName(host), subdomain);
                    assert.ok(objectName(host).length <= longestDnsName);
                    assert.ok(sni(host, port).length <= longestServerName);
                },
            ),
        );
    });

    it("names the objects of different services differently", () => {
        const tricky = fc.stringMatching(/^[ab](-?[ab]){0,3}$/);
        fc.assert(
            fc.property(fc.tuple(tricky, tricky), fc.tuple(tricky, tricky), (one, other) => {
                const [first, second] = [one, other].map(([service, namespace]) =>
                    objectName(hostName(service, namespace, "global")),
                );
                assert.equal(first === second, one.join("/") === other.join("/"));
            }),
        );
        assert.notEqual(objectName("a-b.c.global"), objectName("a.b-c.global"));
    });
});

describe("hostNameProblem", () => {
    it("finds a name that is too long for TLS or DNS, however many labels it has", () => {
        const suffix = Array.from({ length: 4 }, () => "s".repeat(47)).join(".");
        const host = hostName("a".repeat(40), "bar", suffix);
        assert.equal(host.length, 236);
        assert.equal(sni(host, 65535).length, longestServerName);
        assert.equal(hostNameProblem(host), undefined);
        assert.equal(
            hostNameProblem(`x${host}`),
            `make the name x${host}, which has 237 characters; at most 236 fit into the server name that sidecars send, ` +
                "so shorten a part of it",
        );
    });
});

describe("dnsNamePattern", () => {
    it("takes names of one or more labels, 253 characters at most", () => {
        const longest = `${"a".repeat(63)}.`.repeat(4).slice(0, longestDnsName);
        for (const name of ["global", "cluster.local", "a-1.b", longest]) assert.match(name, dnsNamePattern);
        for (const name of [
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "A",
            "a_b",
            "-a",
            "spiffe://a",
            "a/b",
            `${longest}a`,
        ])
            assert.doesNotMatch(name, dnsNamePattern);
    });
});
