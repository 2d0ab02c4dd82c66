import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { kubeconfigPath } from "../../lab/paths";
import { gatewayAsking, startRoll } from "../support/gatewayRoll";
import { killAll } from "../support/killed";
import {
    expiredKubeconfigs,
    type Given,
    type Kubeconfig,
    kubeconfigWays,
    type Way,
} from "../support/kubeconfigWays";
import { makeRoles, makeUser, removeUsers } from "../support/labUser";
import { LabMesh, succeeded } from "../support/labMesh";
import { oneCluster as cluster } from "../support/oneCluster";
import { credentialTraces, filesIn, filesWith, Place } from "../support/place";
import { processesLeft } from "../support/processes";

/** Where the kubeconfig comes from, and that it expires; `WAYS=file,expired` is a part of the show. */
const chosen = process.env["WAYS"]?.split(",") ?? [...Object.keys(kubeconfigWays), "expired"];

const people = ["ann", "ben", "ci"] as const;
const stacks = ["ca", cluster];
const users = Object.fromEntries(people.map((name) => [name, ["cluster-admin"]]));

/** One cluster, brought up by one person, and looked at by another and by CI, each of whom has the kubeconfig elsewhere. */
describe("a kubeconfig that is elsewhere for everybody", function () {
    this.timeout(600_000);
    this.bail(true);
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "places-"));
    const backend = path.join(folder, "states");
    const variable = `PULUMI_BACKEND_URL=file://${backend}`;
    const lab = new LabMesh([cluster]);
    const [ann, ben, ci] = [
        new Place("ann", folder, backend, lab.project),
        new Place("ben", folder, backend),
        new Place("ci", folder, backend),
    ];
    const places = [ann, ben, ci] as const;
    let given: Given;
    let isUp = false;
    /** What the gateway asks for, by which an update rolls it. */
    let milliCpu = 10;
    /** What a credential of anybody can be known by. */
    let traces: readonly string[];

    before(async () => {
        fs.mkdirSync(backend);
        await lab.record();
        await makeRoles(cluster);
        const admin = parse(fs.readFileSync(kubeconfigPath(cluster), "utf8")) as Kubeconfig;
        const tokens = Object.fromEntries(await Promise.all(people.map(makeToken)));
        given = { places, admin, tokens, folder };
        const key = Buffer.from(String(admin.users[0]?.user["client-key-data"]), "base64").toString();
        traces = [key, ...Object.values(tokens)].flatMap(credentialTraces);
        assert.ok(traces.every((trace) => trace.length > 39));
    });

    after(async () => {
        console.log(lab.table());
        killAll(variable);
        await removeUsers(cluster, users);
        ann.write("mesh.yaml", fs.readFileSync(kubeconfigPath(cluster), "utf8"));
        lab.keep({ [cluster]: { imports: [], cluster: { kubeconfig: "~/mesh.yaml", context: cluster } } });
        await lab.remove();
        for (const { project } of [ben, ci]) project.remove();
        fs.rmSync(folder, { recursive: true });
    });

    for (const [name, way] of Object.entries(kubeconfigWays).filter(([each]) => chosen.includes(each)))
        describe(way.what, () => {
            it("is previewed and brought up by one", async () => {
                for (const place of places) place.clear();
                await way.arrange(given);
                // The mesh of the way before is the same for this one.
                const expected = isUp ? ["--expect-no-changes"] : [];
                if (!isUp) await ann.pulumi(["stack", "init", "--no-select", cluster]);
                await change(way);
                await tried(ann, `${name}: mesh preview ${expected.join()}`.trim(), ["preview", ...expected]);
                await tried(ann, `${name}: mesh up`, ["up"]);
                isUp = true;
                await nothingOfAnybody(`${name}: after mesh up`);
            });

            it("is no change for anybody, by mesh and by plain Pulumi", async () => {
                for (const place of places) {
                    place.pull(ann);
                    const what = `${name}: ${place.name}`;
                    await tried(place, `${what}: mesh preview`, ["preview", "--expect-no-changes"]);
                    for (const stack of stacks)
                        await unchanged(place, `${what}: pulumi preview -s ${stack}`, stack);
                }
                await nothingOfAnybody(`${name}: after the previews of three`);
            });

            it("leaves no key where an update is killed in its middle", async () => {
                const plain = [
                    "pulumi",
                    "up",
                    "--yes",
                    "--skip-preview",
                    "--non-interactive",
                    "--stack",
                    cluster,
                ];
                for (const [place, command, words] of [
                    [ann, "mesh up", ["node", "load.js", "cli/main.ts", "up"]],
                    [ben, "pulumi up", plain],
                ] as const) {
                    milliCpu += 1;
                    await change(way);
                    const what = `${name}: ${place.name}, ${command}`;
                    await killed(place, what, words);
                    await mended(place, `${what}, then mesh up`);
                }
                await nothingOfAnybody(`${name}: after the kills`);
            });
        });

    if (chosen.some((each) => each !== "expired"))
        describe("of a mesh that is taken away by CI", () => {
            it("leaves nothing either", async () => {
                await tried(ci, "mesh destroy by CI", ["destroy"]);
                await nothingOfAnybody("after mesh destroy");
            });
        });

    if (chosen.includes("expired"))
        describe("once it has ended", () => {
            it("is said to have expired", async () => {
                for (const place of places) place.clear();
                await change({ what: "", arrange: () => undefined });
                await removeUsers(cluster, { ben: users["ben"] ?? [] });
                const bad = expiredKubeconfigs(cluster, given.admin, given.tokens["ben"] ?? "");
                for (const [what, kubeconfig, words] of [
                    [
                        "a client certificate that has ended",
                        bad.certificate,
                        /the client certificate of .* ended on/,
                    ],
                    [
                        "a token that is taken no more",
                        bad.token,
                        /does not accept the credentials of .*; log in again/,
                    ],
                    [
                        "a command whose session has ended",
                        bad.command,
                        /failed with .*: session ended, sign in anew; log in again/,
                    ],
                ] as const) {
                    ann.useKubeconfig([ann.write("config", kubeconfig)]);
                    for (const [command, ended] of [
                        ["mesh preview", await ann.mesh(["preview"])],
                        [`pulumi preview -s ${cluster}`, await ann.pulumi(["preview", "--stack", cluster])],
                    ] as const) {
                        const until = `until \`kubectl --context ${cluster} get nodes\` works`;
                        const sentence = ended.text
                            .split("\n")
                            .find((line) => words.test(line) && line.includes(until));
                        console.log(`${what}: ${sentence?.trim() ?? ""}`);
                        lab.check(
                            `${what}: ${command}`,
                            "its sentence",
                            sentence === undefined ? ended.text : "its sentence",
                        );
                    }
                }
            });
        });

    async function makeToken(name: string): Promise<readonly [string, string]> {
        const file = path.join(folder, await makeUser(cluster, name, users[name] ?? [], folder));
        const { users: entries } = parse(fs.readFileSync(file, "utf8")) as Kubeconfig;
        fs.rmSync(file);
        return [name, String(entries[0]?.user["token"])];
    }

    /** Writes the settings, which the others then get as by git. */
    async function change({ kubeconfig, isCurrent = false, complete }: Way): Promise<void> {
        const access = {
            ...(kubeconfig !== undefined && { kubeconfig }),
            ...(!isCurrent && { context: cluster }),
        };
        lab.configure({ [cluster]: { imports: [], ...gatewayAsking(milliCpu), cluster: access } });
        await complete?.(given);
        for (const place of [ben, ci]) place.pull(ann);
    }

    /** Runs a command of mesh to its good end, after which nothing more lies in the folder for temporary files. */
    async function tried(place: Place, what: string, args: readonly string[]): Promise<void> {
        const before = place.held();
        const ended = await place.mesh(args);
        lab.check(what, "exit code 0", ended.code === 0 ? "exit code 0" : ended.text.slice(-3000));
        const left = place.held().filter((each) => !before.includes(each));
        lab.check(`${what}: left in TMPDIR`, "nothing", left.join() || "nothing");
        noKey(place, what);
    }

    async function unchanged(place: Place, what: string, stack: string): Promise<void> {
        const ended = await place.pulumi(["preview", "--expect-no-changes", "--stack", stack]);
        lab.check(what, "no change", ended.code === 0 ? "no change" : ended.text.slice(-3000));
        noKey(place, what);
    }

    /** Runs an update until it rolls the gateway, and kills it then with all that it has started. */
    async function killed(place: Place, what: string, command: readonly string[]): Promise<void> {
        await startRoll(place.project, cluster, command);
        const hasEngine = killAll(variable).includes("pulumi");
        const moment = hasEngine ? "in its middle" : "at its end";
        lab.check(`${what}: killed, with its engine`, "in its middle", moment);
        assert.deepEqual(await processesLeft(variable, 10), []);
        console.log(`${what}, killed: TMPDIR has ${place.held().join(", ") || "nothing"}`);
        noKey(place, `${what}: killed`);
    }

    /** Brings up what a killed run has left half done. */
    async function mended(place: Place, what: string): Promise<void> {
        await tried(place, what, ["up"]);
        const left = place.held().filter((each) => each.startsWith("istio-multicluster-"));
        lab.check(`${what}: folders of the killed run`, "none", left.join() || "none");
    }

    function noKey(place: Place, what: string): void {
        const shared = filesIn(place.project.env["PULUMI_HOME"] ?? place.home, "plugins");
        const found = filesWith([...place.leftFiles(), ...shared], traces);
        lab.check(`${what}: credentials in TMPDIR, HOME, PULUMI_HOME`, "none", found.join() || "none");
    }

    /** Looks into states, outputs and committed files for what is one person's: paths, and credentials. */
    async function nothingOfAnybody(what: string): Promise<void> {
        const texts = [...filesIn(backend), ...places.flatMap((place) => place.committed())];
        for (const args of [["export"], ["output", "--json"]])
            for (const stack of stacks) {
                const all = ["stack", ...args, "--show-secrets", "--stack", stack];
                texts.push([all.join(" "), succeeded(await ann.pulumi(all)).stdout]);
            }
        const own = places.flatMap((place) => place.ownPaths());
        const found = filesWith(texts, [...own, ...traces]);
        lab.check(
            `${what}: one person's paths or credentials in states, outputs, files`,
            "none",
            found.join() || "none",
        );
    }
});
