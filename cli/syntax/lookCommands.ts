import { Problem } from "../problem";
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
        .action(async (host, { from, probe: place, probeImage, path: requestPath, timeout, json }, typed) => {
            const { parseProbePlace } = await import("../verify/probeJob.ts");
            const { parseProbe } = await import("../verify/targets.ts");
            const { verifyExitCode, verifyText } = await import("../verify/report.ts");
            const { verifyMesh } = await import("../verify/verify.ts");
            const { readAllOutputs } = await import("../engine/readOutputs.ts");
            const { readLastUp } = await import("../engine/lastRun.ts");
            if (!/^\d+$/.test(timeout))
                throw new Problem(`--timeout takes a whole number of seconds, not "${timeout}".`);
            if (from !== undefined && place !== undefined)
                throw new Problem(
                    "--from names a pod that is there and --probe one that is started: name one of them.",
                );
            const probe = from === undefined ? undefined : parseProbe(from);
            const start =
                place === undefined
                    ? undefined
                    : { place: parseProbePlace(place, probeImage), interrupt: session.interrupt };
            const command = typedCommand(typed);
            const mesh = loadMesh(session.folder, command);
            const clusters = await readAllOutputs(session.folder, mesh, command);
            const reports = await verifyMesh(session.folder, clusters, {
                command,
                project: mesh.project,
                host,
                lastUpOf: (stack) => readLastUp(session.folder, stack),
                ...{ probe, start },
                path: requestPath.startsWith("/") ? requestPath : `/${requestPath}`,
                timeoutMs: Number(timeout) * 1000,
                pauseMs: 1000,
            });
            await print(json ? JSON.stringify(reports, null, 2) : verifyText(reports));
            process.exitCode = verifyExitCode(reports);
        });
}
