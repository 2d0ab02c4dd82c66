import type { CommandLine } from "../commandLine";
import type { Hint } from "../hints/hint";
import { fileHints } from "../hints/fileHints";
import { runHints } from "../hints/runHints";
import { plainBackend } from "../../lib/cluster/otherStateProblem";
import { type BackendFacts, brokenSentence } from "./backendFiles";
import { connectionFailure, isAddressOf } from "./connections";
import type { Message } from "./events";
import { hostOf, type Look, type Place } from "./reach";

/** Why a run failed, in words for the user. */
export interface Failure {
    /** What is known of the cause, if anything is, and then what Pulumi said, without noise. */
    readonly messages: readonly string[];
    /** What to do next. */
    readonly nextStep: Hint;
    /** True where nothing answers at the address of the stack's cluster; absent otherwise. */
    readonly unreachable?: true;
}

/** What is known beside the message itself. */
export interface Facts {
    readonly stack: string;
    /** The command that failed, as it was typed. */
    readonly command: CommandLine;
    /** Where the stack's cluster is; undefined for the certificate stack. */
    readonly place?: Place | undefined;
    /** What a look at the cluster has shown after the failure; undefined where nobody looked. */
    readonly look?: Look | undefined;
    readonly backend: BackendFacts;
}

/** A cause that a message names. */
interface Cause {
    /** What it means, in a sentence, before Pulumi's own words. */
    readonly sentence?: string | undefined;
    readonly nextStep: Hint;
}

/** Tells a cause by a message and what is known beside it, or says that it is another one. */
type Judge = (text: string, facts: Facts) => Cause | undefined;

/** A cause that Pulumi's own words name beyond doubt. */
function named(pattern: RegExp, cause: (facts: Facts) => Cause): Judge {
    return (text, facts) => (pattern.test(text) ? cause(facts) : undefined);
}

/** The causes in the order in which they are looked for. */
const judges: readonly Judge[] = [
    // The program's own words before the first write; each problem there says what to do about it.
    named(
        /^(The configuration of stack ".*" \(.*\) has \d+ problems?:|Stack ".*" can't work as it is:)$/m,
        ({ command }) => ({ nextStep: runHints.refusedByProgram(command) }),
    ),
    named(/no space left on device|disk quota exceeded|ENOSPC|EDQUOT/i, ({ command, backend }) => ({
        sentence: "A disk is full: there is no space left on it.",
        nextStep: runHints.diskFull(command, backend.folder ?? "what the message names"),
    })),
    named(/passphrase must be set/, () => ({
        sentence: "Pulumi needs the passphrase that encrypts the stacks' secrets, and none is set.",
        nextStep: runHints.passphraseMissing(),
    })),
    named(/incorrect passphrase/, ({ stack }) => ({
        sentence: "The passphrase is not the one that this stack's secrets were encrypted with.",
        nextStep: runHints.passphraseWrong(stack),
    })),
    named(/PULUMI_ACCESS_TOKEN must be set/, ({ backend: { url } }) =>
        url === undefined
            ? {
                  sentence: "Pulumi is not logged in to a backend, where it would keep the stacks' state.",
                  nextStep: runHints.notLoggedIn(),
              }
            : {
                  sentence: `The backend is ${plainBackend(url)}, which Pulumi takes for a service, and it is not logged in there.`,
                  nextStep: runHints.noLoginFor(),
              },
    ),
    // Pulumi Cloud's lock, whose holder it does not name.
    named(/^\[409\] Conflict|\/update-conflicts\//m, ({ command, stack }) => ({
        sentence: `Another run is at work on stack "${stack}".`,
        nextStep: runHints.locked(command, stack),
    })),
    named(/argument list too long/, ({ stack }) => ({
        sentence: `The settings of stack "${stack}" are longer than Pulumi can hand to a program.`,
        nextStep: fileHints.settingsTooLong([stack]),
    })),
    named(/cannot be deleted\s+because it is protected|resource.*is protected/i, ({ command, stack }) => ({
        nextStep: runHints.protected(command, stack),
    })),
    judgeBackend,
    judgeConnection,
    named(/timed out waiting to be Deleted|timed out waiting for the condition/i, ({ command, place }) => ({
        nextStep: runHints.stuckDeletion(command, place),
    })),
    named(
        /no resource plugin|failed to load plugin|could not (?:find|load) plugin|no language plugin/i,
        () => ({ nextStep: runHints.plugins() }),
    ),
];

/** Go's words for a file, or an answer, that ends too early. */
const cutShort = /\bEOF$|unexpected end of JSON input|invalid character .* (?:looking for|after|in) /m;

/** A file of the backend that is empty or cut short: only one that is there and really is so is named. */
function judgeBackend(text: string, { command, backend, stack }: Facts): Cause | undefined {
    if (!cutShort.test(text)) return undefined;
    const [broken] = [...backend.broken].sort(
        (one, other) => Number(other.stack === stack) - Number(one.stack === stack),
    );
    if (broken !== undefined) {
        const { kind, file, backup } = broken;
        const sentence = brokenSentence(broken);
        if (kind === "lock") return { sentence, nextStep: runHints.brokenLock(command, broken.stack) };
        if (kind === "checksum") return { sentence, nextStep: runHints.emptyChecksum(command, file) };
        return {
            sentence,
            nextStep:
                backup === undefined ? runHints.lostState(file) : runHints.brokenState(command, file, backup),
        };
    }
    if (connectionFailure(text) !== undefined) return undefined;
    const object = backend.object(stack);
    if (/JSON|invalid character/.test(text) && backend.folder === undefined && object !== undefined)
        return { nextStep: runHints.brokenObject(command, object) };
    return { nextStep: runHints.cutShort(command) };
}

/** A connection that failed: by its address it is known whose. */
function judgeConnection(text: string, facts: Facts): Cause | undefined {
    const { command, place, backend } = facts;
    const failure = connectionFailure(text);
    if (failure?.webhook !== undefined) {
        const { name, service } = failure.webhook;
        return {
            sentence: `The webhook ${name} does not answer.`,
            nextStep: runHints.webhook(command, place, service, failure.address),
        };
    }
    if (isAboutCluster(text, place)) return clusterCause(facts, failure?.address, isAboutCredentials(text));
    if (failure === undefined) return undefined;
    const { address, closed } = failure;
    if (backend.url !== undefined && hostOf(backend.url) !== "" && address.startsWith(hostOf(backend.url)))
        return {
            sentence: `Pulumi's backend, ${address}, does not answer.`,
            nextStep: runHints.backend(command, address),
        };
    return {
        nextStep: closed
            ? runHints.closed(command, address)
            : runHints.otherAddress(command, address, place?.server),
    };
}

/** Whether a message tells of an API server that did not let the provider in, or of what the provider signs in with. */
function isAboutCredentials(text: string): boolean {
    return /the server has asked for the client to provide credentials|getting credentials: exec: /.test(
        text,
    );
}

/** Whether a message tells of a connection to the API server of a stack's cluster. */
export function isAboutCluster(text: string, place: Place | undefined): boolean {
    if (place === undefined) return false;
    if (/configured Kubernetes cluster is unreachable/.test(text) || isAboutCredentials(text)) return true;
    const failure = connectionFailure(text);
    return (
        failure !== undefined && failure.webhook === undefined && isAddressOf(failure.address, place.server)
    );
}

/** Whether a program says that it could not reach its cluster (lib/cluster/problems.ts). */
export function isSaidUnreachable(text: string): boolean {
    return /^\s+- cluster ".*" can't be reached: /m.test(text);
}

/** What to say of a cluster that a run could not reach: that depends on how it looked right afterwards. */
function clusterCause(
    { command, look, place, stack }: Facts,
    address: string | undefined,
    isRefused: boolean,
): Cause {
    const server = address ?? place?.server ?? "its API server";
    if (look?.state === "silent")
        return {
            sentence: `The cluster does not answer: ${look.detail}`,
            nextStep: runHints.silent(command, look),
        };
    if (look?.state === "answers")
        return {
            sentence: isRefused
                ? "The cluster did not accept the credentials for a while."
                : `The cluster did not answer at ${server}.`,
            nextStep: runHints.answersNow(command),
        };
    if (look?.state === "absent")
        return {
            sentence: `The cluster can't be looked at: ${look.detail}`,
            nextStep: runHints.absent(command, stack),
        };
    const sentence = look === undefined ? undefined : `The cluster can't be looked at: ${look.detail}`;
    return {
        sentence,
        nextStep: place === undefined ? runHints.mend(command) : runHints.unclear(command, place),
    };
}

/** What the engine adds to every failed run. It says nothing. */
const noise = /^(update|preview|destroy|refresh) (failed|canceled)$/;

/** What follows from another error: the engine hangs up on its providers and the program while they are still at work. */
const echo =
    /grpc: the client connection is closing|transport is closing|error reading from server: EOF|code = Canceled|context canceled|resource monitor shut down/;

/** A line of a stack trace. */
const frame = /^\s+at .*(?::\d+:\d+\)?|\(native\)|<anonymous>\)?)$/;

/** The engine's errors, each once, without what says nothing beside another one. */
export function errorTexts(errors: readonly Message[], stack: string): readonly string[] {
    const telling = errors.filter(({ text }) => text !== "" && !noise.test(text));
    const real = telling.filter(({ text }) => !echo.test(text));
    const texts = (real.length > 0 ? real : telling).map(({ resource, text }) => {
        const plain = withoutFrames(text);
        return isRoot(resource, stack) ? plain : `${resource}: ${plain}`;
    });
    return [...new Set(texts)];
}

/** A message without its stack trace, unless there is nothing else in it. */
function withoutFrames(text: string): string {
    const lines = text.split("\n").filter((line) => !frame.test(line));
    return lines.some((line) => line.trim() !== "") ? lines.join("\n").trimEnd() : text;
}

/** Everything that Pulumi said of a failed run: the engine's errors, or what the CLI wrote when it never got to the engine. */
export function saidOf(errors: readonly Message[], stack: string, stderr: string): readonly string[] {
    const texts = errorTexts(errors, stack);
    return texts.length > 0 ? texts : [cliMessage(stderr)];
}

/**
 * Puts a failed run into words. What Pulumi said is always in them; a cause stands before it where one is known.
 *
 * @param said what Pulumi said, by {@link saidOf}
 */
export function explain(facts: Facts, said: readonly string[]): Failure {
    // Message by message: an address in one says nothing of what another failed at.
    const cause = judges
        .flatMap((judge) => said.map((text) => judge(text, facts)))
        .find((found): found is Cause => found !== undefined);
    return {
        messages: [...(cause?.sentence === undefined ? [] : [cause.sentence]), ...said],
        nextStep: cause?.nextStep ?? runHints.mend(facts.command),
        ...(facts.look?.state === "silent" && { unreachable: true }),
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
