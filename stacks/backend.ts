import { execFile } from "node:child_process";
import { backendVariable } from "../files/environments";
import { plainBackend } from "../lib/cluster/otherStateProblem";

const answerMs = 10_000;

/**
 * Where the state is that is worked on, as Pulumi says it, without credentials. This starts Pulumi's CLI where no variable
 * says it, so it is for messages of runs that end there.
 */
export async function backendInUse(): Promise<string> {
    const url = backendVariable();
    return url === "" ? await backendOfCli() : plainBackend(url);
}

function backendOfCli(): Promise<string> {
    const unknown = 'the one that "pulumi whoami -v" names';
    return new Promise((resolve) => {
        execFile(
            "pulumi",
            ["whoami", "--json", "--non-interactive"],
            { timeout: answerMs, env: { ...process.env, PULUMI_BACKEND_URL: "" } },
            (error, stdout) => {
                const [, url] = /"url": *"([^"]+)"/.exec(error ? "" : stdout) ?? [];
                resolve(url === undefined ? unknown : plainBackend(url));
            },
        );
    });
}
