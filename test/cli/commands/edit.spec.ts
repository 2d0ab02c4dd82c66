import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { PassThrough } from "node:stream";
import { stringify } from "yaml";
import { CommandLine, type MeshCommandName } from "../../../cli/commandLine";
import { exportText, importReport, importText } from "../../../cli/commands/edit";
import { type ExportRequest, meshExport } from "../../../cli/commands/export";
import { type ImportRequest, meshImport } from "../../../cli/commands/import";
import { confirmEdit, type FileEdit, writeEdit } from "../../../cli/fileEdit";
import { fileHints } from "../../../cli/hints/fileHints";
import { Problem } from "../../../cli/problem";
import { runCommand } from "../../support/engine";
import { FakeApi } from "../../support/fakeApi";
import { httpbin, port, type Raw } from "../../support/stackFile";

const root = path.resolve(__dirname, "../../..");
const orders = { service: "orders", namespace: "shop" };
const host = "orders.shop.global";
const typed = (name: MeshCommandName, env?: string) => new CommandLine(env, name, {}, ["orders"]);
const answering = (answer: string) => {
    const input = Object.assign(new PassThrough(), { isTTY: true });
    input.write(`${answer}\n`);
    return { input, output: Object.assign(new PassThrough(), { isTTY: true }) };
};

describe("mesh export and mesh import", function () {
    this.timeout(120_000);
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-test-"));
    const file = (name: string) => path.join(folder, name);
    const read = (name: string) => fs.readFileSync(file(name), "utf8");
    const write = (name: string, text: string) => {
        fs.mkdirSync(path.dirname(file(name)), { recursive: true });
        fs.writeFileSync(file(name), text);
    };
    const stack = (name: string, settings: Raw, where = ".") => {
        const keys = Object.entries(settings).map(([key, value]) => [`p:${key}`, value]);
        write(`${where}/Pulumi.${name}.yaml`, stringify({ config: Object.fromEntries(keys) as Raw }));
    };
    let api: FakeApi;
    let other: FakeApi;
    const access = (of: FakeApi) => ({ kubeconfig: of.access.kubeconfig, context: "fake" });
    const teams = { shop: { namespaces: ["shop"], contact: "#shop" }, web: {} };

    const list = (names: readonly string[]) => ({ items: names.map((name) => ({ metadata: { name } })) });
    const serve = (of: FakeApi, spec: Raw = {}) => {
        of.set("/api/v1/namespaces/shop", { kind: "Namespace" });
        of.set("/api/v1/namespaces/shop/services", list(["orders", "cart"]));
        of.set("/api/v1/namespaces/shop/services/orders", {
            metadata: { name: "orders", namespace: "shop" },
            spec: {
                clusterIP: "10.0.0.1",
                selector: { app: "orders" },
                ports: [{ name: "http", port: 80, targetPort: "main" }],
                ...spec,
            },
        });
        const containers = [
            { name: "a", ports: [{ name: "main", containerPort: 8080 }] },
            { name: "istio-proxy" },
        ];
        of.set("/api/v1/namespaces/shop/pods?labelSelector=app%3Dorders", {
            items: [{ metadata: { name: "orders-1" }, spec: { serviceAccountName: "orders", containers } }],
        });
    };

    before(async () => {
        [api, other] = await Promise.all([FakeApi.start(), FakeApi.start()]);
    });
    after(async () => {
        await Promise.all([api.stop(), other.stop()]);
        fs.rmSync(folder, { recursive: true });
    });
    beforeEach(() => {
        for (const name of fs.readdirSync(folder)) fs.rmSync(file(name), { recursive: true });
        for (const each of [api, other]) {
            each.delete("/api/v1/namespaces/shop/services/orders");
            each.set("/api/v1/namespaces", list(["default", "shop"]));
        }
        serve(api);
        write("Pulumi.yaml", "name: p\nruntime: nodejs\n");
        stack("ca", { ca: { clusters: ["cluster1", "cluster2"] } });
        stack("cluster1", { cluster: access(other) });
        stack("cluster2", { cluster: access(api) });
    });

    const exporting = (request: Partial<ExportRequest> = {}) =>
        meshExport(folder, typed("export"), { ...orders, ...request });
    const importing = (request: Partial<ImportRequest> = {}) =>
        meshImport(folder, typed("import"), { host, ...request });
    const refused = async (work: Promise<unknown>, message: string, nextStep?: unknown) => {
        const before = fs.readdirSync(folder).map((name) => (name.endsWith(".yaml") ? read(name) : name));
        await assert.rejects(work, (error: unknown) => {
            assert.ok(error instanceof Problem, String(error));
            assert.equal(error.message, message);
            if (nextStep !== undefined) assert.deepEqual(error.nextStep, nextStep);
            return true;
        });
        const now = fs.readdirSync(folder).map((name) => (name.endsWith(".yaml") ? read(name) : name));
        assert.deepEqual(now, before);
    };
    const exported = { ...httpbin, ...orders, ports: [{ ...port, number: 80 }] };
    const added = [
        "    - service: orders",
        "      namespace: shop",
        "      selector: { app: orders }",
        "      serviceAccount: orders",
        "      ports:",
        "        - { name: http, number: 80, targetPort: 8080, protocol: HTTP }",
    ];

    it("write the lines of a live Service into its cluster's file, and ask the cluster nothing but to read", async () => {
        const text = `# ours\n${read("Pulumi.cluster2.yaml")}  p:dns: # c\n    image:\n      secure:   v1:abc==\n\nencryptionsalt: v1:x\n`;
        write("Pulumi.cluster2.yaml", text);
        fs.chmodSync(file("Pulumi.cluster2.yaml"), 0o640);
        api.requests.splice(0);
        const planned = await exporting();
        assert.equal(planned.host, host);
        assert.equal(planned.cluster, "cluster2");
        const shown = exportText(planned).split("\n");
        assert.equal(shown[0], "Service shop/orders of cluster2 as orders.shop.global:");
        const lines = shown.filter((line) => /^[+-](?![+-])/.test(line));
        assert.deepEqual(
            lines,
            ["  p:exports:", ...added].map((line) => `+${line}`),
        );
        assert.equal(read("Pulumi.cluster2.yaml"), text);
        writeEdit(folder, planned.edit, typed("export"));
        const block = `  p:exports:\n${added.join("\n")}\n`;
        assert.equal(
            read("Pulumi.cluster2.yaml"),
            text.replace("\nencryptionsalt", `${block}\nencryptionsalt`),
        );
        assert.equal(fs.statSync(file("Pulumi.cluster2.yaml")).mode & 0o777, 0o640);
        assert.deepEqual([...new Set(api.requests.map(({ method }) => method))], ["GET"]);
        await refused(
            exporting(),
            "cluster2 exports orders.shop.global already: Pulumi.cluster2.yaml: exports[0].",
        );
    });

    it("go into the file of the team that the namespace is granted to, which is made where there is none", async () => {
        stack("cluster2", { cluster: access(api), teams });
        const { edit } = await exporting();
        assert.deepEqual([edit.file, edit.before], ["teams/shop.yaml", undefined]);
        writeEdit(folder, edit, typed("export"));
        const head = `# yaml-language-server: $schema=../schemas/team.schema.json\n# Team shop: what it exports and imports, by cluster.\n`;
        assert.equal(read("teams/shop.yaml"), `${head}exports:\n  cluster2:\n${added.join("\n")}\n`);
        assert.deepEqual(fs.readdirSync(file("teams")), ["shop.yaml"]);
    });

    it("refuse a team that the namespace is not granted to", async () => {
        stack("cluster2", { cluster: access(api), teams });
        await refused(
            exporting({ team: "web" }),
            "Namespace shop of cluster2 is granted to shop, and not to web; the platform has to add it to teams.web.namespaces in Pulumi.cluster2.yaml, or leave --team out.",
        );
        await refused(
            exporting({ team: "shp" }),
            "shp is no team of cluster2 (did you mean shop?); the platform has to add teams.shp to Pulumi.cluster2.yaml, or name another.",
        );
    });

    it("refuse what is not there, with what may have been meant", async () => {
        await refused(
            exporting({ service: "oders", cluster: "cluster2" }),
            "cluster2 has no Service oders in shop (did you mean orders?).",
        );
        await refused(
            exporting({ namespace: "shp" }),
            "cluster1 has no namespace shp (did you mean shop?).\ncluster2 has no namespace shp (did you mean shop?).",
        );
        await refused(
            exporting({ service: "Orders_1", namespace: "a.b" }),
            'The Service "Orders_1" can\'t be a part of a mesh-wide name: it must be a DNS label: lower-case letters, digits and dashes, 63 characters at most.\n' +
                'The namespace "a.b" can\'t be a part of a mesh-wide name: it must be a DNS label: lower-case letters, digits and dashes, 63 characters at most.',
        );
    });

    it("refuse a Service that two clusters have, until one is named", async () => {
        serve(other);
        await refused(
            exporting(),
            "cluster1 and cluster2 have a Service shop/orders.",
            fileHints.nameCluster(typed("export"), ["cluster1", "cluster2"]),
        );
        assert.equal((await exporting({ cluster: "cluster1" })).edit.file, "Pulumi.cluster1.yaml");
    });

    it("refuse a Service that can't be exported, with all that stands against it", async () => {
        serve(api, { clusterIP: "None" });
        await refused(
            exporting(),
            "Service shop/orders is headless (clusterIP: None): its name stands for each pod by itself, and a mesh-wide name for all of them; make a second Service with the same selector and a cluster IP, and export that.",
        );
        serve(api, {
            ports: [
                { name: "x", port: 1, protocol: "UDP" },
                { name: "y", port: 2, targetPort: "z" },
            ],
        });
        await assert.rejects(exporting(), (error: Error) => error.message.split("\n").length === 2);
    });

    it("say of a cluster that can't be asked why, and that it may not be meant", async () => {
        stack("cluster1", { cluster: { kubeconfig: "nowhere", context: "c" } });
        await assert.rejects(exporting(), /cluster1 can't be asked for Service shop\/orders: .*nowhere/);
        assert.equal((await exporting({ cluster: "cluster2" })).cluster, "cluster2");
    });

    it("write nothing that a preview would refuse, or that they can't be sure of", async () => {
        stack("cluster2", { cluster: { ...access(api), ranges: ["240.0.0.0/4"] } });
        await assert.rejects(
            exporting(),
            /^Problem: Nothing was written, since a preview would refuse the files with it:\nThe configuration of stack "cluster2" \(Pulumi.cluster2.yaml\) has 1 problem:\n {2}- exports\[0\].virtualAddress /,
        );
        stack("cluster2", { cluster: access(api), mesh: { secure: "v1:abc" } });
        await assert.rejects(
            exporting({ cluster: "cluster2" }),
            /^Problem: Nothing was written, since Pulumi.cluster2.yaml can't be read whole:\ncluster2: it holds encrypted values that decide it$/,
        );
    });

    it("add to no list that only a person can add to", async () => {
        write("Pulumi.cluster2.yaml", `config: { p:cluster: ${JSON.stringify(access(api))} }\n`);
        await refused(
            exporting({ cluster: "cluster2" }),
            "Nothing was written: Pulumi.cluster2.yaml is written in a way that only a person can add to, such as in one line, or by an alias.",
        );
        stack("cluster2", { cluster: access(api) });
        write("Pulumi.yaml", "name: p\nruntime: nodejs\nconfig:\n  exports: { value: [] }\n");
        await refused(
            exporting({ cluster: "cluster2" }),
            "Nothing was written: the exports of cluster2 are those of Pulumi.yaml, which a list in Pulumi.cluster2.yaml would replace.",
        );
    });

    it("write nothing into a file that was changed meanwhile, nor over one that came", async () => {
        const { edit } = await exporting();
        write("Pulumi.cluster2.yaml", `${read("Pulumi.cluster2.yaml")}# somebody's\n`);
        const changed = {
            message: "Nothing was written: Pulumi.cluster2.yaml was changed after it had been read.",
        };
        assert.throws(() => {
            writeEdit(folder, edit, typed("export"));
        }, changed);
        const made: FileEdit = { file: "teams/shop.yaml", before: undefined, after: "mine\n" };
        write("teams/shop.yaml", "yours\n");
        assert.throws(() => {
            writeEdit(folder, made, typed("export"));
        }, /teams\/shop.yaml was changed/);
        assert.equal(read("teams/shop.yaml"), "yours\n");
        assert.deepEqual(fs.readdirSync(file("teams")), ["shop.yaml"]);
    });

    it("leave a file alone that is read-only, whoever runs them", async () => {
        const { edit } = await exporting();
        const before = read("Pulumi.cluster2.yaml");
        fs.chmodSync(file("Pulumi.cluster2.yaml"), 0o444);
        assert.throws(
            () => {
                writeEdit(folder, edit, typed("export"));
            },
            {
                message: "Nothing was written: Pulumi.cluster2.yaml is read-only.",
                nextStep: fileHints.readOnly(typed("export"), "Pulumi.cluster2.yaml"),
            },
        );
        assert.equal(read("Pulumi.cluster2.yaml"), before);
    });

    it("follow a link to a file, which goes on being one", async () => {
        fs.renameSync(file("Pulumi.cluster2.yaml"), file("real.txt"));
        fs.symlinkSync("real.txt", file("Pulumi.cluster2.yaml"));
        writeEdit(folder, (await exporting()).edit, typed("export"));
        assert.ok(fs.lstatSync(file("Pulumi.cluster2.yaml")).isSymbolicLink());
        assert.match(read("real.txt"), /service: orders/);
    });

    it("ask at a terminal, and want --yes without one", async () => {
        const { edit } = await exporting();
        await confirmEdit(edit, typed("export"), answering("y"));
        for (const answer of ["", "n", "yess"])
            await assert.rejects(confirmEdit(edit, typed("export"), answering(answer)), {
                message: "Nothing was written.",
            });
        const nobody = { input: new PassThrough(), output: new PassThrough() };
        await assert.rejects(confirmEdit(edit, typed("export"), nobody), {
            message: "Nothing was written, since there is no terminal to ask at.",
            nextStep: fileHints.answerYes(typed("export")),
        });
    });

    it("work as commands: shown without --yes, written with it, as JSON, in an environment", async () => {
        const env = { MESH_PROJECT_FOLDER: folder, PULUMI_BACKEND_URL: undefined };
        fs.mkdirSync(file("environments/dev"), { recursive: true });
        for (const name of ["Pulumi.yaml", "Pulumi.ca.yaml", "Pulumi.cluster1.yaml", "Pulumi.cluster2.yaml"])
            fs.renameSync(file(name), file(`environments/dev/${name}`));
        const mesh = (...args: string[]) =>
            runCommand("node", ["load.js", "cli/main.ts", "--env", "dev", ...args], { cwd: root, env });
        const before = read("environments/dev/Pulumi.cluster2.yaml");
        const asked = await mesh("export", "orders", "-n", "shop");
        assert.equal(asked.code, 1, asked.text);
        assert.match(asked.stdout, /\+ {4}- service: orders\n/);
        assert.match(
            asked.stderr,
            /^Error: Nothing was written, since there is no terminal to ask at\.\nNext: .*: npm run mesh -- --env dev export orders --namespace shop --yes\n$/,
        );
        assert.equal(read("environments/dev/Pulumi.cluster2.yaml"), before);
        const shown = await mesh("export", "orders", "-n", "shop", "--json");
        const { written, file: where, entry } = JSON.parse(shown.stdout) as Raw;
        assert.deepEqual([shown.code, written, where], [0, false, "environments/dev/Pulumi.cluster2.yaml"]);
        assert.equal((entry as Raw)["serviceAccount"], "orders");
        const done = await mesh("export", "orders", "-n", "shop", "--yes");
        assert.equal(done.code, 0, done.text);
        assert.match(
            done.stdout,
            /Written: environments\/dev\/Pulumi\.cluster2\.yaml\nNext: .*npm run mesh -- --env dev preview\n$/,
        );
        const imported = await mesh("import", host, "--yes", "--json");
        assert.equal(imported.code, 0, imported.text);
        assert.equal((JSON.parse(imported.stdout) as Raw)["written"], true);
        assert.match(
            read("environments/dev/Pulumi.cluster1.yaml"),
            /\n {2}p:imports:\n {4}- service: orders\n {6}namespace: shop\n {6}from: cluster2\n$/,
        );
    });

    describe("of which import", () => {
        it("writes into the file of the only cluster that has it not, or the team's", async () => {
            stack("cluster2", { cluster: access(api), exports: [exported] });
            stack("cluster1", { cluster: access(other), teams });
            const planned = await importing();
            assert.deepEqual([planned.cluster, planned.edit?.file], ["cluster1", "Pulumi.cluster1.yaml"]);
            const ofTeam = await importing({ team: "web" });
            assert.equal(ofTeam.edit?.file, "teams/web.yaml");
            assert.match(ofTeam.edit.after, /imports:\n {2}cluster1:\n {4}- service: orders\n/);
            await refused(
                importing({ team: "webb" }),
                "webb is no team of cluster1 (did you mean web?); the platform has to add teams.webb to Pulumi.cluster1.yaml, or name another.",
            );
        });

        it("refuses a host that nobody exports, with those that may be meant", async () => {
            stack("cluster2", { cluster: access(api), exports: [exported] });
            await refused(
                importing({ host: "oders.shop.global" }),
                'No file of this mesh exports "oders.shop.global" (did you mean orders.shop.global?).',
            );
            await refused(
                importing({ host: "orders" }),
                'No file of this mesh exports "orders" (did you mean orders.shop.global?).',
            );
            await refused(
                importing({ cluster: "cluster2" }),
                "Only cluster2 itself exports orders.shop.global, whose pods call it by that name without an import.",
            );
        });

        it("lets one of several exporters be chosen, or all in an order", async () => {
            stack("ca", { ca: { clusters: ["cluster1", "cluster2", "cluster3"] } });
            for (const name of ["cluster2", "cluster3"])
                stack(name, { cluster: access(name === "cluster2" ? api : other), exports: [exported] });
            await refused(
                importing(),
                "cluster2 and cluster3 export orders.shop.global: Pulumi.cluster2.yaml: exports[0]; Pulumi.cluster3.yaml: exports[0].",
                fileHints.chooseFrom(typed("import"), ["cluster2", "cluster3"]),
            );
            assert.equal((await importing({ from: ["cluster3"] })).entry.from, "cluster3");
            const both = await importing({ from: ["cluster3", "cluster2"] });
            assert.match(both.edit?.after ?? "", /from: \[ cluster3, cluster2 \]\n/);
            await refused(
                importing({ from: ["cluster1"] }),
                "cluster1 does not export orders.shop.global to cluster1; from is one of: cluster2, cluster3.",
            );
        });

        it("refuses what is imported already, and asks which cluster where several could", async () => {
            stack("ca", { ca: { clusters: ["cluster1", "cluster2", "cluster3"] } });
            stack("cluster2", { cluster: access(api), exports: [exported] });
            stack("cluster3", { cluster: access(other) });
            await refused(
                importing(),
                "Several clusters could import orders.shop.global: cluster1, cluster3.",
            );
            stack("cluster1", { cluster: access(other), imports: [{ ...orders, from: "cluster2" }] });
            await refused(
                importing({ cluster: "cluster1" }),
                "cluster1 imports orders.shop.global already: Pulumi.cluster1.yaml: imports[0].",
            );
        });

        it("writes nothing without the consent that is demanded, and says who has to add what where", async () => {
            const trust = (name: string) => ({
                trustDomain: `${name}.mesh`,
                acceptedTrustDomains: ["cluster1.mesh", "cluster2.mesh"],
            });
            stack("cluster1", { cluster: access(other), mesh: trust("cluster1") });
            const settings = {
                cluster: access(api),
                teams,
                mesh: { ...trust("cluster2"), requireConsent: true },
            };
            stack("cluster2", settings);
            write("teams/shop.yaml", stringify({ exports: { cluster2: [exported] } }));
            const planned = await importing();
            assert.equal(planned.edit, undefined);
            assert.equal(
                importText(planned),
                `cluster1 may not import orders.shop.global before its owner has added this to teams/shop.yaml: exports.cluster2[0] (owner shop, #shop):

  allowedFrom:
    - { cluster: cluster2 } # callers of cluster2 itself, as until now
    - { cluster: cluster1 }

Nothing was written.`,
            );
            assert.deepEqual(importReport(planned)["consent"], [
                {
                    cluster: "cluster2",
                    place: "teams/shop.yaml: exports.cluster2[0]",
                    owner: "shop",
                    contact: "#shop",
                    ...orders,
                    lines: [
                        "allowedFrom:",
                        "  - { cluster: cluster2 } # callers of cluster2 itself, as until now",
                        "  - { cluster: cluster1 }",
                    ],
                    isRequired: true,
                },
            ]);
            // What it says to add lets the import be written.
            const allowedFrom = [{ cluster: "cluster2" }, { cluster: "cluster1" }];
            write("teams/shop.yaml", stringify({ exports: { cluster2: [{ ...exported, allowedFrom }] } }));
            assert.equal((await importing()).edit?.file, "Pulumi.cluster1.yaml");
            // Without the demand it is written, and said what its calls meet.
            const some = { ...exported, allowedFrom: [{ cluster: "cluster2" }] };
            stack("cluster2", { ...settings, mesh: trust("cluster2") });
            write("teams/shop.yaml", stringify({ exports: { cluster2: [some] } }));
            const open = await importing();
            assert.equal(open.edit?.file, "Pulumi.cluster1.yaml");
            assert.match(
                importText(open),
                /\nEach call of cluster1 gets 403 until its owner has added this to teams\/shop.yaml: exports.cluster2\[0\] \(owner shop, #shop\):\n\n {2}allowedFrom:\n {4}- \{ cluster: cluster1 \}\n/,
            );
        });
    });
});
