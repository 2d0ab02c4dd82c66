import assert from "node:assert/strict";
import { wayTo } from "../../../lib/base/wayToProject";
import {
    certificateStacks,
    clustersOfTwo,
    type Environment,
    environmentOf,
    isEnvironmentFile,
    isProtected,
    secretsProviderOf,
    sharedStacks,
} from "../../../lib/mesh/environments";

const project = (more = "") => `name: p\nruntime: nodejs\n${more}`;
const backend = (url: string) => project(`backend:\n  url: ${url}\n`);
const ca = "config:\n  p:ca: { clusters: [one] }\n";
const cluster = (kubeconfig: string, context: string) =>
    `config:\n  p:cluster: { kubeconfig: ${kubeconfig}, context: ${context} }\n`;

function environment(name: string, files: Readonly<Record<string, string>>): Environment {
    return environmentOf(name, new Map(Object.entries(files)));
}

const around = (backendVariable = "") => ({
    backendVariable,
    absolute: (name: string, path: string) => (path.startsWith("/") ? path : `/project/${name}/${path}`),
});

describe("an environment", () => {
    it("is read from its files, over what the project says for all", () => {
        assert.deepEqual(["Pulumi.yaml", "Pulumi.a.yaml", "index.ts"].map(isEnvironmentFile), [
            true,
            true,
            false,
        ]);
        const found = environment("dev", {
            "Pulumi.yaml": `${backend("s3://dev")}config:\n  istio: { value: { tag: "1" } }\n`,
            "Pulumi.one.yaml": cluster("k", "c"),
            "Pulumi.ca.yaml": `secretsprovider: awskms://k\n${ca}`,
            "Pulumi.broken.yaml": "config: [",
        });
        assert.deepEqual([found.project, found.backend], ["p", "s3://dev"]);
        assert.deepEqual([...found.stacks.keys()], ["broken", "ca", "one"]);
        assert.deepEqual(found.stacks.get("one")?.settings, {
            istio: { tag: "1" },
            cluster: { kubeconfig: "k", context: "c" },
        });
    });

    it("has the certificate stack whose file sets ca, and only ca where another does", () => {
        const stacks = (files: Readonly<Record<string, string>>) =>
            certificateStacks(environment("dev", { "Pulumi.yaml": project(), ...files }));
        assert.deepEqual(stacks({ "Pulumi.roots.yaml": ca, "Pulumi.one.yaml": cluster("k", "c") }), [
            "roots",
        ]);
        assert.deepEqual(stacks({ "Pulumi.one.yaml": cluster("k", "c") }), []);
        assert.deepEqual(stacks({ "Pulumi.b.yaml": ca, "Pulumi.a.yaml": ca }), ["a", "b"]);
        const both = `${ca}  p:cluster: { kubeconfig: k, context: c }\n`;
        assert.deepEqual(stacks({ "Pulumi.both.yaml": both }), ["both"]);
        assert.deepEqual(stacks({ "Pulumi.both.yaml": both, "Pulumi.ca.yaml": ca }), ["ca"]);
    });

    it("has its secrets encrypted as a stack's own file says, or else as the certificate stack's", () => {
        const provider = (own: string, ofCa: string) =>
            secretsProviderOf(
                environment("dev", {
                    "Pulumi.yaml": project(),
                    "Pulumi.ca.yaml": `${ofCa}${ca}`,
                    "Pulumi.one.yaml": `${own}${cluster("k", "c")}`,
                }),
                "one",
                "ca",
            );
        const kms = "secretsprovider: awskms://k\n";
        const salt = "encryptionsalt: v1:a\n";
        assert.equal(provider("", kms), "awskms://k");
        assert.equal(provider("secretsprovider: gcpkms://k\n", kms), "gcpkms://k");
        assert.equal(provider(salt, kms), "passphrase");
        assert.equal(provider("", salt), "passphrase");
        assert.equal(provider("", ""), undefined);
    });

    it("is protected unless its root plainly is not", () => {
        for (const [protectRoot, expected] of [
            ["false", false],
            ["true", true],
            ["no", true],
            ["", true],
        ] as const) {
            const files = {
                "Pulumi.ca.yaml": `config:\n  p:ca: { clusters: [one], protectRoot: ${protectRoot} }\n`,
            };
            assert.equal(
                isProtected(environment("dev", { "Pulumi.yaml": project(), ...files }), "ca"),
                expected,
            );
        }
    });
});

describe("two environments", () => {
    const files = (text: string) => ({ "Pulumi.yaml": text, "Pulumi.ca.yaml": ca });

    it("share a stack where its name, the project and the backend are the same", () => {
        const shared = (one: string, other: string, variable?: string) =>
            sharedStacks(
                environment("dev", files(one)),
                [environment("prod", files(other)), environment("dev", files(one))],
                around(variable),
            ).map(({ stack, problem }) => [stack, problem] as const);
        const problem = (where: string, remedy: string) => [
            [
                "ca",
                "environments/dev/Pulumi.ca.yaml and environments/prod/Pulumi.ca.yaml are files of one and the same stack, " +
                    `since both environments keep their state at ${where}; ${remedy} in its Pulumi.yaml, or rename one of the two`,
            ],
        ];
        const own = "give each environment a backend.url of its own";
        assert.deepEqual(shared(backend("s3://a"), backend("s3://b")), []);
        assert.deepEqual(shared(backend("s3://a"), project()), []);
        assert.deepEqual(shared(backend("s3://a"), backend("s3://a")), problem("s3://a", own));
        assert.deepEqual(shared(project(), project()), problem("what Pulumi is logged in to", own));
        assert.deepEqual(
            shared(backend("s3://a"), backend("s3://b"), "s3://c"),
            problem("s3://c, which PULUMI_BACKEND_URL names", `unset PULUMI_BACKEND_URL and ${own}`),
        );
        // The same store, told in other words; another endpoint is another store.
        for (const [one, other] of [
            ["s3://a", "s3://a/"],
            ["s3://a?region=eu-west-1", "s3://a?awssdk=v2&region=eu-central-1"],
            ["s3://a?endpoint=e&region=r", "s3://a?region=r&endpoint=e"],
        ] as const)
            assert.deepEqual(shared(backend(one), backend(other)), problem(one, own));
        assert.deepEqual(shared(backend("s3://a?endpoint=e"), backend("s3://a?endpoint=f")), []);
        assert.deepEqual(
            shared(backend("file:///state"), backend("file:///state?metadata=skip")),
            problem("file:///state", own),
        );
        // A relative folder is another one for each.
        assert.deepEqual(shared(backend("file://state"), backend("file://state")), []);
        assert.deepEqual(shared(backend("s3://a"), backend("s3://a").replace("name: p", "name: q")), []);
    });

    it("share a cluster where a stack of each installs into it", () => {
        const one = environment("dev", {
            "Pulumi.yaml": project(),
            "Pulumi.east.yaml": cluster("/k", "east"),
        });
        const two = environment(".", {
            "Pulumi.yaml": project(),
            "Pulumi.a.yaml": cluster("/k", "east"),
            "Pulumi.b.yaml": cluster("/k", "west"),
            "Pulumi.c.yaml": cluster("k", "east"),
        });
        assert.deepEqual(clustersOfTwo(one, [one, two], around()), [
            {
                stack: "east",
                problem:
                    "cluster is context east of /k, and so it is in Pulumi.a.yaml; two stacks can't share a cluster, so correct one of " +
                    "the two",
            },
        ]);
    });
});

describe("the way to a file of the project", () => {
    it("is the file's own path in the project, and leads up from an environment", () => {
        assert.equal(wayTo("kube/a.mjs", "/p", "/p"), "kube/a.mjs");
        assert.equal(wayTo("kube/a.mjs", "/p/environments/dev", "/p"), "../../kube/a.mjs");
        assert.equal(wayTo("kube/a.mjs", "/elsewhere/x/y", "/p"), "kube/a.mjs");
    });
});
