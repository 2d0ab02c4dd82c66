import { print } from "../print/output";
import type { Program, Session } from "../session";

/** The commands that read files and git alone. */
export function addFileCommands(program: Program, session: Session): void {
    addDiff(program, session);
    addLog(program, session);
    addOwners(program, session);
    addEnvs(program, session);
}

function addDiff(program: Program, session: Session): void {
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
            const { diffExitCode, meshDiff } = await import("../commands/diff.ts");
            const { diffMarkdown, diffText } = await import("../print/meshChanges.ts");
            const report = await meshDiff(session.folder, revision);
            const text = json
                ? JSON.stringify(report, null, 2)
                : markdown
                  ? diffMarkdown(report)
                  : diffText(report);
            await print(text);
            process.exitCode = diffExitCode(report);
        });
}

function addLog(program: Program, session: Session): void {
    program
        .command("log")
        .description("list the commits that changed who may call a service, from where and how")
        .argument("<host>", "mesh-wide host of the service, such as httpbin.bar.global")
        .option("--json", "print them as JSON", false)
        .action(async (host, { json }) => {
            const { logText, meshLog } = await import("../commands/log.ts");
            const log = await meshLog(session.folder, host);
            await print(json ? JSON.stringify(log, null, 2) : logText(host, log));
        });
}

function addOwners(program: Program, session: Session): void {
    program
        .command("owners")
        .description("say who exports a service and who imports it, with their teams: from the files alone")
        .argument("<host>", "mesh-wide host of the service, such as httpbin.bar.global")
        .option("--json", "print them as JSON", false)
        .action(async (host, { json }) => {
            const { meshOwners, ownersText } = await import("../commands/owners.ts");
            const report = await meshOwners(session.folder, host);
            await print(json ? JSON.stringify(report, null, 2) : ownersText(report));
        });
}

function addEnvs(program: Program, session: Session): void {
    program
        .command("envs")
        .description("list the environments, by their files alone")
        .option("--json", "print them as JSON", false)
        .action(async ({ json }) => {
            const { environmentRows, environmentsText } = await import("../commands/envs.ts");
            const rows = environmentRows(session.root);
            await print(json ? JSON.stringify(rows, null, 2) : environmentsText(rows));
        });
}
