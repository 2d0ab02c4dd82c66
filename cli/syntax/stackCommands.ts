import type { UpReport } from "../commands/up";
import { chooseClusters, type Mesh } from "../plan";
import { names } from "../typed";
import { loadMesh } from "../stackFiles";
import { typedCommand } from "../typed";
import type { Program, Session } from "../session";

/** The commands that run Pulumi on the stacks of a mesh. */
export function addStackCommands(program: Program, session: Session): void {
    addUp(program, session);
    addPreview(program, session);
    addDestroy(program, session);
}

function addUp(program: Program, session: Session): void {
    program
        .command("up")
        .description("make or update every stack, until no import waits for anything that is there")
        .option("--clusters <names>", "only these clusters, separated by commas", names)
        .option("--refresh", "read the real state of every resource first, and so mend drift", false)
        .option("--json", "print what was changed as JSON", false)
        .option("-y, --yes", "accepted for the sake of habit: mesh up never asks", true)
        .action(async ({ clusters, refresh, json }, typed) => {
            const { meshUp, upExitCode, upText } = await import("../commands/up.ts");
            const { refusedByPolicies } = await import("../commands/policies.ts");
            const command = typedCommand(typed);
            await session.withStacks(
                command,
                clusters,
                async (stacks, mesh, chosen, board) => {
                    const options = { clusters: chosen, refresh };
                    const textOf = (reports: readonly UpReport[]) =>
                        json ? JSON.stringify(reports, null, 2) : upText(reports, command);
                    if (stacks.areJudged([mesh.ca, ...chosen])) {
                        await stacks.planTogether(session.declarationsOf("preview", mesh, chosen));
                        const refusal = await refusedByPolicies(stacks, mesh, board, options);
                        if (refusal !== undefined)
                            return { text: textOf(refusal.reports), code: refusal.code };
                    }
                    await stacks.planTogether(session.declarationsOf("up", mesh, chosen));
                    const reports = await meshUp(stacks, mesh, board, options);
                    return { text: textOf(reports), code: upExitCode(reports) };
                },
                { quiet: json },
            );
        });
}

function addPreview(program: Program, session: Session): void {
    program
        .command("preview")
        .description("show what mesh up would change")
        .option("--clusters <names>", "only these clusters, separated by commas", names)
        .option("--refresh", "read the real state of every resource first, and so show drift", false)
        .option("--expect-no-changes", "exit with 1 when anything would change", false)
        .option("--json", "print the changes as JSON", false)
        .option("--markdown", "print one comment for a pull request, without a value in it", false)
        .action(async ({ clusters, refresh, expectNoChanges, json, markdown }, typed) => {
            const { meshPreview, previewExitCode, previewText } = await import("../commands/preview.ts");
            const { previewMarkdown } = await import("../print/previewMarkdown.ts");
            const { withOwners } = await import("../commands/owners.ts");
            const command = typedCommand(typed);
            await session.withStacks(
                command,
                clusters,
                async (stacks, mesh, chosen, board) => {
                    await stacks.planTogether(session.declarationsOf("preview", mesh, chosen));
                    const found = await meshPreview(stacks, mesh, board, { clusters: chosen, refresh });
                    // The table for a terminal names no owners.
                    const reports = json || markdown ? await withOwners(session.folder, found) : found;
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
}

function addDestroy(program: Program, session: Session): void {
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
                await import("../commands/destroy.ts");
            const command = typedCommand(typed);
            await confirmProtected(session.folder, loadMesh(session.folder, command), command);
            const optionsFor = (mesh: Mesh, chosen: readonly string[]) => ({
                command,
                clusters: clusters && chosen,
                remove,
                abandoned: chooseClusters(mesh, abandon),
            });
            await session.withStacks(
                command,
                clusters,
                async (stacks, mesh, chosen, board) => {
                    const reports = await meshDestroy(stacks, mesh, board, optionsFor(mesh, chosen));
                    return { text: destroyText(reports, command), code: destroyExitCode(reports) };
                },
                {
                    announce: (stacks, mesh, chosen) =>
                        abandonSentence(stacks, mesh, optionsFor(mesh, chosen)),
                },
            );
        });
}
