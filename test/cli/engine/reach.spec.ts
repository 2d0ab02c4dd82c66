import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { isSilence } from "../../../kube/unreachable";
import { accessOf, isProxied, lookAt, placeOf } from "../../../cli/engine/reach";
import { readKubeconfig } from "../../../kube/kubeconfig";
import { accessProblem } from "../../../lib/cluster/problems";

describe("a look at a cluster", () => {
    let folder = "";
    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-test-"));
        fs.writeFileSync(path.join(folder, "Pulumi.yaml"), "name: p\n");
    });
    afterEach(() => {
        fs.rmSync(folder, { recursive: true });
    });
    const write = (user: object, cluster: object = {}, context = "a") => {
        const kubeconfig = {
            clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1", ...cluster } }],
            users: [{ name: "u", user }],
            contexts: [{ name: "a", context: { cluster: "c", user: "u" } }],
        };
        fs.writeFileSync(path.join(folder, "k"), JSON.stringify(kubeconfig));
        const stack = { config: { "p:cluster": { kubeconfig: "k", context } } };
        fs.writeFileSync(path.join(folder, "Pulumi.west.yaml"), JSON.stringify(stack));
    };

    it("finds out of the kubeconfig where it is, and whether its user can sign in", () => {
        const read = () => readKubeconfig({ kubeconfig: path.join(folder, "k"), context: "a" });
        write({ token: "x" });
        const server = "https://127.0.0.1:1";
        assert.deepEqual(read(), { server, hasProxy: false, ca: "" });
        assert.deepEqual(placeOf(folder, "p", "west"), {
            kubeconfig: "k",
            context: "a",
            server,
            isBehindProxy: false,
        });
        write({ exec: { command: "login" } }, { "proxy-url": "http://proxy" });
        assert.deepEqual(read(), { server, hasProxy: true, ca: "" });
        assert.equal(readKubeconfig({ kubeconfig: path.join(folder, "k"), context: "b" }), undefined);
        assert.equal(readKubeconfig({ kubeconfig: path.join(folder, "none"), context: "a" }), undefined);
    });

    it("leaves a stack file of another shape to the stack's own program", () => {
        const stack = { config: { "p:cluster": { kubeconfig: 5 } } };
        fs.writeFileSync(path.join(folder, "Pulumi.west.yaml"), JSON.stringify(stack));
        assert.equal(accessOf(folder, "p", "west"), undefined);
        assert.equal(placeOf(folder, "p", "west"), undefined);
    });

    it("calls a cluster silent only where nothing answers at its address", () => {
        for (const [text, expected] of [
            [
                "The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?",
                true,
            ],
            ["Unable to connect to the server: dial tcp: lookup x on 10.0.0.53:53: no such host", true],
            ["Unable to connect to the server: dial tcp 10.0.0.1:6443: connect: no route to host", true],
            ["Unable to connect to the server: context deadline exceeded", true],
            ["Unable to connect to the server: net/http: TLS handshake timeout", true],
            [
                "Unable to connect to the server: tls: failed to verify certificate: x509: unknown authority",
                false,
            ],
            ["Unable to connect to the server: getting credentials: exec: executable no failed", false],
            ["Unable to connect to the server: EOF", false],
            ["error: You must be logged in to the server (Unauthorized)", false],
            ["Please enter Username: error: EOF", false],
            ["kubectl is not on PATH; install it, then run this again", false],
            ["no answer within 20 seconds", false],
        ] as const)
            assert.equal(isSilence(text), expected, text);
    });

    it("knows a server that is reached through a proxy, of which kubectl says the same", () => {
        const env = { HTTPS_PROXY: "http://proxy:3128", NO_PROXY: "10.0.0.0/8,.example.org,one.example" };
        for (const [server, expected] of [
            ["https://192.0.2.1:6443", true],
            ["https://10.1.2.3:6443", false],
            ["https://127.0.0.1:6443", false],
            ["https://[::1]:6443", false],
            ["https://api.example.org", false],
            ["https://one.example", false],
            ["https://another.example", true],
        ] as const)
            assert.equal(isProxied(server, env), expected, server);
        assert.equal(isProxied("https://192.0.2.1", {}), false);
    });

    it("is made by kubectl: nobody at the address, no such context, nothing to sign in with", async function () {
        this.timeout(60_000);
        write({ token: "x" });
        const silent = await lookAt(folder, "p", "west");
        assert.ok(silent.state === "silent" && Date.now() - silent.at < 10_000);
        assert.match(silent.detail, /127\.0\.0\.1:1 was refused/);
        write({ token: "x" }, {}, "b");
        assert.equal((await lookAt(folder, "p", "west")).state, "absent");
        write({});
        assert.equal((await lookAt(folder, "p", "west")).state, "unclear");
        write({
            exec: {
                apiVersion: "client.authentication.k8s.io/v1",
                command: "false",
                interactiveMode: "Never",
            },
        });
        assert.equal((await lookAt(folder, "p", "west")).state, "unclear");
    });
});

describe("a cluster that can't be read", () => {
    const access = { kubeconfig: "k", context: "c" };

    it("has a user without credentials only where the kubeconfig says so; else a connection was closed", () => {
        const detail = "Unable to connect to the server: EOF";
        assert.equal(
            accessProblem("west", access, { detail }),
            'cluster "west" can\'t be reached: Unable to connect to the server: EOF (it, or a proxy before it, closed the ' +
                "connection without an answer); see that it runs, and that `kubectl --kubeconfig k --context c get nodes` works",
        );
        assert.match(
            accessProblem("west", access, { detail: "error: EOF", credentials: { kind: "none" } }),
            /^context c of k has a user without credentials/,
        );
    });
});
