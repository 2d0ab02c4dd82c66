import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { providerKubeconfig } from "../../kube/providerKubeconfig";
import { checkoutDir } from "../../lab/paths";

describe("the kubeconfig of Pulumi's provider", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "kubeconfig-test-"));
    const kubeconfig = path.join(folder, "config");
    const access = { stack: "organization/mesh/one", folder, context: "one" };
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const server = "https://192.0.2.1:6443";

    before(() => {
        const cluster = { kubeconfig: "config", context: "one" };
        fs.writeFileSync(
            path.join(folder, "Pulumi.one.yaml"),
            stringify({ config: { "mesh:cluster": cluster } }),
        );
    });

    after(() => {
        fs.rmSync(folder, { recursive: true });
    });

    /** Writes a kubeconfig of two contexts, the first of which has this user and this cluster. */
    function write(user: object, cluster: object = { server, "certificate-authority": "ca.crt" }): void {
        const content = {
            apiVersion: "v1",
            kind: "Config",
            contexts: [
                { name: "one", context: { cluster: "a", user: "b", namespace: "own" } },
                { name: "two", context: { cluster: "other", user: "other" } },
            ],
            clusters: [
                { name: "a", cluster },
                { name: "other", cluster: { server } },
            ],
            users: [
                { name: "b", user },
                { name: "other", user: { token: "token of two" } },
            ],
        };
        fs.writeFileSync(kubeconfig, stringify(content));
        fs.writeFileSync(path.join(folder, "ca.crt"), "certificates");
    }

    interface Given {
        readonly contexts: readonly object[];
        readonly clusters: readonly { readonly cluster: object }[];
        readonly users: readonly {
            readonly user: Readonly<Record<string, unknown>> & {
                readonly exec?: { readonly args: string[] };
            };
        }[];
    }

    const given = (inlineCa = true) => JSON.parse(providerKubeconfig(access, inlineCa)) as Given;

    /** What the command prints that stands in the user's place, from the project folder. */
    function credential(): unknown {
        const { args: [file = "", ...args] = [] } = given().users[0]?.user.exec ?? {};
        return printed([path.join(checkoutDir, file), ...args]);
    }

    function printed(args: readonly string[]): unknown {
        const text = execFileSync("node", args, { cwd: folder, encoding: "utf8", stdio: "pipe" });
        return (JSON.parse(text) as { readonly status: unknown }).status;
    }

    it("has one context, and a command in the place of a key, which prints it", () => {
        const keys = { "client-certificate-data": base64("a cert"), "client-key-data": base64("a key") };
        write(keys);
        const text = providerKubeconfig(access, true);
        for (const secret of ["a key", base64("a key"), "token of two"]) assert.ok(!text.includes(secret));
        assert.deepEqual(given().contexts, [{ name: "one", context: { cluster: "one", user: "one" } }]);
        assert.deepEqual(credential(), { clientCertificateData: "a cert", clientKeyData: "a key" });
    });

    it("keeps tokens and files of keys out of it as well", () => {
        write({ token: "secret" });
        assert.deepEqual(credential(), { token: "secret" });
        fs.writeFileSync(path.join(folder, "token"), "secret\n");
        write({ tokenFile: "token" });
        assert.deepEqual(credential(), { token: "secret" });
        fs.writeFileSync(path.join(folder, "key"), "a key");
        write({ "client-certificate-data": base64("a cert"), "client-key": "key" });
        assert.deepEqual(credential(), { clientCertificateData: "a cert", clientKeyData: "a key" });
    });

    it("starts a command of the user's own as kubectl does, so that the command is nowhere but in his file", () => {
        const script = path.join(folder, "login");
        fs.writeFileSync(
            script,
            '#!/bin/sh\necho "{\\"status\\":{\\"token\\":\\"$NAME $1\\"}}"; echo "$KUBERNETES_EXEC_INFO" >info',
        );
        fs.chmodSync(script, 0o755);
        const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "./login", args: ["twice"] };
        write({ exec: { ...exec, env: [{ name: "NAME", value: "me" }], provideClusterInfo: true } });
        assert.deepEqual(given().users[0]?.user.exec?.args, [
            "kube/credential.mjs",
            "--stack",
            "organization/mesh/one",
            "one",
        ]);
        assert.deepEqual(credential(), { token: "me twice" });
        const { spec } = JSON.parse(fs.readFileSync(path.join(folder, "info"), "utf8")) as { spec: unknown };
        const cluster = { server, "certificate-authority-data": base64("certificates") };
        assert.deepEqual(spec, { interactive: false, cluster });
    });

    it("says which command is not there, or fails", () => {
        const command = path.join(checkoutDir, "kube/credential.mjs");
        const failure = () => {
            try {
                printed([command, "--stack", "organization/mesh/one", "one"]);
            } catch (error) {
                return (error as { readonly stderr: string }).stderr;
            }
            return "";
        };
        write({ exec: { command: "no-such-login" } });
        assert.equal(
            failure(),
            "the kubeconfig signs in by the command no-such-login, which is not installed here\n",
        );
        write({ exec: { command: "false" } });
        assert.equal(
            failure(),
            "the command false, by which the kubeconfig signs in, failed with exit code 1\n",
        );
        fs.rmSync(kubeconfig);
        assert.match(
            failure(),
            /^cluster.kubeconfig is config, and there is no such file; correct it in Pulumi.one.yaml/,
        );
    });

    it("understands what states of earlier versions hold: path and context", () => {
        write({ token: "secret" });
        assert.deepEqual(printed([path.join(checkoutDir, "kube/credential.mjs"), "config", "one"]), {
            token: "secret",
        });
    });

    it("keeps whom to act as, and needs no command where there is nothing to sign in with", () => {
        write({ as: "somebody", "as-groups": ["some"] });
        assert.deepEqual(given().users[0]?.user, { as: "somebody", "as-groups": ["some"] });
        write({ as: "somebody", token: "secret" });
        const { as, exec: command } = given().users[0]?.user ?? {};
        assert.equal(as, "somebody");
        assert.ok(command);
        write({});
        assert.deepEqual(given().users[0]?.user, {});
    });

    it("names no file of this machine, unless the provider knows the cluster by it", () => {
        write({});
        const data = { server, "certificate-authority-data": base64("certificates") };
        assert.deepEqual(given().clusters[0]?.cluster, sorted(data));
        assert.deepEqual(
            given(false).clusters[0]?.cluster,
            sorted({ server, "certificate-authority": "ca.crt" }),
        );
        write({}, data);
        assert.deepEqual(given(false).clusters[0]?.cluster, sorted(data));
    });

    it("leads nowhere where the context can't be read", () => {
        const nowhere = JSON.stringify({ apiVersion: "v1", kind: "Config" });
        assert.equal(providerKubeconfig({ ...access, context: "none" }, true), nowhere);
        assert.equal(providerKubeconfig({ ...access, stack: "organization/mesh/none" }, true), nowhere);
    });

    function sorted(entries: Readonly<Record<string, string>>): object {
        return Object.fromEntries(Object.entries(entries).sort(([one], [other]) => (one < other ? -1 : 1)));
    }
});
