import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import { labDir } from "../../lab/paths";
import { type Definition, hashOf } from "../../lib/istio/definitions";
import { inventory, istioDefinitions, onCluster } from "../support/cluster";
import { killedMesh } from "../support/killed";
import { type Cluster, LabMesh, succeeded } from "../support/labMesh";
import { type ChangesByStack, countsOf, done, foreseen } from "../support/objectChanges";
import type { Settings } from "../support/program";

/** One cluster is enough, `CLUSTERS=cluster2`. */
const [cluster] = (process.env["CLUSTERS"] ?? "cluster1").split(",") as [Cluster];

/** Definition that the tests change. */
const changed = "envoyfilters.networking.istio.io";
/** Definition of which somebody else has a newer one. */
const newer = "wasmplugins.extensions.istio.io";

/** Istio's resource definitions: made by somebody else, changed in the chart and by hand, with killed runs, and taken away. */
describe("Istio's resource definitions in a cluster", function () {
    this.timeout(400_000);
    const mesh = new LabMesh([cluster]);
    const chart = path.join(mesh.project.folder, "charts/base");
    const file = path.join(chart, "files/crd-all.gen.yaml");
    /** Seconds that an undisturbed `up` of a changed chart takes. */
    let upSeconds = 0;

    before(async () => {
        await mesh.record();
        fs.cpSync(path.join(labDir, "charts/base"), chart, { recursive: true, dereference: true });
        const istio = mesh.settings(cluster)["istio"] as Settings;
        const charts = { ...(istio["charts"] as Settings), base: "charts/base" };
        mesh.keep({ [cluster]: { imports: [], istio: { ...istio, charts } } });
        await deleteAll();
        await onCluster(cluster, ["create", "namespace", "somebody"]);
    });

    after(async () => {
        console.log(mesh.table());
        await mesh.remove();
        await deleteAll();
        await onCluster(cluster, ["delete", "namespace", "somebody", "--ignore-not-found"]);
    });

    it("are taken over from somebody else, but for one that is newer", async () => {
        await writeAs("helm", definitionsOf(fs.readFileSync(file, "utf8")));
        const [first, ...others] = definitionsOf(fs.readFileSync(file, "utf8")).filter(
            ({ metadata }) => metadata.name === newer,
        );
        assert.ok(first && others.length === 0);
        const [version] = first.spec.versions ?? [];
        const versions = [
            ...(first.spec.versions ?? []).map((each) => ({ ...each, storage: false })),
            { ...version, name: "v9", storage: true, served: true },
        ];
        await writeAs("helm", [{ ...first, spec: { ...first.spec, versions } }]);
        await onCluster(cluster, ["apply", "-f", "-"], { input: JSON.stringify(virtualService) });
        const before = await identities();
        const left = hashOf(await read(newer));
        const preview = succeeded(await mesh.project.mesh(["preview"]));
        const said =
            /warns: Istio's resource definitions that helm has written are taken over: authorizationpolicies\.security\.istio\.io, /;
        assert.match(preview.text, said);
        assert.match(preview.text, new RegExp(`chart's have not: ${newer.replaceAll(".", "\\.")} \\(v9\\)`));
        const up = await mesh.up();
        assert.match(up.text, said);
        const after = await identities();
        mesh.check("uids of definitions and of somebody's object, taken over", before, after);
        mesh.check("a newer one", left, hashOf(await read(newer)));
        mesh.check("then left to do", "nothing", countsOf(await foreseen(mesh.project, ["--refresh"])));
        await onCluster(cluster, ["delete", "crd", newer]);
        assert.deepEqual(
            named(await foreseen(mesh.project, ["--refresh"])),
            ["chart", `definitions["${newer}"]`],
            "it is wanted once it is gone",
        );
        await mesh.up(["--refresh"]);
        mesh.check("then left to do", "nothing", countsOf(await foreseen(mesh.project, ["--refresh"])));
    });

    it("follow a local chart that changes under one version", async () => {
        changeChart("first");
        const preview = await foreseen(mesh.project);
        // The chart as a whole, by which a run knows that it has to look at the definitions.
        assert.deepEqual(named(preview), ["chart", `definitions["${changed}"]`]);
        mesh.check("chart changed at the same version", "1 update", countsOf(preview));
        const began = Date.now();
        await done(mesh.project);
        upSeconds = (Date.now() - began) / 1000;
        assert.match(JSON.stringify(await read(changed)), /"first"/);
        mesh.check("then left to do", "nothing", countsOf(await foreseen(mesh.project, ["--refresh"])));
    });

    it("are put back as they were, and the validating webhook too", async () => {
        const columns = [{ name: "Mine", type: "string", jsonPath: ".metadata.name" }];
        const patch = [
            { op: "add", path: "/metadata/labels/mine", value: "yes" },
            { op: "add", path: "/spec/versions/0/additionalPrinterColumns", value: columns },
        ];
        await onCluster(cluster, ["patch", "crd", changed, "--type=json", "-p", JSON.stringify(patch)]);
        await onCluster(cluster, ["delete", "crd", newer]);
        const webhook = "validatingwebhookconfiguration/istiod-default-validator";
        await onCluster(cluster, ["label", "--overwrite", webhook, "app=mine"]);
        const preview = await foreseen(mesh.project, ["--refresh"]);
        mesh.check("two definitions and a webhook changed by hand", "2 update", countsOf(preview));
        const places = [`definitions["${changed}"]`, `definitions["${newer}"]`];
        assert.deepEqual(
            named(preview)
                .filter((place) => place.startsWith("definitions"))
                .sort(),
            places,
        );
        await mesh.up(["--refresh"]);
        assert.equal(
            (await read(changed)).metadata.labels?.["mine"],
            "yes",
            "a label of somebody else stays",
        );
        const label = ["get", webhook, "-o", "jsonpath={.metadata.labels.app}"];
        mesh.check("label of the webhook, healed", "istiod", await onCluster(cluster, label));
        await onCluster(cluster, ["get", "crd", newer]);
        mesh.check("then left to do", "nothing", countsOf(await foreseen(mesh.project, ["--refresh"])));
    });

    for (const percent of [10, 30, 50, 70, 90])
        it(`are whole after a kill at ${percent} % of an upgrade`, async () => {
            changeChart(`at ${percent}`);
            const { commands } = await killedMesh(mesh.project, ["up"], (upSeconds * percent) / 100);
            const what = `upgrade killed after ${((upSeconds * percent) / 100).toFixed(1)} s`;
            assert.ok(commands.length > 0 || percent > 50, "it had ended");
            await mesh.up();
            assert.match(JSON.stringify(await read(changed)), new RegExp(`"at ${percent}"`));
            mesh.check(what, "nothing", countsOf(await foreseen(mesh.project, ["--refresh"])));
        });

    it("stay, and are let go, when their namespace is gone before a destroy", async () => {
        const before = await identities();
        await onCluster(cluster, ["delete", "namespace", "istio-system"], { timeoutSeconds: 90 });
        succeeded(await mesh.project.mesh(["destroy"], { limitSeconds: 150 }));
        mesh.check("definitions and somebody's object after a destroy", before, await identities());
    });

    for (const percent of [10, 25, 40, 55, 70])
        it(`are whole after a kill at ${percent} % of an install`, async () => {
            await deleteAll();
            const seconds = upSeconds * 1.8;
            const { commands } = await killedMesh(mesh.project, ["up"], (seconds * percent) / 100);
            assert.ok(commands.length > 0, "it had ended");
            await mesh.up();
            mesh.check(
                `install killed after ${((seconds * percent) / 100).toFixed(1)} s`,
                "15, nothing left to do",
                `${(await istioDefinitions(cluster)).length}, ${countsOf(await foreseen(mesh.project, ["--refresh"]))} left to do`,
            );
            succeeded(await mesh.project.mesh(["destroy"], { limitSeconds: 150 }));
        });

    it("go with a destroy where removeCrds says so", async () => {
        const istio = mesh.settings(cluster)["istio"] as Settings;
        mesh.configure({ [cluster]: { istio: { ...istio, removeCrds: true } } });
        await mesh.up();
        succeeded(await mesh.project.mesh(["destroy"], { limitSeconds: 150 }));
        mesh.check(
            "definitions after a destroy with removeCrds",
            "",
            (await istioDefinitions(cluster)).join(),
        );
        const { objects } = await inventory(cluster);
        assert.deepEqual(
            objects.filter((line) => line.includes("istio")),
            [],
        );
    });

    const virtualService = {
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name: "mine", namespace: "somebody" },
        spec: { hosts: ["mine.example.com"], http: [{ route: [{ destination: { host: "mine" } }] }] },
    };

    /** Changes one description in the chart. */
    function changeChart(text: string): void {
        const all = definitionsOf(fs.readFileSync(file, "utf8"));
        for (const { metadata, spec } of all)
            if (metadata.name === changed) {
                const [version] = spec.versions ?? [];
                Object.assign(
                    (version as unknown as { schema: { openAPIV3Schema: object } }).schema.openAPIV3Schema,
                    {
                        description: text,
                    },
                );
            }
        fs.writeFileSync(file, all.map((each) => stringify(each)).join("\n---\n"));
    }

    async function read(name: string): Promise<Definition> {
        return JSON.parse(await onCluster(cluster, ["get", "crd", name, "-o", "json"])) as Definition;
    }

    async function writeAs(manager: string, definitions: readonly Definition[]): Promise<void> {
        await onCluster(cluster, ["apply", "--server-side", `--field-manager=${manager}`, "-f", "-"], {
            input: JSON.stringify({ apiVersion: "v1", kind: "List", items: definitions }),
        });
    }

    /** Uids of all definitions and of somebody's object. */
    async function identities(): Promise<string> {
        const uids = await onCluster(cluster, [
            ...["get", "crd", "-o", "jsonpath={range .items[*]}{.metadata.name}={.metadata.uid} {end}"],
        ]);
        const own = await onCluster(cluster, [
            ...["get", "virtualservice", "mine", "-n", "somebody", "-o", "jsonpath={.metadata.uid}"],
        ]);
        return `${uids}${own}`;
    }

    async function deleteAll(): Promise<void> {
        const names = await istioDefinitions(cluster);
        if (names.length > 0) await onCluster(cluster, ["delete", "crd", ...names], { timeoutSeconds: 90 });
    }
});

function definitionsOf(text: string): readonly Definition[] {
    return parseAllDocuments(text).map((document) => document.toJS() as Definition);
}

/** Paths of the properties that a preview names. */
function named(preview: ChangesByStack): readonly string[] {
    return Object.values(preview)
        .flat()
        .flatMap(({ properties }) => properties.map((each) => each.path));
}
