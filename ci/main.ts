/**
 * What the jobs of a workflow do around `mesh`, for each pull request and each merge: `ci/run COMMAND`. Everything is told by
 * variables, so that a workflow holds no logic of its own; docs/pull-requests.md lists them.
 */
import { Command } from "@commander-js/extra-typings";
import { drift, look } from "./commands/drift";
import { destroy, leaving } from "./commands/destroy";
import { upkeep } from "./commands/upkeep";
import { check, requireApproval, up } from "./commands/up";
import { comment, preview, take } from "./commands/pull";
import { Problem } from "../cli/problem";
import { exitCode, Refusal } from "./problem";

const program = new Command("ci/run").helpCommand(false).showHelpAfterError();

program
    .command("take")
    .description("put what a pull request changes of exports and imports into the checked out default branch")
    .action(take);
program.command("preview").description("preview the mesh for the steps that follow").action(preview);
program
    .command("comment")
    .description("write the pull request's one comment: what was foreseen, or why nothing was")
    .action(comment);
program.command("check").description("compare what would be done now with what was reviewed").action(check);
program
    .command("approval")
    .description("refuse to go on where nobody has to approve what the environment of that name does")
    .argument("<environment>")
    .action(requireApproval);
program.command("up").description("apply the mesh").action(up);
program.command("look").description("preview the mesh as it is known, and as it is").action(look);
program
    .command("drift")
    .description("keep one issue that says how the mesh differs from its files")
    .action(drift);
program
    .command("upkeep")
    .description("apply what is due by the clock, nodes and balancers, where nothing else would be done")
    .action(upkeep);
program.command("leaving").description("say what a destroy would take away").action(leaving);
program.command("destroy").description("take the mesh away").action(destroy);

program.parseAsync().catch((error: unknown) => {
    if (!(error instanceof Problem)) throw error;
    console.error(error.message);
    process.exitCode = error instanceof Refusal ? error.code : exitCode.failed;
});
