import * as path from "node:path";
import { Command } from "@commander-js/extra-typings";
import { Interrupt } from "./engine/interrupt";
import type { CommandLine } from "./commandLine";
import { fileHints } from "./hints/fileHints";
import { chooseClusters, type Mesh } from "./plan";
import { exitCode, Problem } from "./problem";
import { print } from "./print/output";
import { openBoard, type Board } from "./print/progress";
import { supervise } from "./engine/supervise";
import { listStacks } from "./engine/pulumiCli";
import { errorColours } from "./print/colours";
import { readTeamTexts } from "../files/teamTexts";
import type { RunDeclarations } from "../lib/mesh/handover";
import { chosenFolder, newFolder } from "./environments";
import { declaredSettings, loadMesh } from "./stackFiles";
import type { UpReport } from "./commands/up";
import type { Stacks } from "./engine/stacks";
import { asProblem } from "./systemProblem";
import { refuseEmptyOptions, typedCommand } from "./typed";

/** The project's own folder: the checkout that this file belongs to. */
const root = process.env.MESH_PROJECT_FOLDER ?? path.dirname(__dirname);

/** The folder of the environment that is worked on, once it is known. */
let folder = root;

/** The command that runs, once its words have been read. */
let current: CommandLine | undefined;

/** A board that shows what must be said on the error output, and nothing else. */
const silentBoard: Board = {
    update: () => undefined,
    finish: () => undefined,
    say: (sentence) => {
        console.error(sentence);
    },
    close: () => Promise.resolve(),
};

/** The board that is on the screen, if there is one. */
let board: Board | undefined;

const interrupt = new Interrupt(
    () => folder,
    (sentence) => {
        (board ?? silentBoard).say(sentence);
    },
);
interrupt.listen();

/** Commands that start no Pulumi. */
const withoutPulumi = ["init", "diff", "log", "owners", "envs", "export", "import"];

const program = new Command("mesh")
    .description(
        "Works on all stacks of one mesh in the right order: the certificate stack, then the clusters.",
    )
    .option(
        "--env <name>",
        'environment to work on: a folder below environments/, or "." for the project\'s own',
    )
    .helpCommand(false)
    .showHelpAfterError()
    .hook("preAction", async (_, command) => {
        refuseEmptyOptions(command);
        current = typedCommand(command);
        folder = folderOf(current);
        if (withoutPulumi.includes(command.name())) return;
        await supervise(folder, (sentence) => {
            silentBoard.say(sentence);
        });
    });

program
    .command("up")
    .description("make or update every stack, until no import waits for anything that is there")
    .option("--clusters <names>", "only these clusters, separated by commas", names)
    .option("--refresh", "read the real state of every resource first, and so mend drift", false)
    .option("--json", "print what was changed as JSON", false)
    .option("-y, --yes", "accepted for the sake of habit: mesh up never asks", true)
    .action(async ({ clusters, refresh, json }, typed) => {
        const { meshUp, upExitCode, upText } = await import("./commands/up.ts");
        const { refusedByPolicies } = await import("./commands/policies.ts");
        const command = typedCommand(typed);
        await withStacks(
            command,
            clusters,
            async (stacks, mesh, chosen, board) => {
                const options = { clusters: chosen, refresh };
                const textOf = (reports: readonly UpReport[]) =>
                    json ? JSON.stringify(reports, null, 2) : upText(reports, command);
                if (stacks.areJudged([mesh.ca, ...chosen])) {
                    await stacks.planTogether(declarationsOf("preview", mesh, chosen));
                    const refusal = await refusedByPolicies(stacks, mesh, board, options);
                    if (refusal !== undefined) return { text: textOf(refusal.reports), code: refusal.code };
                }
                await stacks.planTogether(declarationsOf("up", mesh, chosen));
                const reports = await meshUp(stacks, mesh, board, options);
                return { text: textOf(reports), code: upExitCode(reports) };
            },
            { quiet: json },
        );
    });

program
    .command("preview")
    .description("show what mesh up would change")
    .option("--clusters <names>", "only these clusters, separated by commas", names)
    .option("--refresh", "read the real state of every resource first, and so show drift", false)
    .option("--expect-no-changes", "exit with 1 when anything would change", false)
    .option("--json", "print the changes as JSON", false)
    .option("--markdown", "print one comment for a pull request, without a value in it", false)
    .action(async ({ clusters, refresh, expectNoChanges, json, markdown }, typed) => {
        const { meshPreview, previewExitCode, previewText } = await import("./commands/preview.ts");
        const { previewMarkdown } = await import("./print/previewMarkdown.ts");
        const { withOwners } = await import("./commands/owners.ts");
        const command = typedCommand(typed);
        await withStacks(
            command,
            clusters,
            async (stacks, mesh, chosen, board) => {
                await stacks.planTogether(declarationsOf("preview", mesh, chosen));
                const options = { clusters: chosen, refresh };
                const reports = await withOwners(folder, await meshPreview(stacks, mesh, board, options));
                const text = json
                    ? JSON.stringify(reports, null, 2)
                    : markdown
                      ? previewMarkdown(reports)
                      : previewText(reports);
                return { text, code: previewExitCode(reports, expectNoChanges) };
            },
            { quiet: json || markdown },
        );
    });

program
    .command("diff")
    .description("say what a change of the files does to the mesh: without a cluster, a state or a key")
    .argument(
        "[revision]",
        "what to compare the files with, or ONE..OTHER; by default where this branch has left the main one",
    )
    .option("--json", "print the changes as JSON", false)
    .option("--markdown", "print them as Markdown, for a comment", false)
    .action(async (revision, { json, markdown }) => {
        const { diffExitCode, meshDiff } = await import("./commands/diff.ts");
        const { diffMarkdown, diffText } = await import("./print/meshChanges.ts");
        const report = await meshDiff(folder, revision);
        const text = json
            ? JSON.stringify(report, null, 2)
            : markdown
              ? diffMarkdown(report)
              : diffText(report);
        await print(text);
        process.exitCode = diffExitCode(report);
    });

program
    .command("log")
    .description("list the commits that changed who may call a service, from where and how")
    .argument("<host>", "mesh-wide host of the service, such as httpbin.bar.global")
    .option("--json", "print them as JSON", false)
    .action(async (host, { json }) => {
        const { logText, meshLog } = await import("./commands/log.ts");
        const log = await meshLog(folder, host);
        await print(json ? JSON.stringify(log, null, 2) : logText(host, log));
    });

program
    .command("owners")
    .description("say who exports a service and who imports it, with their teams: from the files alone")
    .argument("<host>", "mesh-wide host of the service, such as httpbin.bar.global")
    .option("--json", "print them as JSON", false)
    .action(async (host, { json }) => {
        const { meshOwners, ownersText } = await import("./commands/owners.ts");
        const report = await meshOwners(folder, host);
        await print(json ? JSON.stringify(report, null, 2) : ownersText(report));
    });

program
    .command("destroy")
    .description("delete everything that the stacks hold: the clusters, then the certificates")
    .option("--clusters <names>", "only these clusters, separated by commas, and no certificates", names)
    .option("--remove", "forget the empty stacks as well; their config files stay", false)
    .option(
        "--abandon <names>",
        "give up these clusters, which don't answer: forget their stacks and leave what is in them",
        names,
    )
    .option("-y, --yes", "accepted for the sake of habit: it answers no question", true)
    .action(async ({ clusters, remove, abandon = [] }, typed) => {
        const { abandonSentence, confirmProtected, destroyExitCode, destroyText, meshDestroy } =
            await import("./commands/destroy.ts");
        const command = typedCommand(typed);
        await confirmProtected(folder, loadMesh(folder, command), command);
        const optionsFor = (mesh: Mesh, chosen: readonly string[]) => ({
            command,
            clusters: clusters && chosen,
            remove,
            abandoned: chooseClusters(mesh, abandon),
        });
        await withStacks(
            command,
            clusters,
            async (stacks, mesh, chosen, board) => {
                const reports = await meshDestroy(stacks, mesh, board, optionsFor(mesh, chosen));
                return { text: destroyText(reports, command), code: destroyExitCode(reports) };
            },
            { announce: (stacks, mesh, chosen) => abandonSentence(stacks, mesh, optionsFor(mesh, chosen)) },
        );
    });

program
    .command("outputs")
    .description("show each cluster's gateway, exports and imports; nothing secret")
    .option("--json", "print the outputs as JSON", false)
    .action(async ({ json }, typed) => {
        const { outputsText } = await import("./commands/outputs.ts");
        const { readOutputs } = await import("./engine/readOutputs.ts");
        const command = typedCommand(typed);
        const mesh = loadMesh(folder, command);
        const rows = await Promise.all(
            mesh.clusters.map(async (stack) => ({
                stack,
                outputs: await readOutputs(folder, mesh, stack, command),
            })),
        );
        await print(json ? JSON.stringify(rows, null, 2) : outputsText(rows));
    });

program
    .command("verify")
    .description("call every import from its importing cluster, and name the cause of what fails")
    .argument("[host]", "the one host to call, such as httpbin.bar.global; all by default")
    .option(
        "--from <pod>",
        "call from NAMESPACE/DEPLOYMENT[/CONTAINER] instead of the pod that the stack names",
    )
    .option(
        "--probe <place>",
        "call from a pod that is started in NAMESPACE[/SERVICEACCOUNT] of each calling cluster, and deleted afterwards",
    )
    .option(
        "--probe-image <image>",
        "its image, which has a shell, curl and nslookup",
        "curlimages/curl:8.16.0",
    )
    .option("--path <path>", "path of the HTTP requests", "/")
    .option("--timeout <seconds>", "how long to go on trying", "30")
    .option("--json", "print the results as JSON", false)
    .action(async (host, { from, probe: place, probeImage, path: requestPath, timeout, json }, typed) => {
        const { parseProbePlace } = await import("./verify/probeJob.ts");
        const { parseProbe } = await import("./verify/targets.ts");
        const { verifyExitCode, verifyText } = await import("./verify/report.ts");
        const { verifyMesh } = await import("./verify/verify.ts");
        const { readOutputs } = await import("./engine/readOutputs.ts");
        const { readLastUp } = await import("./engine/lastRun.ts");
        if (!/^\d+$/.test(timeout))
            throw new Problem(`--timeout takes a whole number of seconds, not "${timeout}".`);
        if (from !== undefined && place !== undefined)
            throw new Problem(
                "--from names a pod that is there and --probe one that is started: name one of them.",
            );
        const probe = from === undefined ? undefined : parseProbe(from);
        const probePlace = place === undefined ? undefined : parseProbePlace(place, probeImage);
        const command = typedCommand(typed);
        const mesh = loadMesh(folder, command);
        const outputs = await Promise.all(
            mesh.clusters.map(
                async (stack) => [stack, await readOutputs(folder, mesh, stack, command)] as const,
            ),
        );
        const reports = await verifyMesh(folder, new Map(outputs), {
            command,
            project: mesh.project,
            host,
            lastUpOf: (stack) => readLastUp(folder, stack),
            ...{ probe, probePlace },
            path: requestPath.startsWith("/") ? requestPath : `/${requestPath}`,
            timeoutMs: Number(timeout) * 1000,
            pauseMs: 1000,
        });
        await print(json ? JSON.stringify(reports, null, 2) : verifyText(reports));
        process.exitCode = verifyExitCode(reports);
    });

program
    .command("init")
    .description(
        "write stack files for a mesh of your own clusters, with the tutorial's two sample applications",
    )
    .requiredOption(
        "--contexts <names>",
        "kubeconfig contexts of the clusters, separated by spaces or commas",
        names,
    )
    .option("--kubeconfig <path>", "kubeconfig file that has them; by default KUBECONFIG or ~/.kube/config")
    .action(async ({ contexts, kubeconfig }, typed) => {
        const { environmentFiles, findClusters, writeFiles } = await import("./commands/init.ts");
        const command = typedCommand(typed);
        const files = environmentFiles(root, folder, findClusters(folder, contexts, kubeconfig));
        const written = writeFiles(folder, files);
        console.log(
            written.length > 0
                ? `Written: ${written.join(", ")}`
                : "Nothing to write: the files are there already.",
        );
        console.log(`Next: ${fileHints.bringUp(command).text}`);
    });

program
    .command("export")
    .description(
        "write the lines that export a Service, from the live one: into a file, and nothing into a cluster",
    )
    .argument("<service>", "name of the Service")
    .requiredOption("-n, --namespace <name>", "its namespace")
    .option("--cluster <stack>", "its cluster; by default the only one that has it")
    .option(
        "--team <name>",
        "team into whose file it goes; by default the one that its namespace is granted to",
    )
    .option("--ports <names>", "only these of its ports, by name or number", names)
    .option("--json", "print the change as JSON, and ask nothing", false)
    .option("-y, --yes", "write the change without a question", false)
    .action(async (service, { json, yes, ...request }, typed) => {
        const { exportReport, exportText, finishEdit } = await import("./commands/edit.ts");
        const { meshExport } = await import("./commands/export.ts");
        const command = typedCommand(typed);
        const planned = await meshExport(folder, command, { service, ...request });
        const shown = { text: exportText(planned), json: exportReport(planned) };
        await finishEdit(folder, command, planned.edit, shown, { json, yes });
    });

program
    .command("import")
    .description(
        "write the lines that import a service which another cluster's file exports: into a file alone",
    )
    .argument("<host>", "mesh-wide host of the service, such as httpbin.bar.global")
    .option("--cluster <stack>", "the importing cluster; by default the only one that has it not")
    .option(
        "--from <names>",
        "the exporting clusters, where there are several: the preferred one first",
        names,
    )
    .option("--team <name>", "team into whose file it goes; by default it goes into the stack's")
    .option("--json", "print the change as JSON, and ask nothing", false)
    .option("-y, --yes", "write the change without a question", false)
    .action(async (host, { json, yes, ...request }, typed) => {
        const { finishEdit, importReport, importText } = await import("./commands/edit.ts");
        const { meshImport } = await import("./commands/import.ts");
        const command = typedCommand(typed);
        const planned = await meshImport(folder, command, { host, ...request });
        const shown = { text: importText(planned), json: importReport(planned) };
        await finishEdit(folder, command, planned.edit, shown, { json, yes });
    });

/** The folder that a command works in. */
function folderOf(command: CommandLine): string {
    if (command.name === "init") return newFolder(root, command);
    return command.name === "envs" ? root : chosenFolder(root, command);
}

program
    .command("envs")
    .description("list the environments, by their files alone")
    .option("--json", "print them as JSON", false)
    .action(async ({ json }) => {
        const { environmentRows, environmentsText } = await import("./commands/envs.ts");
        const rows = environmentRows(root);
        await print(json ? JSON.stringify(rows, null, 2) : environmentsText(rows));
    });

/** What every program of a command plans from: the settings of the stacks that it runs. */
function declarationsOf(
    command: RunDeclarations["command"],
    { project, ca }: Mesh,
    clusters: readonly string[],
): RunDeclarations {
    return {
        command,
        stacks: declaredSettings(folder, project, [ca, ...clusters]),
        teams: readTeamTexts(folder),
    };
}

interface Ending {
    readonly text: string;
    readonly code: number;
}

/**
 * Opens the stacks and a board to show them on, runs the work, prints its text and sets the exit code.
 *
 * @param quiet show no progress, because the text is for a program to read
 * @param announce says what is about to be done, before anything is
 */
async function withStacks(
    command: CommandLine,
    wanted: readonly string[] | undefined,
    work: (stacks: Stacks, mesh: Mesh, clusters: readonly string[], board: Board) => Promise<Ending>,
    {
        quiet = false,
        announce,
    }: {
        readonly quiet?: boolean;
        readonly announce?: (stacks: Stacks, mesh: Mesh, clusters: readonly string[]) => string | undefined;
    } = {},
): Promise<void> {
    const mesh = loadMesh(folder, command);
    const clusters = chooseClusters(mesh, wanted);
    // Asked for before the slow import below, so that the two overlap.
    const listing = listStacks(folder);
    listing.catch(() => undefined);
    const { Stacks } = await import("./engine/stacks.ts");
    const stacks = await Stacks.open(folder, mesh, command, interrupt, listing);
    const announcement = announce?.(stacks, mesh, clusters);
    if (announcement !== undefined) await print(announcement);
    if (!quiet) board = openBoard([mesh.ca, ...clusters]);
    let ending: Ending;
    try {
        ending = await work(stacks, mesh, clusters, board ?? silentBoard);
    } finally {
        stacks.close();
        await board?.close();
    }
    await print(quiet ? ending.text : `\n${ending.text}`);
    process.exitCode = ending.code === exitCode.interrupted ? interrupt.code : ending.code;
}

function names(list: string): string[] {
    return list
        .split(/[\s,]+/)
        .map((name) => name.trim())
        .filter((name) => name !== "");
}

program.parseAsync().catch((thrown: unknown) => {
    if (interrupt.isRequested) {
        console.error("Stopped before the end.");
        process.exitCode = interrupt.code;
        return;
    }
    const error = asProblem(thrown, current);
    console.error(`${errorColours.red("Error:")} ${error.message}`);
    if (error.nextStep !== undefined) console.error(`${errorColours.bold("Next:")} ${error.nextStep.text}`);
    process.exitCode = exitCode.failed;
});
