import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { newRun, record } from "../../cli/engine/events";
import { TemporaryProject } from "../support/engine";

/** A provider whose objects are files, by their names; one with the content "no" can't be written. */
const providerText = `import * as fs from "node:fs";
const write = ({ name, content }) => {
    if (content === "no") throw new Error("can't be written");
    fs.writeFileSync("objects/" + name, content);
};
export const provider = {
    diff: async (_, olds, news) => ({
        changes: olds.name !== news.name || olds.content !== news.content,
        replaces: olds.name === news.name ? [] : ["name"],
    }),
    create: async (inputs) => {
        write(inputs);
        return { id: inputs.name, outs: inputs };
    },
    update: async (_, __, news) => {
        write(news);
        return { outs: news };
    },
    delete: async (id) => fs.rmSync("objects/" + id, { force: true }),
};
`;

/**
 * GlobalDns and the egress gateway in small: a ConfigMap that is called by its content and the Deployment that mounts it,
 * and a component with two children, the second of which comes late.
 */
const programText = `import * as pulumi from "@pulumi/pulumi";
import { formerly } from "./components/formerly";
import { providerLoader } from "./components/providerLoader";

const { FORMER, ZONE, NO } = process.env;
class File extends pulumi.CustomResource {
    constructor(name, { file, content = "yes" }, opts) {
        const inputs = { name: file, content: NO === name ? "no" : content, __provider: providerLoader("objects.ts") };
        super("pulumi-nodejs:dynamic/test:File", name, inputs, opts);
    }
}
class Pair extends pulumi.ComponentResource {
    constructor(name, opts) {
        super("test:index:Pair", name, {}, opts);
        const first = new File(name + "-first", { file: "first" }, { parent: this });
        const gate = new File("gate", { file: "gate" }, { dependsOn: first });
        new File(name + "-second", { file: "second" }, { parent: this, dependsOn: gate });
    }
}
new Pair(FORMER ? "egress" : "istio-egress", FORMER ? {} : formerly("istio-egress", "egress"));
const config = FORMER
    ? new File("config", { file: "config-" + ZONE })
    : new File("config-" + ZONE, { file: "config-" + ZONE }, { aliases: [{ name: "config" }] });
new File("pods", { file: "pods", content: "mounts " + ZONE }, { dependsOn: config });
`;

/** What the engine does with replacements that fail, and what the project does so that nothing is lost by it. */
describe("an update that fails and is taken back, with the real engine", function () {
    this.timeout(120_000);
    let project: TemporaryProject;

    beforeEach(async () => {
        project = new TemporaryProject();
        fs.writeFileSync(path.join(project.folder, "objects.ts"), providerText);
        fs.writeFileSync(path.join(project.folder, "index.ts"), programText);
        fs.mkdirSync(path.join(project.folder, "objects"));
        assert.equal((await project.pulumi(["stack", "init", "one"])).code, 0);
    });

    afterEach(() => {
        project.remove();
    });

    const objects = () => fs.readdirSync(path.join(project.folder, "objects")).sort();

    /** Updates the stack; `NO` names the resource that can't be written. */
    async function up(env: { readonly FORMER?: string; readonly ZONE: string; readonly NO?: string }) {
        const log = path.join(project.folder, "events.json");
        fs.rmSync(log, { force: true });
        const args = ["up", "--yes", "--skip-preview", "--stack", "one", "--event-log", log];
        const { code, text } = await project.pulumi(args, {
            env: { ...env, PULUMI_DEBUG_COMMANDS: "true" },
        });
        assert.equal(code === 0, env.NO === undefined, text);
        const run = newRun();
        for (const line of fs.readFileSync(log, "utf8").trim().split("\n"))
            record(run, JSON.parse(line) as Parameters<typeof record>[1]);
        return run;
    }

    it("loses what was replaced under one name, which mesh notices", async () => {
        await up({ FORMER: "yes", ZONE: "1" });
        await up({ FORMER: "yes", ZONE: "2", NO: "pods" });
        // The program of today on a state of before.
        const { objects: account } = await up({ ZONE: "1" });
        assert.deepEqual(objects(), ["first", "gate", "pods", "second"]);
        assert.deepEqual([...account.lost.values()], ["config"]);
    });

    it("keeps what is another resource for each name", async () => {
        await up({ ZONE: "1" });
        await up({ ZONE: "2", NO: "pods" });
        assert.deepEqual(objects(), ["config-1", "config-2", "first", "gate", "pods", "second"]);
        const { objects: account } = await up({ ZONE: "1" });
        assert.deepEqual(objects(), ["config-1", "first", "gate", "pods", "second"]);
        assert.equal(account.lost.size, 0);
    });

    it("takes over former names, also in an update after one that failed in the middle of it", async () => {
        await up({ FORMER: "yes", ZONE: "1" });
        await up({ ZONE: "1", NO: "gate" });
        const { changes, objects: account } = await up({ ZONE: "1" });
        assert.deepEqual(objects(), ["config-1", "first", "gate", "pods", "second"]);
        assert.deepEqual(changes, { created: 0, updated: 0, replaced: 0, deleted: 0, same: 7 });
        assert.equal(account.lost.size, 0);
    });
});
