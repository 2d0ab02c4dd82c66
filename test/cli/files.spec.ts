import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { findClusters, stackFiles, stackNameOf, writeFiles } from "../../cli/commands/init";
import { fileHints } from "../../cli/hints/fileHints";
import { typed } from "./samples";
import { declaredSettings, loadMesh, withoutUnusedSalt } from "../../cli/stackFiles";
import { parseConfig } from "../../lib/config/parse";
import { parse } from "yaml";

/** Makes a folder that holds the given files, and removes it after the test. */
function folderWith(files: Record<string, string>): string {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mesh-files-"));
    for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
    folders.push(folder);
    return folder;
}

const folders: string[] = [];
afterEach(() => {
    for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true });
});

const project = "name: mesh\nruntime: nodejs\n";
const ca = "config:\n  mesh:ca: { clusters: [a, b] }\n";
const cluster = (caStack?: string) =>
    caStack === undefined ? "config: {}\n" : `config:\n  mesh:mesh: { caStack: ${caStack} }\n`;

describe("the settings that all programs plan from", () => {
    it("are refused where they are too long for Pulumi, before anything is run", () => {
        const services = (count: number) =>
            Array.from(
                { length: count },
                (_, index) => `{ service: service-${index}, namespace: shop, from: b }`,
            );
        const folder = folderWith({
            "Pulumi.yaml": project,
            "Pulumi.a.yaml": `config:\n  mesh:imports: [${services(2500).join(", ")}]\n`,
            "Pulumi.b.yaml": `config:\n  mesh:imports: [${services(1000).join(", ")}]\n`,
        });
        assert.equal(Object.keys(declaredSettings(folder, "mesh", ["b"])).length, 1);
        assert.throws(() => declaredSettings(folder, "mesh", ["a", "b"]), {
            message:
                /^The settings of stack "a" are 1\d{5} bytes long, and Pulumi can hand no more than 131057 to a program\.$/,
            nextStep: fileHints.settingsTooLong(["a"]),
        });
    });
});

describe("loadMesh", () => {
    it("finds the stacks of a mesh", () => {
        const folder = folderWith({
            "Pulumi.yaml": project,
            "Pulumi.ca.yaml": ca,
            "Pulumi.a.yaml": cluster(),
            "Pulumi.b.yaml": cluster("ca"),
        });
        assert.deepEqual(loadMesh(folder, typed()), { project: "mesh", ca: "ca", clusters: ["a", "b"] });
    });

    it("takes a cluster that is listed twice once, so that the certificate stack can refuse it", () => {
        const folder = folderWith({
            "Pulumi.yaml": project,
            "Pulumi.ca.yaml": "config:\n  mesh:ca: { clusters: [a, a] }\n",
            "Pulumi.a.yaml": cluster(),
        });
        assert.deepEqual(loadMesh(folder, typed()).clusters, ["a"]);
    });

    it("reads what the project says for all its stacks, below a stack's own file", () => {
        const files = {
            "Pulumi.yaml": `${project}config:\n  mesh: { value: { caStack: others } }\n`,
            "Pulumi.ca.yaml": "config:\n  mesh:ca: { clusters: [a] }\n",
            "Pulumi.a.yaml": cluster(),
        };
        assert.throws(() => loadMesh(folderWith(files), typed()), /certificates come from stack "others"/);
        const own = { ...files, "Pulumi.a.yaml": cluster("ca") };
        assert.deepEqual(loadMesh(folderWith(own), typed()).clusters, ["a"]);
    });

    it("leaves a setting that is empty or wrong to the program, which says what else is", () => {
        for (const mesh of ["", "yes", "{ caStack: }", "{ caStack: 1 }"]) {
            const folder = folderWith({
                "Pulumi.yaml": project,
                "Pulumi.ca.yaml": "config:\n  mesh:ca: { clusters: [a] }\n",
                "Pulumi.a.yaml": `config:\n  mesh:mesh: ${mesh}\n`,
            });
            assert.deepEqual(loadMesh(folder, typed()).clusters, ["a"]);
        }
    });

    it("lists every missing file at once, and says how to make them", () => {
        const folder = folderWith({ "Pulumi.yaml": project, "Pulumi.ca.yaml": ca });
        assert.throws(() => loadMesh(folder, typed()), {
            message: "Pulumi.ca.yaml lists clusters that have no stack file: Pulumi.a.yaml, Pulumi.b.yaml.",
            nextStep: fileHints.clusterWithoutFile(typed(), "Pulumi.ca.yaml"),
        });
    });

    it("finds the certificate stack by its key, whatever it is called", () => {
        const folder = folderWith({
            "Pulumi.yaml": project,
            "Pulumi.roots.yaml": "config:\n  mesh:ca: { clusters: [a] }\n",
            "Pulumi.a.yaml": cluster("roots"),
        });
        assert.deepEqual(loadMesh(folder, typed()), { project: "mesh", ca: "roots", clusters: ["a"] });
    });

    it("says that there is no certificate stack", () => {
        for (const text of ["config: {}\n", "config:\n  mesh:ca:\n", "config:\n  mesh:cluster: {}\n"]) {
            const folder = folderWith({ "Pulumi.yaml": project, "Pulumi.a.yaml": text });
            assert.throws(() => loadMesh(folder, typed()), {
                message: `No stack file of this folder sets the key "mesh:ca", so there is no mesh in it: ${folder}`,
                nextStep: fileHints.noCertificateStack(),
            });
        }
    });

    it("says how to move the second of two meshes in one folder", () => {
        const folder = folderWith({
            "Pulumi.yaml": project,
            "Pulumi.ca.yaml": ca,
            "Pulumi.demo-ca.yaml": "config:\n  mesh:ca: { clusters: [c] }\n",
        });
        assert.throws(() => loadMesh(folder, typed()), {
            message: `Pulumi.ca.yaml and Pulumi.demo-ca.yaml set the key "mesh:ca", so there is more than one mesh in ${folder}.`,
            nextStep: fileHints.severalMeshes(),
        });
    });

    it("refuses a cluster of another mesh", () => {
        const folder = folderWith({
            "Pulumi.yaml": project,
            "Pulumi.ca.yaml": ca,
            "Pulumi.a.yaml": cluster("other"),
            "Pulumi.b.yaml": cluster(),
        });
        assert.throws(() => loadMesh(folder, typed()), {
            message:
                'Pulumi.ca.yaml lists cluster "a", but Pulumi.a.yaml says that its certificates come from stack "other".',
        });
    });

    it("refuses files of the wrong shape", () => {
        const message = (text: string) => {
            try {
                loadMesh(folderWith({ "Pulumi.yaml": project, "Pulumi.ca.yaml": text }), typed());
                return "";
            } catch (error) {
                return String(error);
            }
        };
        assert.match(message("config: [\n"), /^Problem: Pulumi\.ca\.yaml is not valid YAML: /);
        const says = (what: string) => `Problem: Pulumi.ca.yaml does not say what "mesh:ca" is: ${what}.`;
        assert.equal(message("config:\n  mesh:ca: { clusters: }\n"), says("clusters must be a list"));
        assert.equal(message("config:\n  mesh:ca: yes\n"), says("it must be a map"));
        assert.equal(
            message("config: yes\n"),
            "Problem: Pulumi.ca.yaml has the wrong shape: config must be a map.",
        );
    });
});

describe("withoutUnusedSalt", () => {
    it("takes the salt out of a file that holds nothing encrypted", () => {
        assert.equal(withoutUnusedSalt("config: {}\nencryptionsalt: v1:a\n"), "config: {}\n");
        assert.equal(withoutUnusedSalt("encryptionsalt: v1:a\n# end\nconfig: {}"), "# end\nconfig: {}");
    });

    it("leaves others alone", () => {
        assert.equal(withoutUnusedSalt("config: {}\n"), undefined);
        assert.equal(withoutUnusedSalt("config:\n  a:\n    secure: v1:b\nencryptionsalt: v1:a\n"), undefined);
    });
});

describe("mesh init", () => {
    it("turns a context into a name for a stack", () => {
        assert.equal(stackNameOf("kind-cluster1"), "kind-cluster1");
        assert.equal(
            stackNameOf("arn:aws:eks:eu-west-1:1:cluster/Prod_A"),
            "arn-aws-eks-eu-west-1-1-cluster-prod-a",
        );
        assert.throws(() => stackNameOf("///"), {
            message: 'Context "///" can\'t be turned into a name for a stack.',
        });
    });

    const own = ["one", "two", "three"].map((stack) => ({ stack, kubeconfig: "/k", context: stack }));

    it("writes files that the program accepts", () => {
        const files = stackFiles("mesh", "demo-ca", own);
        assert.deepEqual(
            files.map(({ name }) => name),
            ["Pulumi.demo-ca.yaml", "Pulumi.one.yaml", "Pulumi.two.yaml", "Pulumi.three.yaml"],
        );
        const kinds = files.map(({ name, text }) => {
            const { config } = parse(text) as { config: Record<string, unknown> };
            const raw = Object.entries(config).map(([key, value]) => [key.replace("mesh:", ""), value]);
            return parseConfig(name.split(".")[1] ?? "", Object.fromEntries(raw) as Record<string, unknown>)
                .kind;
        });
        assert.deepEqual(kinds, ["ca", "cluster", "cluster", "cluster"]);
    });

    it("needs two clusters", () => {
        assert.throws(() => stackFiles("mesh", "ca", own.slice(0, 1)), {
            message: "A mesh needs at least two clusters.",
        });
    });

    it("looks for the contexts in the kubeconfig file", () => {
        const folder = folderWith({
            kubeconfig: "contexts: [{ name: one }, { name: One }, { name: two }]\n",
        });
        const file = path.join(folder, "kubeconfig");
        assert.deepEqual(findClusters(folder, ["one", "two"], file), [
            { stack: "one", kubeconfig: "kubeconfig", context: "one" },
            { stack: "two", kubeconfig: "kubeconfig", context: "two" },
        ]);
        assert.throws(() => findClusters(folder, ["one", "four"], file), {
            message: `${file} has no context called "four"; it has: one, One, two.`,
        });
        assert.throws(() => findClusters(folder, ["one", "One"], file), {
            message: 'Two of the contexts would become the same stack, "one".',
            nextStep: fileHints.contextTwice(),
        });
        assert.throws(() => findClusters(folder, ["one", "two"], path.join(folder, "nowhere")), {
            message: `There is no kubeconfig file ${path.join(folder, "nowhere")}.`,
            nextStep: fileHints.kubeconfigOption(),
        });
    });

    it("names no kubeconfig where the contexts are where kubectl finds them: that is elsewhere for everybody", () => {
        const folder = folderWith({
            mine: "contexts: [{ name: one }]\n",
            more: "contexts: [{ name: two }, { name: one }]\n",
        });
        const before = process.env["KUBECONFIG"];
        try {
            process.env["KUBECONFIG"] = ["mine", "none", "more"]
                .map((name) => path.join(folder, name))
                .join(":");
            const clusters = findClusters(folder, ["one", "two"]);
            assert.deepEqual(clusters, [
                { stack: "one", context: "one" },
                { stack: "two", context: "two" },
            ]);
            for (const { text } of stackFiles("mesh", "ca", clusters)) {
                assert.ok(!text.includes("kubeconfig"));
                assert.ok(!text.includes(folder));
            }
        } finally {
            if (before === undefined) Reflect.deleteProperty(process.env, "KUBECONFIG");
            else process.env["KUBECONFIG"] = before;
        }
    });

    it("writes all files or none, and takes a file that says the same as written", () => {
        const folder = folderWith({ "Pulumi.a.yaml": "config: { x: 1 }\nencryptionsalt: v1\n" });
        const a = { name: "Pulumi.a.yaml", text: "# a\nconfig:\n  x: 1\n" };
        const b = { name: "Pulumi.b.yaml", text: "config:\n  y: 1\n" };
        assert.throws(() => writeFiles(folder, [{ ...a, text: "config:\n  x: 2\n" }, b]), {
            message: "Nothing was written, because there already is, with other content: Pulumi.a.yaml.",
        });
        assert.deepEqual(fs.readdirSync(folder), ["Pulumi.a.yaml"]);
        assert.deepEqual(writeFiles(folder, [a, b]), ["Pulumi.b.yaml"]);
        assert.deepEqual(writeFiles(folder, [a, b]), []);
    });
});
