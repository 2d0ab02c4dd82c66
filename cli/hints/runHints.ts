import { type CommandLine, kubectlCommand, labCommand, labEnvironment, ShownCommand } from "../commandLine";
import { shellWord } from "../../lib/base/shownCommands";
import type { Place, Silence } from "../engine/reach";
import { advise, type Hint } from "./hint";

/** Longest time between a look at a cluster and a hint that gives it up, milliseconds. */
const freshMs = 60_000;

const labStatus = labCommand("status");

/** How to give up a cluster. Nothing but a look that found it silent just now leads here. */
function giveUp(command: CommandLine, { stack, at }: Silence, then: string): Hint {
    if (Date.now() - at > freshMs) return advise``;
    const only = command.other("destroy", { clusters: stack, abandon: stack });
    return advise` If the cluster is gone for good: ${only} forgets its stack and touches no other${then}.`;
}

const unprotect = (command: CommandLine, stacks: readonly string[]): Hint =>
    stacks
        .map((stack) => advise`${command.pulumi("state unprotect --all --yes", stack, "unlocks")}`)
        .reduce((all, each) => advise`${all}; ${each}`);

/** A text of the program in which commands of kubectl stand in brackets, as a hint. */
function withKubectl(text: string): Hint {
    const parts = text.split(/(kubectl (?:(?! shows |\)|, ).)+)/);
    return parts
        .map((part) => {
            if (!part.startsWith("kubectl ")) return advise`${part}`;
            return advise`${new ShownCommand(part, / create /.test(part) ? "writes" : "reads")}`;
        })
        .reduce((all, each) => advise`${all}${each}`);
}

/** What to do about a run of Pulumi, or about its end. */
export const runHints = {
    passphraseMissing: () =>
        advise`Set PULUMI_CONFIG_PASSPHRASE_FILE or PULUMI_CONFIG_PASSPHRASE; for the lab: ${labEnvironment}`,
    passphraseWrong: (stack: string) =>
        advise`Set the passphrase that the stack was made with. If that stack is gone for good, remove the line "encryptionsalt" from Pulumi.${stack}.yaml; a new stack then takes the present passphrase.`,
    notLoggedIn: () =>
        advise`Set backend.url in Pulumi.yaml, run "pulumi login", or set PULUMI_BACKEND_URL; for the lab: ${labEnvironment}`,
    noLoginFor: () =>
        advise`Run "pulumi login", or set PULUMI_ACCESS_TOKEN. If it is to be no service, correct PULUMI_BACKEND_URL or backend.url: file://PATH, s3://BUCKET, azblob://CONTAINER or gs://BUCKET.`,
    missingProgram: () => advise`Install it, or take the lab's: ${labEnvironment}`,
    pulumiWithoutVersion: () => advise`Use a release of Pulumi, or a build that has its version set.`,
    pulumiTooOld: () => advise`Install a newer Pulumi, or take the lab's: ${labEnvironment}`,
    plugins: () =>
        advise`Install the plugins: ${new ShownCommand("pulumi install", "writes")}; for the lab: ${labCommand("up")}`,
    protected: (command: CommandLine, stack: string) =>
        advise`The stack protects a resource from being deleted. If it really is to go: ${unprotect(command, [stack])}, then run ${command.again()} again.`,
    protectedBeforeDestroy: (command: CommandLine, stacks: readonly string[], others: readonly string[]) => {
        const all = advise`If that really is to go: ${unprotect(command, stacks)}, then run ${command.again()} again.`;
        if (others.length === 0) return all;
        return advise`${all} To delete the clusters and keep what is protected: ${command.again({ clusters: others })}`;
    },
    wrongName: (command: CommandLine) => advise`If that is what is to go: ${command.again()}`,
    refusedByProgram: (command: CommandLine) =>
        advise`Nothing was written. Correct this, then run "${command.again()}" again.`,
    refusedByPolicy: (command: CommandLine) =>
        advise`Change what each line names, or have whoever answers for the policies allow it (docs/policy.md), then run "${command.again()}" again.`,
    silent: (command: CommandLine, silence: Silence) =>
        advise`See whether the cluster of Pulumi.${silence.stack}.yaml runs and its kubeconfig is right (for the lab: ${labStatus}), then run "${command.again()}" again.${giveUp(command, silence, command.name === "destroy" ? ", and the same destroy again then goes on with those" : "")}`,
    absent: (command: CommandLine, stack: string) =>
        advise`Correct cluster.kubeconfig and cluster.context in Pulumi.${stack}.yaml, then run "${command.again()}" again. A cluster that is gone together with its kubeconfig: docs/teardown.md says how to give it up.`,
    unclear: (command: CommandLine, { kubeconfig, context }: Place) =>
        advise`The cluster may well be alive: it only can't be looked at from here. Mend that until this works, then run "${command.again()}" again: ${kubectlCommand({ kubeconfig, context }, "get --raw /version")}`,
    answersNow: (command: CommandLine) =>
        advise`The cluster answers now, so it was away only for a while, or something on the way was. Run "${command.again()}" again.`,
    answers: (command: CommandLine) =>
        advise`To delete what is in it: ${command.again({ abandon: undefined })}`,
    notLookedAt: (command: CommandLine) => advise`Run "${command.again()}" again once it can be looked at.`,
    webhook: (command: CommandLine, place: Place | undefined, service: string | undefined, host: string) => {
        const [name = "", namespace = ""] = service?.split(".") ?? [];
        const again = advise`Mend it, or ask whoever it belongs to, then run "${command.again()}" again.`;
        if (service === undefined || place === undefined)
            return advise`It is not of the API server itself: the API server asks ${host} before it takes such an object, and that does not answer. ${again}`;
        return advise`The cluster itself answers; the Service ${name} of namespace ${namespace}, which it asks before it takes such an object, does not. See its pods: ${kubectlCommand(place, `get service,endpoints,pods -n ${shellWord(namespace)}`)}. ${again}`;
    },
    backend: (command: CommandLine, host: string) =>
        advise`${host} is where Pulumi keeps the stacks' state. See that it can be reached from here, then run "${command.again()}" again.`,
    otherAddress: (command: CommandLine, address: string, server: string | undefined) =>
        advise`${address} is ${server === undefined ? "what did not answer" : `not the cluster's API server, which is ${server}`}. See that it runs and can be reached, then run "${command.again()}" again.`,
    closed: (command: CommandLine, address: string) =>
        advise`${address}, or a proxy before it, closed the connection in the middle. Run "${command.again()}" again; if it stays, look at what is between here and there.`,
    cutShort: (command: CommandLine) =>
        advise`What was read ended too early, and the message does not say what that was. Run "${command.again()}" again; if it says the same, see whether the disk of Pulumi's backend and the way to the cluster are in order.`,
    stuckDeletion: (command: CommandLine, place: Place | undefined) => {
        const status =
            place === undefined
                ? advise`The object's status says what.`
                : advise`The object's status says what: ${kubectlCommand(place, "get namespaces")}, then ${kubectlCommand(place, "get namespace NAME -o yaml")}.`;
        return advise`Its deletion has begun and waits for something: a finalizer, a pod on a node that is gone, or a service of the API server that does not answer. ${status} Mend that, then run "${command.again()}" again: it goes on from here.`;
    },
    diskFull: (command: CommandLine, place: string) =>
        advise`Make room on the disk of ${place}, then run "${command.again({ refresh: command.name === "up" ? true : undefined })}".`,
    brokenLock: (command: CommandLine, stack: string) =>
        advise`Nobody holds it: the run that made it could not write it. Remove it, then run "${command.again()}" again: ${command.pulumi("cancel --yes", stack, "unlocks")}`,
    brokenState: (command: CommandLine, file: string, backup: string) =>
        advise`${backup} is the newest whole copy. Put it back: ${new ShownCommand(`cp ${shellWord(backup)} ${shellWord(file)}; rm -f ${shellWord(`${file}.attrs`)}`, "writes")}. It may be older than the cluster: see what differs with ${command.other("preview", { refresh: true })}, and set it right with ${command.other("up", { refresh: true })}`,
    lostState: (file: string) =>
        advise`There is no whole copy of it in the backend. Put one back from a backup of your own as ${file}.`,
    brokenObject: (command: CommandLine, object: string) =>
        advise`Something that Pulumi keeps in its backend is cut short. For a stack's state that is the object ${object}, with the one before it beside it as .bak; put a whole one in its place, then run "${command.again()}" again.`,
    emptyChecksum: (command: CommandLine, file: string) =>
        advise`It holds a check sum and no state, and Pulumi does without it. Delete it, then run "${command.again()}" again: ${new ShownCommand(`rm -f ${shellWord(file)}`, "writes")}`,
    hopeless: (command: CommandLine, remedies: readonly string[]) =>
        advise`${withKubectl(remedies.join(". "))}. Then run "${command.again()}" again: it goes on from where this run stopped.`,
    locked: (command: CommandLine, stack: string) =>
        advise`Wait for it to end. If it is gone for good: ${command.pulumi("cancel --yes", stack, "unlocks")}, then run "${command.again()}" again.`,
    mend: (command: CommandLine) =>
        command.goesOn
            ? advise`Mend what it says, then run "${command.again()}" again: it goes on from where this run stopped.`
            : advise`Mend what it says, then run "${command.again()}" again.`,
    stopped: (command: CommandLine) =>
        advise`Stopped before the end. The next "${command.again()}" goes on from here.`,
    stillWaiting: (command: CommandLine) =>
        advise`The next "${command.again()}" completes them once that has changed.`,
};
