import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { backendVariableName } from "../../files/environments";
import { type Environment, secretsProviderOf } from "../../lib/mesh/environments";
import type { Mesh } from "../plan";
import { stackFileName, withoutUnusedSalt } from "../stackFiles";
import { backendUrl, isService } from "./backendFiles";
import type { ExportedState } from "./holdings";

/** A backend for previews of stacks that the real one does not know, so that nothing has to be written there. */
export interface ThrowawayBackend {
    /** Variables for the runs that use it. */
    readonly env: Readonly<Record<string, string>>;
    /** The file that takes the place of a stack's own, in which Pulumi writes by which key it encrypts. */
    readonly configFile: (stack: string) => string;
}

/** A state without anything in it. */
const nothing = {
    version: 3,
    deployment: { manifest: { time: "0001-01-01T00:00:00Z", magic: "", version: "" } },
};

/**
 * Makes such a backend: a folder with a copy of the state of each stack of the mesh, its secrets encrypted as they are, and an empty
 * state for each stack that is not there yet.
 *
 * @param into the command's own folder, with which it goes
 * @param folder the environment's
 * @param states the states of the stacks that are there
 */
export function throwawayBackend(
    into: string,
    folder: string,
    { project, ca, clusters }: Mesh,
    environment: Environment,
    states: ReadonlyMap<string, ExportedState>,
): ThrowawayBackend {
    const root = path.join(into, "backend");
    const stateFolder = path.join(root, ".pulumi", "stacks", project);
    fs.mkdirSync(stateFolder, { recursive: true });
    fs.writeFileSync(path.join(root, ".pulumi", "meta.yaml"), "version: 1\n");
    const configFile = (stack: string) => path.join(into, stackFileName(stack));
    for (const stack of [ca, ...clusters]) {
        const { version = 3, deployment } = states.get(stack) ?? nothing;
        const checkpoint = { stack: `organization/${project}/${stack}`, latest: deployment };
        fs.writeFileSync(path.join(stateFolder, `${stack}.json`), JSON.stringify({ version, checkpoint }));
        if (states.has(stack)) continue;
        const text = fs.readFileSync(path.join(folder, stackFileName(stack)), "utf8");
        fs.writeFileSync(configFile(stack), withProvider(text, secretsProviderOf(environment, stack, ca)));
    }
    return {
        env: { PULUMI_BACKEND_URL: `file://${root}`, ...realBackend(), ...passphrase(folder) },
        configFile,
    };
}

/** A stack's file as it is when `mesh up` has made the stack: with the environment's key service, or a salt that Pulumi makes. */
function withProvider(text: string, provider: string | undefined): string {
    const unsalted = withoutUnusedSalt(text) ?? text;
    const isService = provider !== undefined && provider !== "passphrase" && !/^secretsprovider:/m.test(text);
    return isService ? `secretsprovider: ${JSON.stringify(provider)}\n${unsalted}` : unsalted;
}

/** What the program takes for the backend in use, in what it says and compares. */
function realBackend(): Readonly<Record<string, string>> {
    return { [backendVariableName]: process.env["PULUMI_BACKEND_URL"] ?? "" };
}

/** Pulumi Cloud encrypts by itself; a folder wants a passphrase, which is nobody's and is forgotten with it. */
function passphrase(folder: string): Readonly<Record<string, string>> {
    const isCloud = isService(backendUrl(folder, process.env));
    const isGiven = ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"].some(
        (name) => process.env[name] !== undefined,
    );
    return isCloud && !isGiven ? { PULUMI_CONFIG_PASSPHRASE: randomBytes(32).toString("hex") } : {};
}
