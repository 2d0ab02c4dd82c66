import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import CliTable from "cli-table3";
import { inventory } from "../support/cluster";
import { type Ended } from "../support/engine";
import { type Cluster, LabMesh, succeeded } from "../support/labMesh";
import { processesLeft, processesWith } from "../support/processes";

/** The clusters, the last of which may be the only one. */
const clusters = (process.env["CLUSTERS"] ?? "cluster1,cluster2").split(",") as readonly Cluster[];

/** What becomes of a run in its middle. */
const ends = {
    "SIGINT once": (run) => run.mesh.kill("SIGINT"),
    "SIGINT twice": async (run) => {
        run.mesh.kill("SIGINT");
        await pause(1000);
        run.mesh.kill("SIGINT");
    },
    SIGTERM: (run) => run.mesh.kill("SIGTERM"),
    SIGHUP: (run) => run.mesh.kill("SIGHUP"),
    "output closed": (run) => run.mesh.stdout?.destroy(),
    "mesh killed": (run) => run.mesh.kill("SIGKILL"),
    // The engine, or with `verify` what is asking the cluster.
    "engine killed": (run) => {
        const command = /^pulumi |^kubectl /;
        const engine = processesWith(run.variable).find((each) => command.test(each.command));
        if (engine !== undefined) process.kill(engine.pid, "SIGKILL");
    },
} satisfies Record<string, (run: Started) => unknown>;

type End = keyof typeof ends;

/** Ends that are tried; `ENDS="SIGHUP,mesh killed"` is a part of the show. */
const chosenEnds = (process.env["ENDS"]?.split(",") ?? Object.keys(ends)) as readonly End[];

/** Moments, in percent of what the command takes; `MOMENTS=50` is a part of the show. */
const moments = (process.env["MOMENTS"] ?? "15,50,85").split(",").map(Number);

const commands = ["up", "preview", "verify", "destroy"] as const;
type Command = (typeof commands)[number];

/** A command of `mesh` that runs. */
interface Started {
    readonly mesh: ChildProcess;
    readonly began: number;
    /** A variable that all processes of this project have. */
    readonly variable: string;
    readonly text: () => string;
    readonly ended: Promise<string>;
}

/** A polite end may take as long as Pulumi is given to finish, and then to be ended. */
const longestSeconds = 30;

/** A mesh whose commands are stopped and killed in every way, each of which is then simply run again. */
describe("a mesh whose commands are stopped and killed", function () {
    this.timeout(600_000);
    const mesh = new LabMesh(clusters);
    const variable = mesh.project.backendVariable;
    const table = new CliTable({
        head: ["Command", "End", "After", "Exit", "Left 5 s later", "None left after", "Again", "Differs"],
        style: { head: [], border: [] },
    });
    const seconds: Record<Command, number> = { up: 0, preview: 0, verify: 0, destroy: 0 };

    before(async () => {
        if (clusters.length === 1)
            mesh.configure(Object.fromEntries(clusters.map((name) => [name, { imports: [] }])));
        await mesh.record();
    });

    after(async () => {
        console.log(table.toString());
        await mesh.remove();
    });

    it("runs undisturbed, to compare with", async () => {
        for (const command of commands) {
            const ended = succeeded(await mesh.project.mesh([command], { limitSeconds: 300 }));
            seconds[command] = ended.seconds;
        }
    });

    for (const end of chosenEnds)
        for (const percent of moments)
            it(`leaves no process, and goes on: ${end} at ${percent} %`, async () => {
                for (const command of commands) await tryEnd(command, end, percent);
            });

    async function tryEnd(command: Command, end: End, percent: number): Promise<void> {
        const { run, at } = await inItsMiddle(command, percent);
        const from = Date.now();
        await ends[end](run);
        await processesLeft(variable, 5 - (Date.now() - from) / 1000);
        const left = processesWith(variable).map((each) => each.command);
        const never = await processesLeft(variable, longestSeconds);
        const none = ((Date.now() - from) / 1000).toFixed(1);
        const exit = await run.ended;
        const next = await again(command);
        const differs = await difference(command);
        table.push([
            command,
            `${end} (${percent} %)`,
            `${at} s`,
            exit,
            String(left.length),
            `${none} s`,
            `${next.code} in ${next.seconds.toFixed(0)} s`,
            differs,
        ]);
        assert.deepEqual(never, [], `${end} to mesh ${command}: ${run.text().slice(-3000)}`);
        assert.doesNotMatch(run.text(), /^\s+at .*\(.*:\d+:\d+\)$/m, "a stack trace");
        assert.equal(differs, "nothing", `${end} to mesh ${command}: ${next.text.slice(-3000)}`);
    }

    /** A run that has come to a moment. One that has ended by then was quicker than those before, and is run anew. */
    async function inItsMiddle(command: Command, percent: number): Promise<{ run: Started; at: string }> {
        for (;;) {
            await prepare(command);
            const run = start(command);
            const code = await Promise.race([
                run.ended,
                pause(seconds[command] * percent * 10).then(() => undefined),
            ]);
            const took = (Date.now() - run.began) / 1000;
            if (code === undefined) return { run, at: took.toFixed(1) };
            assert.equal(code, "0", run.text().slice(-2000));
            seconds[command] = took;
        }
    }

    /** Makes the mesh what it is before a command: nothing before an `up`, and whole before any other. */
    async function prepare(command: Command): Promise<void> {
        const isUp = await mesh.project.state(clusters[0] ?? "cluster1").then(
            ({ deployment }) => (deployment.resources ?? []).length > 1,
            () => false,
        );
        if (isUp === (command !== "up")) return;
        succeeded(await mesh.project.mesh([isUp ? "destroy" : "up"], { limitSeconds: 300 }));
    }

    function start(command: Command): Started {
        const child = spawn("node", ["load.js", "cli/main.ts", command], {
            cwd: mesh.project.folder,
            env: { ...process.env, ...mesh.project.env },
            stdio: ["ignore", "pipe", "pipe"],
        });
        let text = "";
        for (const stream of [child.stdout, child.stderr]) {
            stream.setEncoding("utf8").on("data", (chunk: string) => {
                text += chunk;
            });
        }
        const ended = new Promise<string>((resolve) => {
            child.once("close", (code, signal) => {
                resolve(String(code ?? signal));
            });
        });
        return { mesh: child, began: Date.now(), variable, text: () => text, ended };
    }

    /** The command once more, or for the first time, to its end. */
    async function again(command: Command): Promise<Ended> {
        const all = command === "preview" ? ["preview", "--refresh", "--expect-no-changes"] : [command];
        return succeeded(await mesh.project.mesh(all, { limitSeconds: 300 }));
    }

    /** What the state says that the cluster does not, or after a destroy what is left in it. */
    async function difference(command: Command): Promise<string> {
        if (command === "destroy") {
            for (const cluster of clusters) {
                const { objects } = await inventory(cluster);
                const left = objects.filter((line) => /istio/.test(line));
                if (left.length > 0) return left.join(", ");
            }
            return "nothing";
        }
        // The command that was run again has looked already.
        if (command === "preview") return "nothing";
        const all = ["preview", "--refresh", "--expect-no-changes"];
        const { code, text } = await mesh.project.mesh(all, { limitSeconds: 300 });
        return code === 0 ? "nothing" : text;
    }
});
