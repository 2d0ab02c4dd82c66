import fc from "fast-check";

/** Corefiles as they are found in clusters: each by where it comes from. */
export const realCorefiles: Readonly<Record<string, string>> = {
    kubeadm: `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
`,
    kind: `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
`,
    k3s: `.:53 {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
      pods insecure
      fallthrough in-addr.arpa ip6.arpa
    }
    hosts /etc/coredns/NodeHosts {
      ttl 60
      reload 15s
      fallthrough
    }
    prometheus :9153
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
    import /etc/coredns/custom/*.override
}
import /etc/coredns/custom/*.server
`,
    rke2: `.:53 {
    errors 
    health  {
        lameduck 5s
    }
    ready 
    kubernetes   cluster.local  cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 30
    }
    prometheus   0.0.0.0:9153
    forward   . /etc/resolv.conf
    cache   30
    loop 
    reload 
    loadbalance 
}`,
    eks: `.:53 {
    errors
    health {
        lameduck 5s
      }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
      pods insecure
      fallthrough in-addr.arpa ip6.arpa
    }
    prometheus :9153
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
}
`,
    aks: `.:53 {
    errors
    ready
    health {
      lameduck 5s
    }
    kubernetes cluster.local in-addr.arpa ip6.arpa {
      pods insecure
      fallthrough in-addr.arpa ip6.arpa
      ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
    import custom/*.override
    template ANY ANY internal.cloudapp.net {
      match "^(?:[^.]+\\.){4,}internal\\.cloudapp\\.net\\.$"
      rcode NXDOMAIN
      fallthrough
    }
    template ANY ANY reddog.microsoft.com {
      rcode NXDOMAIN
    }
}
import custom/*.server
`,
    openshift: `# example-zone
example.com:5353 example.org:5353 {
    prometheus 127.0.0.1:9153
    forward . 1.1.1.1 2.2.2.2:5353 {
        policy random
    }
    errors
    log . {
        class error
    }
    bufsize 1232
    cache 900 {
        denial 9984 30
    }
}
.:5353 {
    bufsize 1232
    errors
    health {
        lameduck 20s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
    }
    prometheus 127.0.0.1:9153
    forward . /etc/resolv.conf {
        policy sequential
    }
    cache 900 {
        denial 9984 30
    }
    reload
}
hostname.bind:5353 {
    chaos
}
`,
    "a tutorial, with a comment in Chinese": `.:53 {
    errors
    health
    # 把 consul 域转发到内部的 DNS 服务器
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        upstream
        fallthrough in-addr.arpa ip6.arpa
    }
    prometheus :9153
    proxy . /etc/resolv.conf
    cache 30
    reload # 自动重新加载
}
consul.local:53 {
    errors
    proxy . 10.150.0.1
}`,
    "NodeLocal DNSCache": `cluster.local:53 {
    errors
    cache {
            success 9984 30
            denial 9984 5
    }
    reload
    loop
    bind 169.254.20.10 10.96.0.10
    forward . __PILLAR__CLUSTER__DNS__ {
            force_tcp
    }
    prometheus :9253
    health 169.254.20.10:8080
    }
in-addr.arpa:53 {
    errors
    cache 30
    forward . __PILLAR__CLUSTER__DNS__ {
            force_tcp
    }
    }
`,
    "snippets, several transports and environment variables": `(common) {
    errors
    log {
        class denial error
    }
}

dns://.:{$DNS_PORT}, tls://example.org:853 {%EXTRA_ZONE%}
{
    import common
    tls /etc/tls/tls.crt /etc/tls/tls.key
    forward . {$UPSTREAM}
}
global:5353 tls://global {
    import common
    template IN A {
        answer "{{ .Name }} 60 IN A \\"10.0.0.1\\""
    }
}
`,
    "tabs and CRLF":
        ".:53 {\r\n\terrors\r\n\tforward . 8.8.8.8 {\r\n\t\tmax_concurrent 10\r\n\t}\r\n\treload\r\n}\r\n",
    "CRLF without a last line break": ".:53 {\r\n\terrors\r\n}",
    "a byte order mark and blank lines": "\ufeff\n\n. {\n}\n\n\n",
    "only a comment": "# nothing yet",
    empty: "",
};

const word = fc.constantFrom(
    "errors",
    "forward",
    ".",
    "/etc/resolv.conf",
    "30",
    "{$UPSTREAM}",
    "a#b",
    '"x { y"',
    "日本",
);
const gap = fc.constantFrom(" ", "\t", "  ");
const comment = fc.constantFrom("", " # a comment", "\t#{", " # END } of it", " # 注释");
const zoneName = fc.constantFrom(
    ".",
    "example.org",
    "cluster.local",
    "global.example",
    "10.0.0.0/8",
    "{$ZONE}",
    // Zones beside ours: below it, and of another port or transport.
    "bar.global",
    "globalx",
);
const key = fc
    .tuple(fc.constantFrom("", "dns://", "tls://"), zoneName, fc.constantFrom("", ":53", ":5353"))
    .map((parts) => parts.join(""));

/** Corefiles as people write them, with every line end, indentation and kind of comment. None serves `global:53`. */
export const corefiles: fc.Arbitrary<string> = fc
    .record({
        eol: fc.constantFrom("\n", "\r\n"),
        blocks: fc.array(
            fc.oneof(
                fc.constantFrom(
                    ...["# a remark", "", "import custom/*.server", '# say "hello', "\t# tabs\t"],
                    ...["(common) {\n\terrors\n\tlog\n}", "tls://global {\n    errors\n}"],
                    ...["global:5353 {\n    forward . {$UPSTREAM}\n}", "{$ZONES}:53 {\n    import common\n}"],
                ),
                fc
                    .record({
                        keys: fc.array(key, { minLength: 1, maxLength: 3 }),
                        comma: fc.constantFrom(" ", ", ", ",\n"),
                        brace: fc.constantFrom(" {", "\n{", "\t{ # opens"),
                        body: fc.array(
                            fc.oneof(
                                fc
                                    .tuple(gap, fc.array(word, { minLength: 1, maxLength: 4 }), comment)
                                    .map(
                                        ([indent, words, end]) => `${indent}plugin ${words.join(" ")}${end}`,
                                    ),
                                fc.tuple(gap, word).map(([indent, inner]) => `${indent}log . {\n${inner}\n}`),
                                fc.constantFrom("", " import common", "# {"),
                            ),
                            { maxLength: 5 },
                        ),
                        end: comment,
                    })
                    .map(({ keys, comma, brace, body, end }) =>
                        [`${keys.join(comma)}${brace}`, ...body, `}${end}`].join("\n"),
                    ),
            ),
            { maxLength: 5 },
        ),
        end: fc.constantFrom("", "\n", "\n\n", "\n# last words", "\r", " "),
    })
    .map(({ eol, blocks, end }) => (blocks.join("\n") + end).replaceAll("\n", eol));

/** Those, and the ones that were found in clusters. */
export const anyCorefile: fc.Arbitrary<string> = fc.oneof(
    corefiles,
    fc.constantFrom(...Object.values(realCorefiles)),
);
