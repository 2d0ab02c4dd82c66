import { Command } from "@commander-js/extra-typings";
import { errorColours } from "./print/colours";
import { warn } from "./print/output";
import { exitCode } from "./problem";
import { Session } from "./session";
import { addFileCommands } from "./syntax/fileCommands";
import { addLookCommands } from "./syntax/lookCommands";
import { addStackCommands } from "./syntax/stackCommands";
import { addWritingCommands } from "./syntax/writingCommands";
import { asProblem } from "./systemProblem";
import { refuseEmptyOptions, typedCommand } from "./typed";

const session = new Session();
session.interrupt.listen();

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
        await session.begin(typedCommand(command));
    });

addStackCommands(program, session);
addLookCommands(program, session);
addFileCommands(program, session);
addWritingCommands(program, session);

program.parseAsync().catch((thrown: unknown) => {
    const { interrupt, current } = session;
    if (interrupt.isRequested) {
        console.error("Stopped before the end.");
        process.exitCode = interrupt.code;
        return;
    }
    const error = asProblem(thrown, current);
    warn(`${errorColours.red("Error:")} ${error.message}`);
    if (error.nextStep !== undefined) warn(`${errorColours.bold("Next:")} ${error.nextStep.text}`);
    process.exitCode = exitCode.failed;
});
