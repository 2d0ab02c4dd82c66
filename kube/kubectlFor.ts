import { spawn } from "node:child_process";
import { KubeconfigError } from "./access";
import { kubectlOptions } from "./kubectlOptions";

/**
 * Runs kubectl on the cluster of a stack, for a command that stands in a state and so must not say where the kubeconfig is.
 *
 * Arguments: stack, context, those of kubectl.
 */
function run([stack = "", context = "", ...args]: readonly string[]): void {
    try {
        const { args: options, inherited } = kubectlOptions({ stack, context });
        const child = spawn("kubectl", [...options, ...args], {
            stdio: ["inherit", "inherit", "inherit", inherited],
        });
        child.once("error", ({ message }) => {
            console.error(message);
            process.exitCode = 1;
        });
        child.once("close", (code) => {
            process.exitCode = code ?? 1;
        });
    } catch (error) {
        if (!(error instanceof KubeconfigError)) throw error;
        console.error(error.message);
        process.exitCode = 1;
    }
}

run(process.argv.slice(2));
