import assert from "node:assert/strict";
import { type ChangedFile, reasonsToWait } from "../../ci/waits";

const project = "istio-multicluster";
const before = `
encryptionsalt: v1:abc
config:
  istio-multicluster:cluster: { kubeconfig: kube, context: one }
  istio-multicluster:exports:
    - { service: a, namespace: n }
`;
const file = (path: string, after: string | undefined, more: Partial<ChangedFile> = {}): ChangedFile => ({
    path,
    before,
    ...(after !== undefined && { after }),
    isPlain: true,
    ...more,
});
const waits = (...files: readonly ChangedFile[]) => reasonsToWait(files, project);

describe("a pull request waits for a person", () => {
    it("not when it changes exports and imports alone, of any stack, environment or team", () => {
        const after = `${before}  istio-multicluster:imports: [{ service: b, namespace: n, from: two }]\n`;
        assert.deepEqual(
            waits(
                file("Pulumi.one.yaml", after),
                file("environments/dev/Pulumi.one.yaml", after),
                file("teams/shop.yaml", "exports: { one: [] }"),
                file("environments/dev/teams/shop.yaml", undefined),
            ),
            [],
        );
    });

    it("when it changes anything else of a stack's file", () => {
        const after = before
            .replace("context: one", "context: other")
            .replace("v1:abc", "v1:def")
            .concat("  istio-multicluster:istio: { hub: evil }\n  kubernetes:kubeconfig: x\n");
        assert.deepEqual(waits(file("Pulumi.one.yaml", after)), [
            "Pulumi.one.yaml changes encryptionsalt.",
            "Pulumi.one.yaml changes istio-multicluster:cluster.",
            "Pulumi.one.yaml changes istio-multicluster:istio.",
            "Pulumi.one.yaml changes kubernetes:kubeconfig.",
        ]);
    });

    it("when a cluster joins or leaves, or a file is no YAML", () => {
        assert.deepEqual(
            waits(
                { path: "Pulumi.two.yaml", after: before, isPlain: true },
                file("Pulumi.one.yaml", undefined),
                file("Pulumi.three.yaml", "config: ["),
            ),
            [
                "Pulumi.two.yaml is new: a cluster joins.",
                "Pulumi.one.yaml goes: a cluster leaves.",
                "Pulumi.three.yaml can't be read as YAML.",
            ],
        );
    });

    it("when something encrypted stands among what it changes, where it could be shown", () => {
        const secret = "[{ service: { secure: v1:x }, namespace: n }]";
        const after = before.replace(/exports:[^]*/, `exports: ${secret}\n`);
        const reason = "has something encrypted among its exports or imports.";
        assert.deepEqual(
            waits(file("Pulumi.one.yaml", after), file("teams/shop.yaml", `exports: { one: ${secret} }`)),
            [`Pulumi.one.yaml ${reason}`, `teams/shop.yaml ${reason}`],
        );
    });

    it("when it touches code, a workflow, the project's file, or a link in a data file's place", () => {
        const paths = [
            "index.ts",
            "package.json",
            ".github/workflows/preview.yml",
            "Pulumi.yaml",
            "environments/dev/Pulumi.yaml",
            "environments/dev/index.js",
            "teams/shop.ts",
            "x/Pulumi.one.yaml",
            "environments/../../Pulumi.one.yaml",
        ];
        assert.deepEqual(
            waits(...paths.map((path) => file(path, before))),
            paths.map((path) => `${path} is neither a stack's file nor a team's.`),
        );
        assert.deepEqual(waits(file("teams/shop.yaml", "../kubeconfig", { isPlain: false })), [
            "teams/shop.yaml is not a plain file.",
        ]);
    });
});
