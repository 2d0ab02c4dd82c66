import * as fs from "node:fs";
import * as path from "node:path";
import {
    type DefaultRenderer,
    Listr,
    type ListrTaskWrapper,
    PRESET_TIMER,
    type VerboseRenderer,
} from "listr2";
import { ensureDebianPackages, missingPackages } from "../debian";
import { LabError } from "../exec";
import {
    binDir,
    cacheDir,
    chartsLink,
    imagesDir,
    imagesLink,
    logsDir,
    pulumiHomeLink,
    toolsDir,
} from "../paths";
import { versions } from "../versions";
import { chartsPath, copyIstioFiles } from "./charts";
import { envoyPath, fetchEnvoy } from "./envoy";
import { buildGoTool, buildStandardLibrary, builtPath, pathOnMachine, requireGo } from "./goTool";
import { type GoTool, goTools } from "./goTools";
import { buildImages, imagesPath } from "./images";
import { withLock } from "./lock";
import { makePulumiHome, ownPulumi, pulumiHome } from "./pulumi";
import { Progress } from "./progress";
import { removeUnfinished, replaceLink } from "./store";

/** What `build` makes. */
export interface BuildOptions {
    /**
     * Names of tools (`kubectl`, `helm`, `fortio` ...), `pulumi` for the CLI with its plugins, `charts` for Istio's.
     * Everything that `lab up` and Pulumi need by default.
     */
    only?: readonly string[];
}

type TaskOf = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof VerboseRenderer>;

/** One thing to make, and how long that takes. */
interface Step {
    title: string;
    /** Seconds on two cores, for the estimate of the time left. */
    seconds: number;
    /** Title of the steps that it is done in a row with, beside other rows; undefined where it comes before all rows. */
    row?: string;
    make: (signal: AbortSignal) => Promise<unknown>;
}

/**
 * Makes what is missing in the cache, and links what is in use into .lab/ of this checkout. Tools that are on PATH in
 * the pinned version are used instead of built ones. Does next to nothing when all is there.
 *
 * @throws LabError if something can't be built; what was finished before stays.
 */
export async function build(options: BuildOptions = {}): Promise<void> {
    // Files of the cache are read by containers under other users.
    process.umask(0o022);
    const wanted = selection(options.only);
    const started = Date.now();
    const onMachine = await toolsOnMachine(wanted);
    const steps = () => missingSteps(wanted, onMachine);
    if ((await steps()).length > 0) {
        const waiting = () => {
            console.error("Another build is running; waiting for it to end.");
        };
        await withLock(path.join(cacheDir, "build.lock"), waiting, async () => {
            [toolsDir, imagesDir].forEach(removeUnfinished);
            await make(await steps());
            // The images hold the tools, so what they are is known only when those are there.
            await make(await imageSteps(wanted));
        });
        console.log(`Built in ${seconds(Date.now() - started)}; the results are in ${cacheDir}.`);
    } else {
        console.log("All tools and images are there.");
    }
    await linkIntoCheckout(wanted, onMachine);
}

/** The things that a build is asked for. */
interface Selection {
    tools: readonly GoTool[];
    charts: boolean;
    pulumi: boolean;
    /** Images, with what they are made of, and the system packages of the nodes. */
    images: boolean;
}

/**
 * Turns the names given to `lab build --only` into what they stand for.
 *
 * @throws LabError for a name that nothing has, with those that exist.
 */
export function selection(only?: readonly string[]): Selection {
    if (only === undefined || only.length === 0) {
        return {
            tools: goTools.filter((tool) => tool.set !== "extra"),
            charts: true,
            pulumi: true,
            images: true,
        };
    }
    const names = [...goTools.map((tool) => tool.name), "charts"];
    const unknown = only.filter((name) => !names.includes(name));
    if (unknown.length > 0) {
        throw new LabError(
            `The lab has nothing to build called ${unknown.join(", ")}. It knows: ${names.join(", ")}.`,
        );
    }
    const pulumi = only.includes("pulumi");
    const tools = goTools.filter((tool) => only.includes(tool.name) || (pulumi && tool.set === "pulumi"));
    return { tools, charts: only.includes("charts"), pulumi, images: false };
}

/** Tools of this machine that are used instead of built ones, by name. */
async function toolsOnMachine(wanted: Selection): Promise<ReadonlyMap<string, string>> {
    const own = wanted.pulumi ? await ownPulumi() : undefined;
    const found = await Promise.all(
        wanted.tools.map(async (tool): Promise<[string, string | undefined]> => {
            // Whoever has the CLI has the rest of its distribution as well.
            return [tool.name, tool.set === "pulumi" ? own : await pathOnMachine(tool)];
        }),
    );
    return new Map(found.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

async function missingSteps(wanted: Selection, onMachine: ReadonlyMap<string, string>): Promise<Step[]> {
    const steps: Step[] = [];
    const packages = wanted.images ? missingPackages() : [];
    if (packages.length > 0) {
        steps.push({
            title: `Debian packages ${packages.join(", ")}`,
            seconds: 20,
            make: () => ensureDebianPackages(path.join(logsDir, "apt.log")),
        });
    }
    if (wanted.images && !fs.existsSync(envoyPath)) {
        steps.push({ title: `envoy ${versions.envoy}`, seconds: 10, make: fetchEnvoy });
    }
    const missing = wanted.tools.filter(
        (tool) => !onMachine.has(tool.name) && !fs.existsSync(builtPath(tool)),
    );
    if (missing.length > 0 || !fs.existsSync(chartsPath)) {
        await requireGo();
    }
    if ((wanted.charts || wanted.images) && !fs.existsSync(chartsPath)) {
        steps.push({ title: "Istio's charts", seconds: 15, make: copyIstioFiles });
    }
    if (missing.length > 1) {
        steps.push({ title: "Go's standard library", seconds: 15, make: buildStandardLibrary });
    }
    for (const tool of missing) {
        steps.push({
            title: `${tool.name} ${tool.version}`,
            seconds: tool.seconds,
            // A link keeps one core busy alone, so another build goes on beside it. Tools that share packages are in one row.
            row: tool.set === "pulumi" ? "Pulumi" : "Kubernetes and Istio",
            make: (signal) => buildGoTool(tool, signal),
        });
    }
    if (wanted.pulumi && !onMachine.has("pulumi") && !fs.existsSync(pulumiHome())) {
        steps.push({
            title: "Pulumi home with plugins",
            seconds: 5,
            row: "Pulumi",
            make: makePulumiHome,
        });
    }
    // While something that goes into the images is missing, so are they.
    return steps.length > 0 ? steps : imageSteps(wanted);
}

async function imageSteps(wanted: Selection): Promise<Step[]> {
    if (!wanted.images || fs.existsSync(await imagesPath())) {
        return [];
    }
    return [{ title: "container images", seconds: 10, make: buildImages }];
}

/** Does the steps, those of different rows side by side, and shows them. The first failure ends it. */
async function make(steps: readonly Step[]): Promise<void> {
    const progress = new Progress(steps.map((step) => step.seconds));
    const stop = new AbortController();
    const failures: unknown[] = [];
    const taskOf = (step: Step) => ({
        title: step.title,
        task: async (_: unknown, task: { output: string }): Promise<void> => {
            const report = (text: string) => (task.output = text);
            try {
                await progress.during(steps.indexOf(step), report, () => step.make(stop.signal));
            } catch (error) {
                // The list shows one line; the whole message comes after it, once.
                failures.push(error);
                stop.abort();
                throw new Error("see below");
            }
        },
    });
    const tasksOf = (row: string | undefined) => steps.filter((step) => step.row === row).map(taskOf);
    const rows = [...new Set(steps.flatMap(({ row }) => row ?? []))];
    const rowTasks = rows.map((row) => ({
        title: row,
        task: (_: unknown, task: TaskOf) => task.newListr(tasksOf(row), { concurrent: false }),
    }));
    const list = new Listr<unknown, "default", "verbose">(
        [
            ...tasksOf(undefined),
            ...(rows.length > 0
                ? [
                      {
                          title: "Programs",
                          task: (_: unknown, task: TaskOf) => task.newListr(rowTasks, { concurrent: true }),
                      },
                  ]
                : []),
        ],
        {
            exitOnError: true,
            rendererOptions: { timer: PRESET_TIMER, collapseErrors: false, showErrorMessage: false },
            fallbackRendererOptions: { timer: PRESET_TIMER },
        },
    );
    await list.run().catch((error: unknown) => {
        throw failures[0] ?? error;
    });
}

/** Points the links in .lab/ at what this checkout uses. */
async function linkIntoCheckout(wanted: Selection, onMachine: ReadonlyMap<string, string>): Promise<void> {
    // What runs in containers has no place on a user's PATH.
    for (const tool of wanted.tools.filter((candidate) => candidate.versionQuery !== undefined)) {
        replaceLink(onMachine.get(tool.name) ?? builtPath(tool), path.join(binDir, tool.name));
    }
    if (wanted.pulumi) {
        linkPulumi(onMachine.get("pulumi"));
    }
    if (wanted.charts) {
        replaceLink(chartsPath, chartsLink);
    }
    if (wanted.images) {
        replaceLink(await imagesPath(), imagesLink);
    }
}

function linkPulumi(own: string | undefined): void {
    const programs = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"];
    for (const program of programs) {
        fs.rmSync(path.join(binDir, program), { force: true });
    }
    if (own !== undefined) {
        fs.rmSync(pulumiHomeLink, { force: true });
        replaceLink(own, path.join(binDir, "pulumi"));
        return;
    }
    replaceLink(pulumiHome(), pulumiHomeLink);
    for (const program of programs) {
        replaceLink(path.join(pulumiHome(), "bin", program), path.join(binDir, program));
    }
}

function seconds(milliseconds: number): string {
    return `${Math.round(milliseconds / 1000)} s`;
}
