import { fileHints } from "../hints/fileHints";
import { print } from "../print/output";
import { names } from "../typed";
import { typedCommand } from "../typed";
import type { Program, Session } from "../session";

/** The commands that write lines into files, and nothing else. */
export function addWritingCommands(program: Program, session: Session): void {
    addInit(program, session);
    addExport(program, session);
    addImport(program, session);
}

function addInit(program: Program, session: Session): void {
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
        .option(
            "--kubeconfig <path>",
            "kubeconfig file that has them; by default KUBECONFIG or ~/.kube/config",
        )
        .action(async ({ contexts, kubeconfig }, typed) => {
            const { environmentFiles, findClusters, writeFiles } = await import("../commands/init.ts");
            const command = typedCommand(typed);
            const files = environmentFiles(
                session.root,
                session.folder,
                findClusters(session.folder, contexts, kubeconfig),
            );
            const written = writeFiles(session.folder, files);
            const done =
                written.length > 0
                    ? `Written: ${written.join(", ")}`
                    : "Nothing to write: the files are there already.";
            await print(`${done}\nNext: ${fileHints.bringUp(command).text}`);
        });
}

function addExport(program: Program, session: Session): void {
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
            const { exportReport, exportText, finishEdit } = await import("../commands/edit.ts");
            const { meshExport } = await import("../commands/export.ts");
            const command = typedCommand(typed);
            const planned = await meshExport(session.folder, command, { service, ...request });
            const shown = { text: exportText(planned), json: exportReport(planned) };
            await finishEdit(session.folder, command, planned.edit, shown, { json, yes });
        });
}

function addImport(program: Program, session: Session): void {
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
            const { finishEdit, importReport, importText } = await import("../commands/edit.ts");
            const { meshImport } = await import("../commands/import.ts");
            const command = typedCommand(typed);
            const planned = await meshImport(session.folder, command, { host, ...request });
            const shown = { text: importText(planned), json: importReport(planned) };
            await finishEdit(session.folder, command, planned.edit, shown, { json, yes });
        });
}
