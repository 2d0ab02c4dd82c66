import assert from "node:assert/strict";
import * as fs from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import * as path from "node:path";
import { type Ended, nameOf, TemporaryProject, typeOf } from "../support/engine";
import { FakeApi } from "../support/fakeApi";
import { bareCluster, kubeadmDns } from "../support/program";

/** The text under "Diagnostics:", where Pulumi repeats in full what it has shown on the way. */
const diagnosticsOf = ({ text }: Ended) => /^Diagnostics:\n([\s\S]*?)\n\n/m.exec(text)?.[1] ?? text;

const cluster = (kubeconfig: string) => ({
    cluster: { kubeconfig, context: "fake" },
    imports: [{ service: "httpbin", namespace: "bar", from: "peer" }],
});

describe("a cluster stack with the real engine", function () {
    this.timeout(180_000);
    let project: TemporaryProject;
    let api: FakeApi;

    const preview = () => project.pulumi(["preview", "--stack", "one"]);
    const up = () => project.pulumi(["up", "--yes", "--skip-preview", "--stack", "one"]);

    before(async () => {
        api = await FakeApi.start();
        for (const [path, object] of Object.entries(bareCluster())) api.set(path, object);
        api.set("/api/v1/nodes", {
            items: [
                {
                    metadata: { name: "node" },
                    status: {
                        addresses: [{ type: "InternalIP", address: "192.0.2.7" }],
                        conditions: [{ type: "Ready", status: "True" }],
                    },
                },
            ],
        });
        api.set("/apis/networking.k8s.io/v1/servicecidrs", {
            items: [{ spec: { cidrs: ["10.96.0.0/12"] } }],
        });
        for (const [list, objects] of Object.entries(kubeadmDns)) api.set(list, objects);
        project = new TemporaryProject();
        const made = await project.pulumi(["stack", "init", "one"]);
        assert.equal(made.code, 0, made.text);
    });
    after(async () => {
        await api.stop();
        project.remove();
    });

    /** A kubeconfig for a server at this URL, and its path inside the project. */
    function kubeconfig(name: string, server: string): string {
        const text = JSON.stringify({
            apiVersion: "v1",
            kind: "Config",
            clusters: [{ name: "fake", cluster: { server } }],
            users: [{ name: "fake", user: { token: "none" } }],
            contexts: [{ name: "fake", context: { cluster: "fake", user: "fake" } }],
        });
        fs.writeFileSync(path.join(project.folder, name), text);
        return name;
    }

    it("says everything that is wrong with the configuration once, before any resource", async () => {
        project.configure("one", {
            cluster: { kubeconfig: "kubeconfig", domain: "cluster..local" },
            mesh: { trustDomain: "Example" },
            istio: { version: "1.21.0" },
            gateway: { type: "ClusterIP", nodePort: 70000 },
            exports: [{ service: "Httpbin", namespace: "bar", ports: [], selector: {}, serviceAccount: "x" }],
            imports: {},
            export: [],
            // Texts to the engine, and nothing.
            connectivityCheck: "yes",
            dns: "a: b",
            egress: null,
        });
        for (const run of [preview, up]) {
            const ended = await run();
            assert.notEqual(ended.code, 0);
            assert.equal(
                diagnosticsOf(ended),
                [
                    "  pulumi:pulumi:Stack (istio-multicluster-one):",
                    '    error: The configuration of stack "one" (Pulumi.one.yaml) has 13 problems:',
                    "      - cluster.domain must be a DNS name: labels of lower-case letters, digits and dashes with dots between them, 253 characters at most",
                    "      - cluster.context is missing; it must be a text",
                    "      - mesh.trustDomain must be a DNS name: labels of lower-case letters, digits and dashes with dots between them, 253 characters at most",
                    "      - istio.version must be 1.22.0 or newer, since older releases don't serve networking.istio.io/v1",
                    "      - gateway.type must be NodePort or LoadBalancer",
                    "      - gateway.nodePort must be a port from 1 to 65535",
                    "      - dns must be a map",
                    "      - exports[0].service must be a DNS label: lower-case letters, digits and dashes, 63 characters at most",
                    "      - exports[0].ports must name at least one port",
                    "      - exports[0].selector must name at least one label, or it would select every pod of the namespace",
                    "      - imports must be a list",
                    "      - connectivityCheck must be true or false",
                    "      - export is not a known setting; check the spelling against docs/configuration.md",
                ].join("\n"),
            );
            assert.ok(ended.seconds < 15, `${ended.seconds} s`);
        }
        const { deployment } = await project.state("one");
        assert.deepEqual(
            deployment.resources?.map(({ urn }) => `${typeOf(urn)} ${nameOf(urn)}`),
            ["pulumi:pulumi:Stack istio-multicluster-one"],
        );
    });

    const unreachable =
        (reason: string) =>
        (port: number): string =>
            `cluster "one" can't be reached: ${reason.replace("PORT", String(port))}; see that it runs, and that ` +
            "`kubectl --kubeconfig nowhere --context fake get nodes` works";
    for (const [what, isListening, line] of [
        [
            "refuses connections",
            false,
            unreachable(
                "The connection to the server 127.0.0.1:PORT was refused - did you specify the right host or port?",
            ),
        ],
        ["never answers", true, unreachable("no answer within 15 seconds")],
    ] as const) {
        it(`says within 30 seconds that a cluster ${what}`, async () => {
            const server = createServer(() => undefined);
            await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
            const { port } = server.address() as AddressInfo;
            try {
                if (!isListening) server.close();
                project.configure("one", cluster(kubeconfig("nowhere", `http://127.0.0.1:${port}`)));
                const ended = await preview();
                assert.notEqual(ended.code, 0);
                assert.ok(ended.seconds < 30, `${ended.seconds} s`);
                assert.equal(
                    diagnosticsOf(ended)
                        .split("\n")
                        .filter((text) => !text.trim().startsWith("warning: "))
                        .join("\n"),
                    [
                        "  pulumi:pulumi:Stack (istio-multicluster-one):",
                        '    error: Stack "one" can\'t work as it is:',
                        `      - ${line(port)}`,
                    ].join("\n"),
                );
            } finally {
                server.close();
            }
        });
    }

    it("warns in a preview that there are no certificates yet, and that imports are pending", async () => {
        project.configure("one", cluster(api.access.kubeconfig));
        const lines = diagnosticsOf(await preview()).split("\n");
        assert.deepEqual(
            lines.filter((line) => line.trim().startsWith("warning: ")),
            [
                "    warning: Stack \"ca\", which holds the mesh's certificates, is not up yet. Run `pulumi up -s ca` first. This preview can't know the certificates.",
                // The updates before were refused.
                "    warning: Of this stack, its last update failed or was stopped. Pulumi's state may not tell of what that had begun: if this run is without --refresh, run it again with --refresh.",
                "    warning: The import of httpbin.bar.global is pending: stack peer is not up yet. The next update completes it.",
            ],
        );
    });

    it("refuses a chart that can't be had, in a preview", async () => {
        const charts = { base: "nowhere/base", istiod: "nowhere/istiod" };
        project.configure("one", { ...cluster(api.access.kubeconfig), istio: { charts } });
        const ended = await preview();
        assert.notEqual(ended.code, 0);
        const said = diagnosticsOf(ended);
        const parts = `Istio's chart "base" (nowhere/base) can't be had: …; see istio.charts.base`.split("…");
        for (const part of parts) assert.ok(said.includes(part), said);
        project.configure("one", cluster(api.access.kubeconfig));
    });

    it("refuses an update without certificates, before any resource", async () => {
        const ended = await up();
        assert.notEqual(ended.code, 0);
        assert.equal(
            diagnosticsOf(ended),
            [
                "  pulumi:pulumi:Stack (istio-multicluster-one):",
                '    error: Stack "ca", which holds the mesh\'s certificates, is not up yet. Run `pulumi up -s ca` first.',
            ].join("\n"),
        );
        const { deployment } = await project.state("one");
        assert.deepEqual(
            deployment.resources
                ?.map(({ urn }) => typeOf(urn))
                .filter((type) => type.startsWith("kubernetes:")),
            [],
        );
    });

    it("refuses in a preview a Corefile that serves the zone already", async () => {
        // The whole program needs a cluster that answers for its charts; the resource alone needs the Corefile.
        const corefile = "global:53 {\n    forward . 192.0.2.53\n}\n.:53 {\n    ready\n}\n";
        api.set("/api/v1/namespaces/kube-system/configmaps/coredns", {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "coredns", namespace: "kube-system" },
            data: { Corefile: corefile },
        });
        fs.writeFileSync(
            path.join(project.folder, "index.ts"),
            [
                'import { StubDomains } from "./components/stubDomains";',
                'const access = { stack: "one", context: "fake" };',
                'const coredns = { adapter: "coredns" as const, configMap: "coredns", deployment: "coredns" };',
                'new StubDomains("dns", { ...access, ...coredns, zones: ["global"], forwardTo: ["192.0.2.1"] });',
                "",
            ].join("\n"),
        );
        const ended = await preview();
        assert.notEqual(ended.code, 0);
        assert.match(diagnosticsOf(ended), /StubDomains \(dns\):\n +error: .*\bglobal\b.*/);
        assert.doesNotMatch(ended.text, /^ +at /m);
        assert.deepEqual(
            // What a user may do is asked by a POST that writes nothing.
            api.requests.filter(({ method, path: to }) => method !== "GET" && !to.includes("selfsubject")),
            [],
        );
    });
});
