import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { build } from "./build/build";
import { labDown } from "./down";
import { labEnv } from "./env";
import { LabError } from "./exec";
import { labStatus } from "./status";
import { checkMachine, labUp } from "./up";

const program = new Command("lab").description(
    "Real Kubernetes clusters on this machine, without Docker: for a first look, for development and for tests.",
);

program
    .command("up")
    .description("Build what is missing, and start the clusters. Does nothing to clusters that run already.")
    .option("--clusters <N>", "number of clusters", clusterCount, 2)
    .action(async ({ clusters }) => {
        // A machine that can't run the clusters should say so now, not after a quarter of an hour of building.
        await checkMachine({ clusters });
        await build();
        await labUp({ clusters });
    });

program.command("down").description("Stop the clusters and remove everything they left.").action(labDown);

program
    .command("status")
    .description("Show the clusters and what they are made of.")
    .option("--json", "machine-readable", false)
    .action(({ json }) => labStatus({ json }));

program
    .command("build")
    .description(
        "Build the tools and images into the user's cache folder; needed once, shared by all checkouts.",
    )
    .option("--only <names...>", "only these: pulumi (with its plugins), charts, helm, fortio, kubectl ...")
    .action(({ only }) => build({ only }));

program
    .command("env")
    .description(
        'Print shell lines for eval "$(npm run -s lab -- env)": PATH, and Pulumi on a local backend.',
    )
    .action(() => {
        process.stdout.write(labEnv());
    });

function clusterCount(text: string): number {
    const count = Number(text);
    if (!Number.isInteger(count) || count < 1 || count > 9) {
        throw new InvalidArgumentError("It has to be a whole number from 1 to 9.");
    }
    return count;
}

program.parseAsync().catch((error: unknown) => {
    console.error(error instanceof LabError ? error.message : error);
    process.exitCode = 1;
});
