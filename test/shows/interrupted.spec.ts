import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import CliTable from "cli-table3";
import { objectName } from "../../lib/base/names";
import { type Inventory, inventory, istioDefinitions, onCluster } from "../support/cluster";
import { type Ended, nameOf, typeOf } from "../support/engine";
import { killedMesh } from "../support/killed";
import { type Cluster, LabMesh, serverOf, succeeded } from "../support/labMesh";
import { processesLeft, processesWith } from "../support/processes";
import { stoppedMesh } from "../support/stopped";

/** The clusters, of which the last one's server is called by the first; `CLUSTERS=cluster4` takes one alone. */
const clusters = (process.env["CLUSTERS"] ?? "cluster1,cluster2").split(",") as readonly Cluster[];

/** How many runs are killed: half of them `mesh up`, half `mesh destroy`. `KILLS=20` is the whole show, of half an hour. */
const kills = Number(process.env["KILLS"] ?? 4);

/** How often each part of a run is killed alone before an `up`, and before a `destroy`. `PARTS=5` is the whole show. */
const partKills = Number(process.env["PARTS"] ?? 1);

/** The part of a file backend's state that is looked at. */
interface Checkpoint {
    readonly checkpoint: {
        readonly latest?: {
            readonly resources?: readonly { readonly urn: string }[];
            readonly pending_operations?: readonly unknown[];
        };
    };
}

/** What there is of a mesh: the objects of each cluster, its Corefile, and what Pulumi's state knows. */
interface Holding {
    readonly inventories: ReadonlyMap<Cluster, Inventory>;
    /** `STACK TYPE NAME` of each resource, sorted. */
    readonly resources: readonly string[];
}

/** A mesh whose commands are killed at many moments, each of which is then simply run again. */
describe("a mesh whose commands are killed in their middle", function () {
    this.timeout(480_000);
    const mesh = new LabMesh(clusters);
    const table = new CliTable({
        head: ["Killed", "After", "State then", "Again", "Said", "Seen then"],
        style: { head: [], border: [] },
    });
    let bare: Holding;
    let whole: Holding;
    let answers: readonly string[];
    const seconds = { up: 0, destroy: 0 };

    before(async () => {
        // One cluster alone has nobody to import from.
        if (clusters.length === 1)
            mesh.configure(Object.fromEntries(clusters.map((name) => [name, { imports: [] }])));
        await mesh.record();
        bare = await holding();
    });

    after(async () => {
        console.log(table.toString());
        await mesh.remove();
    });

    it("comes up and goes without being killed, to compare with", async () => {
        seconds.up = (await mesh.up()).seconds;
        answers = await verified();
        assert.ok(answers.length >= clusters.length);
        whole = await holding();
        seconds.destroy = succeeded(await mesh.project.mesh(["destroy"], { limitSeconds: 150 })).seconds;
        assertBare(await holding());
    });

    // Half a step away from either end, where there would be nothing to kill.
    const moments = Array.from({ length: Math.ceil(kills / 2) }, (_, index, all = Math.ceil(kills / 2)) =>
        Math.round(((index + 0.5) / all) * 100),
    );
    for (const percent of moments) {
        it(`is brought up by the next command after a kill at ${percent} % of mesh up`, async () => {
            const { again, ...row } = await killedAndAgain("up", percent);
            assert.deepEqual(await verified(), answers);
            const now = await holding();
            assert.deepEqual(objectsOf(now), objectsOf(whole));
            assert.deepEqual(corefilesOf(now), corefilesOf(whole));
            assert.deepEqual(now.resources, whole.resources);
            assert.equal(pendingOperations(), 0, "operations that the state still believes to be under way");
            addRow("up", row, again, `${answers.length} calls 200, same objects and Corefile`);
        });

        it(`is gone with the next command after a kill at ${percent} % of mesh destroy`, async () => {
            const { again, ...row } = await killedAndAgain("destroy", percent);
            assertBare(await holding());
            addRow("destroy", row, again, "bare, Corefile as before");
        });
    }

    const [importer = "cluster1", exporter = "cluster2"] = clusters;
    /** Parts of a `mesh up` that are killed alone, the rest of it staying, and when. */
    const parts = {
        "the exporter before the hand-over": {
            victim: engineOf(exporter),
            isTime: () => isThere(exporter, "deployment/istio-eastwestgateway"),
        },
        "the exporter after the hand-over": {
            victim: engineOf(exporter),
            isTime: () => isThere(importer, `serviceentry/${objectName(serverOf(exporter))}`),
        },
        "the importer while it waits": {
            victim: engineOf(importer),
            isTime: () => isThere(importer, "deployment/global-dns"),
        },
        "mesh itself": {
            victim: /^node .*cli\/main\.ts/,
            isTime: () => isThere(exporter, "deployment/istio-eastwestgateway"),
        },
    };
    for (const [what, part] of clusters.length === 2 ? Object.entries(parts) : [])
        for (const then of ["up", "destroy"] as const)
            for (let index = 0; index < partKills; index++)
                it(`goes on by mesh ${then} after a kill of ${what} (${index + 1})`, async () => {
                    const { after, code } = await killPart(part, index * 600);
                    const again = succeeded(await mesh.project.mesh([then], { limitSeconds: 180 }));
                    if (then === "up") {
                        assert.deepEqual(await verified(), answers);
                        const now = await holding();
                        assert.deepEqual(objectsOf(now), objectsOf(whole));
                        assert.deepEqual(now.resources, whole.resources);
                        succeeded(await mesh.project.mesh(["destroy"], { limitSeconds: 180 }));
                    }
                    assertBare(await holding());
                    const row = { after: `${after.toFixed(1)} s`, state: `exit code ${code}` };
                    addRow(what, row, again, then === "up" ? "calls 200, same objects" : "bare");
                });

    /** Brings the mesh up, and kills one process of that in its middle. Waits until no other is left. */
    async function killPart(
        { victim, isTime }: { victim: RegExp; isTime: () => Promise<boolean> },
        laterMs: number,
    ): Promise<{ after: number; code: number }> {
        const variable = mesh.project.backendVariable;
        const began = Date.now();
        let after = 0;
        const isLater = async () => {
            const isNow = await isTime();
            if (isNow) await pause(laterMs);
            return isNow;
        };
        const { code, wasStopped, text } = await stoppedMesh(mesh.project, ["up"], isLater, () => {
            after = (Date.now() - began) / 1000;
            // A part that has done its work by now is none to kill, which the exit code tells.
            const found = processesWith(variable).find(({ command }) => victim.test(command));
            if (found !== undefined) process.kill(found.pid, "SIGKILL");
            return true;
        });
        assert.ok(wasStopped, `it had ended before its moment: ${text.slice(-2000)}`);
        assert.deepEqual(await processesLeft(variable, 10), []);
        return { after, code };
    }

    /** The calls that `mesh verify` makes, all of which have to be answered. */
    async function verified(): Promise<readonly string[]> {
        const { stdout } = succeeded(await mesh.project.mesh(["verify"]));
        return stdout.match(/^\S+ from \S+: HTTP 200$/gm) ?? [];
    }

    interface Row {
        readonly after: string;
        readonly state: string;
    }

    async function killedAndAgain(
        command: "up" | "destroy",
        percent: number,
    ): Promise<Row & { again: Ended }> {
        const opposite = command === "up" ? "destroy" : "up";
        let after = (seconds[command] * percent) / 100;
        // Runs differ in length by some seconds. One that has ended before its moment is undone, and tried with a shorter one.
        while ((await killedMesh(mesh.project, [command], after)).commands.length === 0) {
            assert.ok(percent > 50, `mesh ${command} had ended within ${after} s of ${seconds[command]}`);
            succeeded(await mesh.project.mesh([opposite], { limitSeconds: 180 }));
            after *= 0.9;
        }
        const held = `${resources().length} resources, ${pendingOperations()} under way`;
        const again = succeeded(await mesh.project.mesh([command], { limitSeconds: 180 }));
        return { again, after: `${after.toFixed(1)} s`, state: held };
    }

    function addRow(command: string, { after, state }: Row, again: Ended, seen: string): void {
        const said = [
            ...(/unlocked: /.test(again.text) ? ["unlocked"] : []),
            ...(/finished what an earlier run/.test(again.text) ? ["finished"] : []),
        ];
        table.push([command, after, state, `${again.seconds.toFixed(1)} s`, said.join(", "), seen]);
    }

    function checkpoint(stack: string): Checkpoint["checkpoint"] {
        const file = path.join(mesh.project.backend, `.pulumi/stacks/istio-multicluster/${stack}.json`);
        if (!fs.existsSync(file)) return {};
        return (JSON.parse(fs.readFileSync(file, "utf8")) as Checkpoint).checkpoint;
    }

    function resources(): readonly string[] {
        return (
            ["ca", ...clusters]
                .flatMap((stack) =>
                    (checkpoint(stack).latest?.resources ?? []).map(
                        ({ urn }) => `${stack} ${typeOf(urn)} ${nameOf(urn)}`,
                    ),
                )
                // Its name holds the plugin's version or not, by who asked for it first.
                .filter((line) => !/ pulumi:providers:\S+ default/.test(line))
                .sort()
        );
    }

    function pendingOperations(): number {
        return ["ca", ...clusters].reduce(
            (sum, stack) => sum + (checkpoint(stack).latest?.pending_operations?.length ?? 0),
            0,
        );
    }

    async function holding(): Promise<Holding> {
        const inventories = await Promise.all(
            clusters.map(async (cluster): Promise<[Cluster, Inventory]> => {
                const [held, istios] = await Promise.all([inventory(cluster), istioObjects(cluster)]);
                return [cluster, { ...held, objects: [...held.objects, ...istios].map(plainName).sort() }];
            }),
        );
        return { inventories: new Map(inventories), resources: resources() };
    }

    function assertBare(now: Holding): void {
        // What somebody else's mesh once left behind is in the record too, and goes as well.
        const before = objectsOf(bare);
        assert.deepEqual(
            objectsOf(now).filter((line) => !before.includes(line)),
            [],
        );
        assert.deepEqual(corefilesOf(now), corefilesOf(bare));
        assert.deepEqual(now.resources, []);
        for (const cluster of clusters) {
            // It carries no mark of this mesh, nor one that somebody else's mesh once left.
            const text = JSON.stringify(now.inventories.get(cluster)?.dnsDeployment);
            assert.doesNotMatch(text, /istio-multicluster/);
        }
    }
});

/** The engine that updates a stack, by its command line. */
function engineOf(stack: string): RegExp {
    return new RegExp(`^pulumi up .*\\b${stack}\\b`);
}

/** Whether istio-system has an object. */
async function isThere(cluster: string, object: string): Promise<boolean> {
    try {
        await onCluster(cluster, ["get", object, "-n", "istio-system", "-o", "name"]);
        return true;
    } catch {
        // Not yet, or its kind is not known yet.
        return false;
    }
}

function objectsOf({ inventories }: Holding): readonly string[] {
    return [...inventories].flatMap(([cluster, { objects }]) => objects.map((line) => `${cluster} ${line}`));
}

/** The Corefiles, but for GlobalDns's address, which is another one each time that its Service is made. */
function corefilesOf({ inventories }: Holding): readonly string[] {
    return [...inventories.values()].map(({ corefile }) =>
        corefile.replace(/(forward \.) [\d.]+$/m, "$1 GLOBALDNS"),
    );
}

/** The name of an EndpointSlice without the part that is made up anew each time. */
function plainName(line: string): string {
    return line.startsWith("EndpointSlice ") ? line.replace(/-[a-z0-9]{5}$/, "") : line;
}

/** `KIND NAMESPACE/NAME` of each object of Istio's own kinds. */
async function istioObjects(cluster: string): Promise<readonly string[]> {
    const kinds = await istioDefinitions(cluster);
    if (kinds.length === 0) return [];
    const text = await onCluster(cluster, [
        ...["get", kinds.join(","), "--all-namespaces", "--ignore-not-found", "-o"],
        'jsonpath={range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name}{"\\n"}{end}',
    ]);
    return text.split("\n").filter((line) => line !== "");
}
