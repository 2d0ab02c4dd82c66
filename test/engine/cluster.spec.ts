import assert from "node:assert/strict";
import * as fs from "node:fs";
import { createServer, type Server } from "node:net";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { type Ended, nameOf, TemporaryProject, typeOf } from "../support/engine";
import { FakeApi } from "../support/fakeApi";
import { kubeadmDns } from "../support/program";

/** The text under "Diagnostics:", where Pulumi repeats in full what it has shown on the way. */
const diagnosticsOf = ({ text }: Ended) => /^Diagnostics:\n([\s\S]*?)\n\n/m.exec(text)?.[1] ?? text;

const cluster = (kubeconfig: string) => ({
    cluster: { kubeconfig, context: "fake" },
    imports: [{ service: "httpbin", namespace: "bar", from: "peer" }],
});

describe("a cluster stack with the real engine", function () {
    this.timeout(60_000);
    let project: TemporaryProject;
    let api: FakeApi;

    const preview = () => project.pulumi(["preview", "--stack", "one"]);
    const up = () => project.pulumi(["up", "--yes", "--skip-preview", "--stack", "one"]);

    before(async () => {
        api = await FakeApi.start();
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
            ...cluster("kubeconfig"),
            cluster: { kubeconfig: "kubeconfig" },
            gateway: { type: "ClusterIP" },
            export: [],
        });
        const ended = await up();
        assert.notEqual(ended.code, 0);
        assert.equal(
            diagnosticsOf(ended),
            [
                "  pulumi:pulumi:Stack (istio-multicluster-one):",
                '    error: The configuration of stack "one" (Pulumi.one.yaml) has 3 problems:',
                "      - cluster.context is missing; it must be a text",
                "      - gateway.type must be NodePort or LoadBalancer",
                "      - export is not a known setting; check the spelling against docs/configuration.md",
            ].join("\n"),
        );
        assert.ok(ended.seconds < 15, `${ended.seconds} s`);
        const { deployment } = await project.state("one");
        assert.deepEqual(
            deployment.resources?.map(({ urn }) => `${typeOf(urn)} ${nameOf(urn)}`),
            ["pulumi:pulumi:Stack istio-multicluster-one"],
        );
    });

    for (const [what, server, reason] of [
        ["refuses connections", "https://127.0.0.1:1", /127\.0\.0\.1:1 was refused/],
        ["never answers", "silent", /no answer within 20 seconds/],
    ] as const) {
        it(`says within 30 seconds that a cluster ${what}`, async () => {
            let silent: Server | undefined;
            try {
                let url: string = server;
                if (server === "silent") {
                    silent = createServer(() => undefined);
                    await new Promise<void>((resolve) => silent?.listen(0, "127.0.0.1", resolve));
                    url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
                }
                project.configure("one", cluster(kubeconfig("nowhere", url)));
                const ended = await preview();
                assert.notEqual(ended.code, 0);
                assert.ok(ended.seconds < 30, `${ended.seconds} s`);
                const [error = "", remedy, ...others] = diagnosticsOf(ended)
                    .split("\n")
                    .filter((line) => !line.trim().startsWith("warning: "))
                    .slice(1);
                assert.match(error, /^ {4}error: The nodes of "one" can't be read: /);
                assert.match(error, reason);
                assert.equal(
                    remedy,
                    "    Check cluster.kubeconfig and cluster.context in Pulumi.one.yaml, and that " +
                        "`kubectl --kubeconfig nowhere --context fake get nodes` works.",
                );
                assert.deepEqual(others, []);
            } finally {
                silent?.close();
            }
        });
    }

    it("warns in a preview that there are no certificates yet, and that imports are pending", async () => {
        project.configure("one", cluster(api.access.kubeconfig));
        const lines = diagnosticsOf(await preview()).split("\n");
        assert.deepEqual(
            lines.filter((line) => line.trim().startsWith("warning: ")),
            [
                '    warning: Stack "ca", which holds the mesh\'s certificates, is not up yet. Run `pulumi up -s ca` first. This preview shows the certificates as if they would change.',
                "    warning: The import of httpbin.bar.global is pending: stack peer is not up yet. The next update completes it.",
            ],
        );
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
                `const access = ${JSON.stringify(api.access)};`,
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
            api.requests.filter(({ method }) => method !== "GET"),
            [],
        );
    });
});
