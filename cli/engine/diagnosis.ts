import type { Message } from "./events";

/** Why a run failed, in words for the user. */
export interface Failure {
    /** What Pulumi said, without noise. */
    readonly messages: readonly string[];
    /** What to do next. */
    readonly nextStep: string;
}

interface Hint {
    readonly pattern: RegExp;
    /** Replaces Pulumi's own words where those are too long or wrong in this place. */
    readonly sentence?: string;
    readonly nextStep: (stack: string, command: string) => string;
}

const labEnvironment = 'eval "$(npm run -s lab -- env)"';

const hints: readonly Hint[] = [
    {
        pattern: /passphrase must be set/,
        sentence: "Pulumi needs the passphrase that encrypts the stacks' secrets, and none is set.",
        nextStep: () =>
            `Set PULUMI_CONFIG_PASSPHRASE_FILE or PULUMI_CONFIG_PASSPHRASE; for the lab: ${labEnvironment}`,
    },
    {
        pattern: /incorrect passphrase/,
        sentence: "The passphrase is not the one that this stack's secrets were encrypted with.",
        nextStep: (stack) =>
            `Set the passphrase that the stack was made with. If that stack is gone for good, remove the line ` +
            `"encryptionsalt" from Pulumi.${stack}.yaml; a new stack then takes the present passphrase.`,
    },
    {
        pattern: /\bEOF$/m,
        sentence: "A file of the backend is empty: a killed run was about to write it.",
        nextStep: () =>
            `Run this again. If that says the same, delete each empty file below .pulumi/stacks of the backend whose ` +
            `name ends with ".attrs": it holds a check sum and no state.`,
    },
    {
        pattern: /PULUMI_ACCESS_TOKEN must be set/,
        sentence: "Pulumi is not logged in to a backend, where it would keep the stacks' state.",
        nextStep: () => `Run "pulumi login", or set PULUMI_BACKEND_URL; for the lab: ${labEnvironment}`,
    },
    {
        pattern: /cannot be deleted\s+because it is protected|resource.*is protected/i,
        nextStep: (stack) =>
            `The stack protects a resource from being deleted. If it really is to go: ` +
            `pulumi state unprotect --all --stack ${stack}, then run this again.`,
    },
    {
        // The program's own words before the first write; each problem there says what to do about it.
        pattern:
            /^(The configuration of stack ".*" \(.*\) has \d+ problems?:|Stack ".*" can't work as it is:)$/m,
        nextStep: (_, command) =>
            `Nothing was written. Correct this, then run "npm run mesh -- ${command}" again.`,
    },
    {
        pattern: /cluster is unreachable|connection refused|no route to host|i\/o timeout|no such host/i,
        nextStep: (stack) =>
            `See whether the cluster of Pulumi.${stack}.yaml runs and its kubeconfig is right (for the lab: ` +
            `npm run lab -- status), then run this again. If the cluster is gone for good: ` +
            `npm run mesh -- destroy --abandon ${stack}`,
    },
    {
        pattern: /timed out waiting to be Deleted|timed out waiting for the condition/i,
        nextStep: () =>
            `Its deletion has begun and waits for something: a finalizer, a pod on a node that is gone, or a service of the ` +
            `API server that does not answer. The object's status says what: kubectl get namespaces, then kubectl get ` +
            `namespace NAME -o yaml. Mend that, then run "npm run mesh -- destroy" again: it goes on from here.`,
    },
    {
        pattern:
            /no resource plugin|failed to load plugin|could not (?:find|load) plugin|no language plugin/i,
        nextStep: () => `Install the plugins: pulumi install; for the lab: npm run lab -- up`,
    },
];

/** What the engine adds to every failed run. It says nothing. */
const noise = /^(update|preview|destroy|refresh) (failed|canceled)$/;

/**
 * Puts a failed run into words: the engine's own diagnostics, or what the CLI printed when it never got to the engine.
 *
 * @param errors the engine's error diagnostics
 * @param stderr everything that the CLI wrote to standard error
 * @param command how to run the failed step again, such as `up`
 */
export function explain(stack: string, command: string, errors: readonly Message[], stderr: string): Failure {
    const fromEngine = errors
        .filter(({ text }) => text !== "" && !noise.test(text))
        .map(({ resource, text }) => (isRoot(resource, stack) ? text : `${resource}: ${text}`));
    const messages = fromEngine.length > 0 ? [...new Set(fromEngine)] : [cliMessage(stderr)];
    const all = messages.join("\n");
    const hint = hints.find(({ pattern }) => pattern.test(all));
    return {
        messages: hint?.sentence === undefined ? messages : [hint.sentence],
        nextStep:
            hint?.nextStep(stack, command) ??
            `Mend what it says, then run "npm run mesh -- ${command}" again: it goes on from where this run stopped.`,
    };
}

function isRoot(resource: string, stack: string): boolean {
    return resource === "" || resource.endsWith(`-${stack}`);
}

/** The CLI's error text from its first `error:` on. */
function cliMessage(stderr: string): string {
    const start = stderr.search(/^error: /m);
    const text = start < 0 ? stderr : stderr.slice(start + "error: ".length);
    return text.trim() === "" ? "Pulumi ended without saying why." : text.trim();
}
