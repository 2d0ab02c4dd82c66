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
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const server = "https://192.0.2.1:6443";

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

    const given = (inlineCa = true) =>
        JSON.parse(providerKubeconfig({ kubeconfig, context: "one" }, inlineCa)) as Given;

    /** What the command prints that stands in the user's place. */
    function credential(): unknown {
        const { args = [] } = given().users[0]?.user.exec ?? {};
        const printed = execFileSync("node", args, { cwd: checkoutDir, encoding: "utf8" });
        return (JSON.parse(printed) as { readonly status: unknown }).status;
    }

    it("has one context, and a command in the place of a key, which prints it", () => {
        const keys = { "client-certificate-data": base64("a cert"), "client-key-data": base64("a key") };
        write(keys);
        const text = providerKubeconfig({ kubeconfig, context: "one" }, true);
        for (const secret of ["a key", base64("a key"), "token of two"]) assert.ok(!text.includes(secret));
        assert.deepEqual(given().contexts, [
            { name: "one", context: { cluster: "one", user: "one", namespace: "own" } },
        ]);
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

    it("keeps what names no secret: a command of the user's own, and whom to act as", () => {
        const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "aws", args: ["token"] };
        write({ exec });
        assert.deepEqual(given().users[0]?.user, { exec });
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

    it("is the file itself where the context can't be read", () => {
        assert.equal(providerKubeconfig({ kubeconfig, context: "none" }, true), kubeconfig);
        const absent = path.join(folder, "absent");
        assert.equal(providerKubeconfig({ kubeconfig: absent, context: "one" }, true), absent);
    });

    function sorted(entries: Readonly<Record<string, string>>): object {
        return Object.fromEntries(Object.entries(entries).sort(([one], [other]) => (one < other ? -1 : 1)));
    }
});
