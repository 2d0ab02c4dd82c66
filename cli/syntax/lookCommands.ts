import { print } from "../print/output";
import { curlImage } from "../../lib/config/sampleApps";
import { loadMesh } from "../stackFiles";
import { typedCommand } from "../typed";
import type { Program, Session } from "../session";

/** The commands that look at a mesh which is up, and change nothing of it. */
export function addLookCommands(program: Program, session: Session): void {
    addOutputs(program, session);
    addVerify(program, session);
}

function addOutputs(program: Program, session: Session): void {
    program
        .command("outputs")
        .description("show each cluster's gateway, exports and imports; nothing secret")
        .option("--json", "print the outputs as JSON", false)
        .action(async ({ json }, typed) => {
            const { outputsText } = await import("../commands/outputs.ts");
            const { readAllOutputs } = await import("../engine/readOutputs.ts");
            const command = typedCommand(typed);
            const mesh = loadMesh(session.folder, command);
            const clusters = await readAllOutputs(session.folder, mesh, command);
            const rows = [...clusters].map(([stack, outputs]) => ({ stack, outputs }));
            await print(json ? JSON.stringify(rows, null, 2) : outputsText(rows));
        });
}

function addVerify(program: Program, session: Session): void {
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
        .option("--probe-image <image>", "its image, which has a shell, curl and nslookup", curlImage)
        .option("--path <path>", "path of the HTTP requests", "/")
        .option("--timeout <seconds>", "how long to go on trying", "30")
        .option("--json", "print the results as JSON", false)
        .option(
            "--bundle <file>",
            "write what was found, with the state of the proxies and the DNS on the way, into a new file for a ticket",
        )
        .action(async (host, words, typed) => {
            const { verify } = await import("../commands/verify.ts");
            await verify(session, host, words, typedCommand(typed));
        });
}
