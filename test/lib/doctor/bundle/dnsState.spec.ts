import assert from "node:assert/strict";
import { corefileOutline, dnsState } from "../../../../lib/doctor/bundle/dnsState";
import { leftOut } from "../../../../lib/doctor/bundle/redact";

const ours = [
    "# BEGIN istio-multicluster zone global owner=organization/istio-multicluster/cluster1",
    "global:53 {",
    "    errors",
    "    cache 30 {",
    "        denial 9984 30 1",
    "    }",
    "    forward . 10.91.0.53",
    "}",
    "# END istio-multicluster zone global",
];

describe("a Corefile in a ticket", () => {
    it("says how names are resolved, with the mesh's own part whole", () => {
        const own = [
            ".:53 {",
            "    errors",
            "    kubernetes cluster.local in-addr.arpa {",
            "        ttl 30",
            "    }",
            "}",
        ];
        const text = [...own, ...ours].join("\n");
        assert.equal(corefileOutline(`${text}\n`), text);
    });

    it("names every plugin, and shows no word of one that may hold a key", () => {
        const corefile = [
            "# route53 with a key: comment",
            "example.org {",
            "    route53 example.org.:Z1 {",
            "        aws_access_key a b",
            "    }",
            "    etcd {",
            "        credentials root hunter2",
            "    }",
            "    tsig { secret x. abc }",
            "    kubernetes cluster.local {",
            "        kubeconfig /etc/k admin",
            "        pods insecure",
            "    }",
            "}",
        ].join("\n");
        assert.equal(
            corefileOutline(corefile),
            [
                "example.org {",
                `    route53 ${leftOut} {`,
                `        ${leftOut}`,
                "    }",
                "    etcd {",
                `        ${leftOut}`,
                "    }",
                `    tsig ${leftOut} { }`,
                "    kubernetes cluster.local {",
                `        ${leftOut}`,
                "        pods insecure",
                "    }",
                "}",
            ].join("\n"),
        );
    });

    it("that can't be read is not shown", () => {
        const shown = corefileOutline('.:53 {\n    log "hunter2\n}');
        assert.match(shown, /^\(it can't be read: /);
        assert.ok(!shown.includes("hunter2"));
    });
});

describe("the state of a cluster's DNS", () => {
    const map = (name: string, data: Record<string, string>, namespace = "kube-system") => ({
        ...{ metadata: { name, namespace }, data },
    });

    it("has the mesh's part, and GlobalDns's zones, of which each line is an address or a setting", () => {
        const state = dnsState(
            [map("coredns", { Corefile: ours.join("\n") }), map("others", { password: "x" })],
            [
                map("global-dns-1", {
                    "zone.global":
                        "$TTL 5\n@ IN SOA a. b. 1 2 3 4 5\nx.global. IN A 240.0.0.2\ny.global. IN TXT hunter2\n",
                    other: "hunter2",
                }),
            ],
            "coredns",
            ["global"],
        );
        assert.ok(state.meshPart?.includes("forward . 10.91.0.53"));
        assert.equal(state.corefile, ours.join("\n"));
        assert.deepEqual(state.globalDns, {
            "zone.global": "$TTL 5\n@ IN SOA a. b. 1 2 3 4 5\nx.global. IN A 240.0.0.2",
        });
    });

    it("has nothing of what was not read", () => {
        assert.deepEqual(dnsState([], undefined, "coredns", ["global"]), {});
    });
});
