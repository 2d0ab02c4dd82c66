import type { EngineEvent } from "@pulumi/pulumi/automation";
import type { WaitTarget } from "../../lib/cluster/waiting";
import type { ClusterOutputs } from "../../lib/mesh/contract";
import { noteObject, type Objects } from "./lost";
import {
    foreseenChange,
    forget,
    isBookkeeping,
    isComponent,
    isQuiet,
    kindOf,
    nameOf,
    type ObjectChange,
    objectChange,
    stackType,
} from "./objectChange";
import { waitTargets } from "./waitTargets";

/** How many resources had each thing done to them. */
export interface Changes {
    readonly created: number;
    readonly updated: number;
    readonly replaced: number;
    readonly deleted: number;
    /** Those that the state knows no more and that stay in the cluster; absent where there are none. */
    readonly forgotten?: number;
    readonly same: number;
}

/** No changes at all. */
export const noChanges: Changes = { created: 0, updated: 0, replaced: 0, deleted: 0, same: 0 };

/** A resource that is being worked on. */
export interface Step {
    /** What is being done, such as `creating`. */
    readonly verb: string;
    /** Last part of its type, such as `Deployment`. */
    readonly kind: string;
    readonly name: string;
    /** When it began, in seconds since 1970. */
    readonly since: number;
    /** Objects of the cluster whose state it waits for; empty where that is not known. */
    readonly waitsFor: readonly WaitTarget[];
    /** What a resource of the project's own says of its wait. */
    said?: string;
}

/** A message that the engine attached to the run or to one resource. */
export interface Message {
    /** Name of the resource; empty for the run as a whole. */
    readonly resource: string;
    readonly text: string;
}

/** What is known about one run of one stack from the engine's events so far. */
export interface Run {
    /** Steps that have begun and not ended, by URN. */
    readonly running: Map<string, Step>;
    /** URNs of the steps that have failed. */
    readonly failed: Set<string>;
    /** How many steps have ended. */
    finished: number;
    /** How many of those changed something. */
    changed: number;
    /** What a preview foresees. */
    readonly planned: ObjectChange[];
    /** What an update or a destroy has done so far. */
    readonly done: ObjectChange[];
    readonly objects: Objects;
    readonly errors: Message[];
    /** What violates a policy, a sentence each, if that ends the run. */
    readonly violations: string[];
    /** What the program warned of, without the imports that wait, which its outputs say too. */
    readonly warnings: string[];
    /** True when the state holds operations of an earlier run that was killed. */
    interruptedBefore: boolean;
    /** True once the engine itself has taken notice of Ctrl-C. */
    cancelling: boolean;
    /** Totals, once the engine has ended. */
    changes?: Changes;
    /** Plain stack outputs that the state held before the run. Secrets are masked by the engine. */
    before?: unknown;
    /** Plain stack outputs after the run. */
    after?: unknown;
}

/** A run of which nothing is known yet. */
export function newRun(): Run {
    return {
        running: new Map(),
        failed: new Set(),
        finished: 0,
        changed: 0,
        planned: [],
        done: [],
        objects: { wanted: new Set(), lost: new Map() },
        errors: [],
        violations: [],
        warnings: [],
        interruptedBefore: false,
        cancelling: false,
    };
}

const verbs: Readonly<Record<string, string>> = {
    create: "creating",
    "create-replacement": "replacing",
    delete: "deleting",
    "delete-replaced": "deleting",
    update: "updating",
    replace: "replacing",
    read: "reading",
    refresh: "refreshing",
};

/** Takes one engine event into the account of a run. */
export function record(run: Run, event: EngineEvent): void {
    if (event.resourcePreEvent !== undefined) {
        const { op, type, urn } = event.resourcePreEvent.metadata;
        if (isBookkeeping({ op, type, urn })) return;
        if (event.resourcePreEvent.planning === true) {
            add(run.planned, foreseenChange(event.resourcePreEvent.metadata));
        } else if (op !== "same" && !isComponent(event.resourcePreEvent.metadata)) {
            run.running.set(urn, {
                verb: verbs[op] ?? op,
                kind: kindOf(type),
                name: nameOf(urn),
                since: event.timestamp,
                waitsFor: waitTargets(event.resourcePreEvent.metadata),
            });
        }
    } else if (event.resOutputsEvent !== undefined) {
        const { op, type, urn, old, new: current } = event.resOutputsEvent.metadata;
        run.running.delete(urn);
        run.finished++;
        noteObject(run.objects, event.resOutputsEvent.metadata);
        if (event.resOutputsEvent.planning !== true)
            add(run.done, objectChange(event.resOutputsEvent.metadata));
        if (!isQuiet(op) && !isBookkeeping({ op, type, urn })) run.changed++;
        // The root's outputs arrive with the event, which saves two starts of the CLI per stack.
        if (type === stackType && op !== "refresh") {
            run.before = old?.outputs;
            run.after = current?.outputs;
        }
    } else if (event.resOpFailedEvent !== undefined) {
        run.running.delete(event.resOpFailedEvent.metadata.urn);
        run.failed.add(event.resOpFailedEvent.metadata.urn);
        run.finished++;
    } else if (event.diagnosticEvent !== undefined) {
        const { severity, urn, message } = event.diagnosticEvent;
        if (severity === "error")
            run.errors.push({ resource: urn === undefined ? "" : nameOf(urn), text: plain(message) });
        if (severity === "warning" && isProgramWarning(urn, message)) run.warnings.push(plain(message));
        if (severity === "info#err") hear(run, plain(message));
        if (message.includes("pending operations from previous deployment")) run.interruptedBefore = true;
    } else if (event.policyEvent !== undefined) {
        const { enforcementLevel } = event.policyEvent;
        (enforcementLevel === "mandatory" ? run.violations : run.warnings).push(violation(event.policyEvent));
    } else if (event.stdoutEvent !== undefined) {
        if (event.stdoutEvent.message.includes("received; cancelling")) run.cancelling = true;
    } else if (event.summaryEvent !== undefined) {
        run.changes = countsOf(run, event.summaryEvent.resourceChanges.same ?? 0);
    }
}

/** `OBJECT: policy NAME: SENTENCE`; the engine puts the policy's description before the sentence. */
function violation({ resourceUrn, policyName, message }: NonNullable<EngineEvent["policyEvent"]>): string {
    const place = resourceUrn === undefined || resourceUrn === "" ? "" : `${nameOf(resourceUrn)}: `;
    const [description = "", ...said] = plain(message).trim().split("\n");
    const sentence = said.join(" ").trim();
    return `${place}policy ${policyName}: ${sentence === "" ? description : sentence}`;
}

/** The engine's own totals count its records and what only holds others together, too. */
function countsOf({ planned, done }: Run, same: number): Changes {
    const count = (op: string) => [...planned, ...done].filter((change) => change.op === op).length;
    const forgotten = count(forget);
    return {
        created: count("create"),
        updated: count("update"),
        replaced: count("replace"),
        deleted: count("delete"),
        ...(forgotten > 0 && { forgotten }),
        same,
    };
}

/**
 * Takes a line that a resource of the project's own has written while it waits (kube/rollout.ts). The engine does not tell
 * which resource it was, but there is one of a kind in a stack.
 */
function hear(run: Run, line: string): void {
    const [, kind, text] = /^Waiting for (the Deployment|the zone) .*?: (.*)$/.exec(line) ?? [];
    if (kind === undefined || text === undefined) return;
    for (const step of run.running.values()) if (step.kind === "StubDomains") step.said = text;
}

function add(list: ObjectChange[], change: ObjectChange | undefined): void {
    if (change !== undefined) list.push(change);
}

/** True when a run left every resource as it was. */
export function isUnchanged({ created, updated, replaced, deleted, forgotten = 0 }: Changes): boolean {
    return created + updated + replaced + deleted + forgotten === 0;
}

/** Totals of two runs of the same stack, one after the other. */
export function addChanges(first: Changes, second: Changes): Changes {
    const forgotten = (first.forgotten ?? 0) + (second.forgotten ?? 0);
    return {
        created: first.created + second.created,
        updated: first.updated + second.updated,
        replaced: first.replaced + second.replaced,
        deleted: first.deleted + second.deleted,
        ...(forgotten > 0 && { forgotten }),
        same: second.same,
    };
}

/** Two runs of the same stack, the second right after the first, as one. */
export function following(first: Run, second: Run): Run {
    return {
        ...second,
        before: first.before,
        done: [...first.done, ...second.done],
        changes: addChanges(first.changes ?? noChanges, second.changes ?? noChanges),
        interruptedBefore: first.interruptedBefore || second.interruptedBefore,
    };
}

/** `3 created, 1 updated`, or `nothing changed`. */
export function changesText(changes: Changes): string {
    const parts = (["created", "updated", "replaced", "deleted", "forgotten"] as const)
        .filter((key) => (changes[key] ?? 0) > 0)
        .map((key) => `${changes[key] ?? 0} ${key}`);
    return parts.length === 0 ? "nothing changed" : parts.join(", ");
}

/**
 * One line about a run in progress: how far it is, and the step that has taken longest so far, or longest of those of
 * which it is known what they wait for.
 *
 * @param now seconds since 1970
 * @param wordsOf what a step waits for, by its URN
 */
export function progressText(
    run: Run,
    now: number,
    wordsOf: (urn: string) => string | undefined = () => undefined,
): string {
    const head =
        run.changed === run.finished
            ? `${run.finished} done`
            : `${run.finished} done, ${run.changed} changed`;
    const steps = [...run.running].sort(([, a], [, b]) => a.since - b.since);
    const known = steps.find(([urn, { said }]) => (wordsOf(urn) ?? said) !== undefined);
    const [urn, oldest] = known ?? steps[0] ?? [];
    if (urn === undefined || oldest === undefined) return run.finished === 0 ? "starting" : head;
    const words = wordsOf(urn) ?? oldest.said;
    const others = run.running.size > 1 ? ` and ${run.running.size - 1} more` : "";
    const seconds = Math.max(0, Math.round(now - oldest.since));
    const why = words === undefined ? "" : `: ${words}`;
    return `${head}; ${oldest.verb} ${oldest.kind} ${oldest.name} (${seconds} s)${others}${why}`;
}

/** The outputs of a cluster stack, or undefined when these are not such outputs. */
export function asClusterOutputs(outputs: unknown): ClusterOutputs | undefined {
    if (typeof outputs !== "object" || outputs === null) return undefined;
    if (!("contractVersion" in outputs && "pendingImports" in outputs)) return undefined;
    const read = outputs as ClusterOutputs;
    // A stack of an earlier version named one exporter as a text.
    return { ...read, imports: read.imports.map((each) => ({ ...each, from: [each.from].flat() })) };
}

/** What the engine itself warns of, which is dealt with otherwise or is no concern of a user's. */
const engineWarnings = /pending operations from previous deployment|^using pulumi-\w+/;

/**
 * The program's own warnings belong to no resource, or to the stack as a whole; those of providers are of a resource. An
 * import that waits is told by the outputs.
 */
function isProgramWarning(urn: string | undefined, message: string): boolean {
    const isOfStack = urn === undefined || urn === "" || urn.includes(`::${stackType}::`);
    return isOfStack && !engineWarnings.test(message) && !message.includes("The import of ");
}

/** Removes Pulumi's colour marks, such as `<{%fg 1%}>`, and terminal colours. */
function plain(message: string): string {
    return message.replace(/<\{%.*?%\}>|\u001b\[[0-9;]*m/g, "").trim();
}
