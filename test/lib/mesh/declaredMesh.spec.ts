import assert from "node:assert/strict";
import { declaredMesh } from "../../../lib/mesh/declaredMesh";
import { stringify } from "yaml";
import { httpbin } from "../../support/stackFile";

const access = (name: string) => ({ kubeconfig: `k/${name}`, context: name });
const stackText = (settings: Readonly<Record<string, unknown>>) =>
    stringify({
        config: Object.fromEntries(Object.entries(settings).map(([key, value]) => [`p:${key}`, value])),
    });
const stacks = {
    ca: stackText({ ca: { clusters: ["east", "west"] } }),
    east: stackText({
        cluster: access("east"),
        imports: [{ service: "httpbin", namespace: "bar", from: "west" }],
    }),
    west: stackText({ cluster: access("west"), exports: [httpbin] }),
};

const meshWith = (
    changed: Partial<typeof stacks>,
    {
        project = "p",
        projectText = "name: p\n",
    }: { readonly project?: string; readonly projectText?: string } = {},
) => declaredMesh("ca", { project, projectText, stacks: { ...stacks, ...changed }, teams: {} });

describe("a mesh by its files", () => {
    it("says of a file that can't be read what is wrong with it, and nothing of its settings", () => {
        for (const [west, fault] of [
            [
                "config:\n\tp:cluster: {}\n",
                "is not valid YAML: Tabs are not allowed as indentation at line 2, column 1",
            ],
            ["", "is empty"],
            ["# nothing yet\n", "is empty"],
            ["- a\n", "must be a map"],
        ] as const)
            assert.deepEqual(meshWith({ west }).problems, [`Pulumi.west.yaml ${fault}`]);
        assert.deepEqual(meshWith({ ca: "config: [\n" }).problems, [
            "Pulumi.ca.yaml is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ] at line 2, column 1",
        ]);
    });

    it("tells little of a file that is something else, however long it is", () => {
        const [problem = ""] = meshWith({ west: `"${"x".repeat(5000)}" y` }).problems;
        assert.ok(problem.length < 300, problem);
    });

    it("blames the project's file, and no stack's, where that does not tell the project's name", () => {
        for (const [projectText, fault] of [
            ["", "is empty"],
            ["name: [\n", /^is not valid YAML: /],
            ["runtime: nodejs\n", "does not say the project's name; it must have a name"],
        ] as const) {
            const { problems } = meshWith({}, { project: "", projectText });
            assert.equal(problems.length, 1);
            const [said = ""] = problems;
            if (typeof fault === "string") assert.equal(said, `Pulumi.yaml ${fault}`);
            else assert.match(said.replace("Pulumi.yaml ", ""), fault);
        }
    });

    it("refuses an import from a cluster that the mesh does not have, as a preview does", () => {
        const east = stackText({
            cluster: access("east"),
            imports: [{ service: "httpbin", namespace: "bar", from: "wset" }],
        });
        const { problems, unknown } = meshWith({ east });
        assert.deepEqual(problems, [
            'Stack "east" can\'t work as it is:\n' +
                "  - imports[0].from is wset, but the mesh has only east, west; correct it, or add wset to ca.clusters in Pulumi.ca.yaml",
        ]);
        assert.deepEqual([...unknown], []);
    });
});
