import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { KubeconfigError } from "../../kube/access";
import { withApiProxy } from "../../kube/apiProxy";
import { findKubeconfig, readContext, shownAccess } from "../../kube/kubeconfig";
import { getJson } from "../../kube/kubectl";
import { checkoutDir } from "../../lab/paths";
import { FakeApi } from "../support/fakeApi";

const namespaces = "/api/v1/namespaces";

describe("where a stack's kubeconfig comes from", () => {
    const variables = { ...process.env };
    let folder = "";
    let temporary = "";
    let api: FakeApi;
    let text = "";

    before(async () => {
        api = await FakeApi.start();
        api.set(namespaces, { items: [] });
        text = JSON.stringify({
            ...(JSON.parse(fs.readFileSync(api.access.kubeconfig, "utf8")) as object),
            "current-context": "fake",
        });
    });
    after(() => api.stop());

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "kubeconfig-test-"));
        temporary = path.join(folder, "tmp");
        fs.mkdirSync(temporary);
        fs.writeFileSync(path.join(folder, "Pulumi.yaml"), "name: mesh\n");
        process.env["TMPDIR"] = temporary;
    });
    afterEach(() => {
        for (const name of ["TMPDIR", "KUBECONFIG", "HOME", "PATH"])
            if (variables[name] === undefined) Reflect.deleteProperty(process.env, name);
            else process.env[name] = variables[name];
        fs.rmSync(folder, { recursive: true });
    });

    function settings(cluster: object, stack = "one"): void {
        const config = { "mesh:cluster": cluster };
        fs.writeFileSync(path.join(folder, `Pulumi.${stack}.yaml`), stringify({ config }));
    }

    const access = (context = "", stack = "one") => ({ stack, folder, context });

    function problem(find: () => unknown): string {
        try {
            find();
        } catch (error) {
            if (error instanceof KubeconfigError) return error.message;
            throw error;
        }
        return "";
    }

    /** A Pulumi that writes down what it is asked, and answers by what it is asked for. */
    function standInPulumi(answers: Readonly<Record<string, string>>): () => readonly string[] {
        const bin = path.join(folder, "bin");
        fs.mkdirSync(bin);
        const cases = Object.entries(answers).map(([words, answer], index) => {
            fs.writeFileSync(path.join(bin, `answer${index}`), answer);
            return `"${words} --non-interactive --color never") cat "${bin}/answer${index}" ;;`;
        });
        const script = `#!/bin/sh\necho "$*" >>"${bin}/asked"\ncase "$*" in\n${cases.join("\n")}\n*) echo "error: no stack named 'x' found" >&2; exit 255 ;;\nesac\n`;
        fs.writeFileSync(path.join(bin, "pulumi"), script, { mode: 0o755 });
        process.env["PATH"] = `${bin}:${process.env["PATH"] ?? ""}`;
        return () => fs.readFileSync(path.join(bin, "asked"), "utf8").trim().split("\n");
    }

    it("is a file, by a path that begins at the project folder or at the home folder", async () => {
        fs.writeFileSync(path.join(folder, "k"), text);
        for (const kubeconfig of ["k", "~/k"]) {
            process.env["HOME"] = folder;
            settings({ kubeconfig, context: "fake" });
            assert.deepEqual(await getJson<object>(access(), namespaces).then(Object.keys), [
                "items",
                "metadata",
            ]);
            assert.deepEqual(shownAccess(access()), { kubeconfig, context: "fake" });
        }
    });

    it("is what kubectl finds by KUBECONFIG, each name by the first file that has it", async () => {
        settings({ context: "fake" });
        const other = text.replace(/127.0.0.1:\d+/, "127.0.0.1:1");
        for (const [name, content] of Object.entries({ right: text, wrong: other }))
            fs.writeFileSync(path.join(folder, name), content);
        const files = ["absent", "right", "wrong"].map((name) => path.join(folder, name));
        process.env["KUBECONFIG"] = files.join(path.delimiter);
        await getJson(access(), namespaces);
        assert.ok(text.includes(String(readContext(access()).cluster.values["server"])));
        process.env["KUBECONFIG"] = [...files].reverse().join(path.delimiter);
        assert.equal(readContext(access()).cluster.values["server"], "http://127.0.0.1:1");
        assert.deepEqual(shownAccess(access()), { kubeconfig: undefined, context: "fake" });
    });

    it("is said to be missing, with where it was looked for", () => {
        settings({ context: "fake" });
        process.env["KUBECONFIG"] = "/nowhere/a:/nowhere/b";
        assert.match(
            problem(() => findKubeconfig(access())),
            /^the variable KUBECONFIG names \/nowhere\/a and \/nowhere\/b,/,
        );
        Reflect.deleteProperty(process.env, "KUBECONFIG");
        process.env["HOME"] = folder;
        assert.match(
            problem(() => findKubeconfig(access())),
            /^there is no kubeconfig: the variable KUBECONFIG is not set/,
        );
        fs.mkdirSync(path.join(folder, ".kube"));
        fs.writeFileSync(path.join(folder, ".kube", "config"), text);
        assert.equal(
            problem(() => readContext(access())),
            "",
        );
        settings({ context: "other" });
        assert.match(
            problem(() => readContext(access())),
            /^cluster.context is other, but your own kubeconfig .* has only fake/,
        );
        settings({ kubeconfig: "~/k", context: "fake" });
        assert.match(
            problem(() => findKubeconfig(access())),
            /^cluster.kubeconfig is ~\/k, and there is no such file; correct it in Pulumi.one.yaml/,
        );
        assert.match(
            problem(() => findKubeconfig(access("", "none"))),
            /^Pulumi.none.yaml does not say how its cluster is reached/,
        );
    });

    it("is encrypted content, which Pulumi tells once, and which no file has", async () => {
        settings({ kubeconfig: { content: { secure: "v1:xyz" } } });
        const asked = standInPulumi({
            "config get mesh:cluster --stack one": JSON.stringify({ kubeconfig: { content: text } }),
        });
        await Promise.all([getJson(access(), namespaces), getJson(access("former"), namespaces)]);
        // Through a proxy, too.
        await withApiProxy(access(), () => getJson(access(), namespaces));
        assert.deepEqual(asked(), ["config get mesh:cluster --stack one --non-interactive --color never"]);
        assert.equal(findKubeconfig(access("former")).context, "fake");
        assert.deepEqual(
            fs.readdirSync(temporary).filter((name) => !name.startsWith("istio-multicluster-api-")),
            [],
        );
        assert.deepEqual(shownAccess(access()), { kubeconfig: { content: "" }, context: "fake" });
    });

    it("is another stack's output, by its name or by its full one", async () => {
        settings({ kubeconfig: { stack: "acme/infra/one", output: "config" }, context: "fake" });
        standInPulumi({ "stack output config --stack acme/infra/one --show-secrets": `${text}\n` });
        await getJson(access(), namespaces);
        settings({ kubeconfig: { stack: "elsewhere", output: "config" } });
        assert.match(
            problem(() => findKubeconfig(access())),
            /the output config of stack elsewhere, but the backend has no such stack/,
        );
    });

    it("leaves nothing in the folder for temporary files when whoever has it is killed", async () => {
        settings({ kubeconfig: { content: { secure: "v1:xyz" } } });
        standInPulumi({
            "config get mesh:cluster --stack one": JSON.stringify({ kubeconfig: { content: text } }),
        });
        const slow = path.join(folder, "bin", "kubectl");
        fs.writeFileSync(slow, '#!/bin/sh\ncat "$2" >"$(dirname "$0")/seen"; sleep 60\n', { mode: 0o755 });
        const child = spawn(
            "node",
            [
                path.join(checkoutDir, "load.js"),
                path.join(checkoutDir, "kube/kubectlFor.ts"),
                "one",
                "",
                "get",
                "x",
            ],
            {
                cwd: folder,
                stdio: "ignore",
                detached: true,
            },
        );
        const seen = path.join(folder, "bin", "seen");
        while (!fs.existsSync(seen) || fs.statSync(seen).size === 0)
            await new Promise((resolve) => setTimeout(resolve, 50));
        assert.equal(fs.readFileSync(seen, "utf8"), text);
        assert.deepEqual(fs.readdirSync(temporary), []);
        const ended = new Promise((resolve) => child.once("close", resolve));
        process.kill(-(child.pid ?? 0), "SIGKILL");
        await ended;
        assert.deepEqual(fs.readdirSync(temporary), []);
    });
});
