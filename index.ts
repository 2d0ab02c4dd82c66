import * as pulumi from "@pulumi/pulumi";
import { certificateStack } from "./stacks/certificates";
import { clusterStack } from "./stacks/cluster";
import { loadConfig } from "./config";

/** The program of every stack; the stack's configuration decides which of the two kinds it is. */
module.exports = async (): Promise<pulumi.Inputs> => {
    const config = loadConfig();
    return config.kind === "ca"
        ? certificateStack(config.settings)
        : await clusterStack(config.name, config.settings);
};
