import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { selection } from "../../lab/build/build";
import { builtPath } from "../../lab/build/goTool";
import { goTools } from "../../lab/build/goTools";
import { parseLdd } from "../../lab/build/layers";
import { checkoutDir, toolchainDir, toolsDir } from "../../lab/paths";
import { versions } from "../../lab/versions";

/** What a go.mod requires: version by module path. */
function requirements(toolchain: string): Map<string, string> {
    const text = fs.readFileSync(path.join(toolchainDir, toolchain, "go.mod"), "utf8");
    return new Map(
        [...text.matchAll(/^(?:require)?\s+(\S+) (v\S+)/gm)].map(([, name = "", version = ""]) => [
            name,
            version,
        ]),
    );
}

describe("the lab's tools", () => {
    it("are of the versions that the modules pin", () => {
        const pinned: [toolchain: string, module: string, version: string][] = [
            ["kubernetes", "k8s.io/kubernetes", versions.kubernetes],
            ["pods", "go.etcd.io/etcd/server/v3", versions.etcd],
            ["pods", "github.com/coredns/coredns", versions.coredns],
            ["pods", "istio.io/istio", versions.istio],
            ["httpbin", "github.com/mccutchen/go-httpbin/v2", versions.httpbin],
            ["pulumi", "github.com/pulumi/pulumi/pkg/v3", versions.pulumi],
            ["pulumi-language-nodejs", "github.com/pulumi/pulumi/sdk/v3", versions.pulumiLanguageNodejs],
            ["helm", "helm.sh/helm/v3", versions.helm],
            ["fortio", "fortio.org/fortio", versions.fortio],
            ["versitygw", "github.com/versity/versitygw", versions.versitygw],
        ];
        assert.deepEqual(
            pinned.map(([toolchain, module]) => requirements(toolchain).get(module)),
            pinned.map(([, , version]) => `v${version}`),
        );
    });

    it("include the Pulumi and the plugins that the SDKs in package.json ask for", () => {
        const { dependencies } = JSON.parse(
            fs.readFileSync(path.join(checkoutDir, "package.json"), "utf8"),
        ) as { dependencies: Record<string, string> };
        assert.deepEqual(
            {
                pulumi: dependencies["@pulumi/pulumi"],
                kubernetes: dependencies["@pulumi/kubernetes"],
                tls: dependencies["@pulumi/tls"],
                command: dependencies["@pulumi/command"],
            },
            {
                pulumi: versions.pulumi,
                kubernetes: versions.pulumiKubernetes,
                tls: versions.pulumiTls,
                command: versions.pulumiCommand,
            },
        );
    });

    it("lie in the cache under their version and a hash", () => {
        for (const tool of goTools) {
            const [name, key = "", file] = path.relative(toolsDir, builtPath(tool)).split(path.sep);
            assert.deepEqual([name, file], [tool.name, tool.name]);
            assert.match(key.replace(`${tool.version}-`, ""), /^[0-9a-f]{12}$/);
        }
    });

    it("on PATH count only in exactly the pinned version", () => {
        const kubectl = goTools.find(({ name }) => name === "kubectl")?.versionQuery?.expects;
        const version = `v${versions.kubernetes}`;
        assert.deepEqual(
            [
                `Client Version: ${version}\nKustomize Version: v5.7.1\n`,
                `Client Version: ${version}0\n`,
                `Client Version: ${version}-custom\n`,
                `Client Version: ${version}+k3s1\n`,
                `Client Version: v1.34x4\n`,
            ].map((output) => kubectl?.test(output)),
            [true, false, false, false, false],
        );
    });

    it("are chosen by name", () => {
        assert.deepEqual(
            selection(["pulumi", "helm"]).tools.map(({ name }) => name),
            ["pulumi", "pulumi-language-nodejs", "pulumi-resource-kubernetes", "pulumi-resource-tls", "helm"],
        );
        assert.equal(
            selection().tools.some(({ name }) => ["helm", "fortio", "versitygw"].includes(name)),
            false,
        );
        assert.throws(() => selection(["kubctl"]), {
            message: `The lab has nothing to build called kubctl. It knows: ${goTools.map(({ name }) => name).join(", ")}, charts.`,
        });
    });

    it("take their shared libraries from the loader's list", () => {
        const output = [
            "/bin/busybox:",
            "\tnot a dynamic executable",
            "/usr/bin/curl:",
            "\tlinux-vdso.so.1 (0x00007f31eed21000)",
            "\tlibcurl.so.4 => /lib/x86_64-linux-gnu/libcurl.so.4 (0x00007f31eed00000)",
            "\tlibgone.so.1 => not found",
            "\t/lib64/ld-linux-x86-64.so.2 (0x00007f31eed23000)",
            "",
        ].join("\n");
        assert.deepEqual(parseLdd(output), [
            "/lib/x86_64-linux-gnu/libcurl.so.4",
            "/lib64/ld-linux-x86-64.so.2",
        ]);
    });
});
