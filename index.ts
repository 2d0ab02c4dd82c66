import * as pulumi from "@pulumi/pulumi";
import { certificateStack } from "./stacks/certificates";
import { clusterStack } from "./stacks/cluster";
import { concealed, concealment } from "./components/concealment";
import { endWithEngine } from "./components/engineWatch";
import { HandoverClient } from "./handover/client";
import { loadConfig } from "./config";

endWithEngine();

/** The program of every stack; the stack's configuration decides which of the two kinds it is. */
module.exports = async (): Promise<pulumi.Inputs> => {
    try {
        const handover = await HandoverClient.find();
        const config = loadConfig(handover?.run);
        const { secrets } = config;
        // On every component rather than on the stack: older hosts of Node.js know no transforms of a whole stack.
        const transforms = secrets.length > 0 ? [concealment(secrets)] : [];
        const outputs =
            config.kind === "ca"
                ? await certificateStack(config.name, config.settings, handover, transforms)
                : await clusterStack(config, handover, transforms);
        return concealed(outputs, secrets) as pulumi.Inputs;
    } catch (error) {
        throw withoutPulumiFrames(error);
    }
};

/**
 * Takes the frames of Pulumi's SDK out of an error's stack. Pulumi formats the stack even of errors that it shows without
 * one, and Node's formatter goes round in circles, for half a minute, over a path such as node_modules/@pulumi/resource.ts.
 */
function withoutPulumiFrames(error: unknown): unknown {
    if (error instanceof Error) {
        const lines = error.stack?.split("\n").filter((line) => !line.includes("node_modules/@pulumi/"));
        error.stack = lines?.join("\n");
    }
    return error;
}
