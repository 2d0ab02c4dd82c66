/**
 * Prints what the user of a kubeconfig's context signs in with, as Kubernetes' clients ask a command for it
 * (client.authentication.k8s.io/v1). Pulumi's Kubernetes provider starts it (providerKubeconfig.ts), by the path of this file,
 * which is in every stack's state.
 *
 * Arguments: `--stack`, the stack whose settings say where the kubeconfig is, and a context; or, as in states of earlier
 * versions, path of the kubeconfig and context.
 */
import { createRequire } from "node:module";
import process from "node:process";

const require = createRequire(import.meta.url);
require("../load.js");
const { printCredential } = require("./credential.ts");

const args = process.argv.slice(2);
printCredential(
    args[0] === "--stack"
        ? { stack: args[1], context: args[2] }
        : { kubeconfig: args[0] ?? "", context: args[1] ?? "" },
);
