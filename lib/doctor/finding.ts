import type { Access } from "../base/shownCommands";
import { kubectlText } from "../base/shownCommands";
import type { ServicePort } from "../mesh/contract";
import type { Code, Hop } from "./codes";
import type { ClusterEvidence, Evidence, Kind } from "./evidence";
import type { Meta } from "./objects";

/** A cluster that a failing call is to be answered by. */
export interface ExporterOf {
    readonly cluster: string;
    /** Namespace of the pods. */
    readonly namespace: string;
    /** SPIFFE identities that the caller accepts. */
    readonly identities: readonly string[];
}

/** A call that failed, or that could not be made. */
export interface FailedCall {
    readonly host: string;
    readonly port: ServicePort;
    /** Path of the HTTP request. */
    readonly path: string;
    readonly virtualAddress: string;
    readonly caller: {
        readonly cluster: string;
        /** Empty, with `workload`, where no pod to call from is known. */
        readonly namespace: string;
        /** Name of the Deployment. */
        readonly workload: string;
    };
    /** Clusters behind the host whose outputs are known; the caller's own for a cluster's own export. */
    readonly exporters: readonly ExporterOf[];
    /** Whether it leaves through an egress gateway of the caller's cluster. */
    readonly isThroughEgress: boolean;
    /** Whether it could not be made, so that only what is seen from outside tells what it would fail by. */
    readonly isFromOutside?: true;
    /** The farthest hop that it is known to have got to, and failed at. */
    readonly endedAt: Hop;
    /** When it failed, milliseconds. */
    readonly at: number;
    /** What was seen, such as `HTTP 503: no healthy upstream`. */
    readonly seen: string;
}

/** A part of a next step: words, or a command. */
export type StepPart =
    | string
    /** A kubectl command on a cluster, that changes nothing unless `writes` is said. */
    | { readonly kubectl: string; readonly access: Access; readonly writes?: true }
    /** `mesh up` for some clusters, with the real state read first. */
    | { readonly up: readonly string[] };

/** A cause that a call fails by. */
export interface Finding {
    readonly code: Code;
    /** Cluster that the cause is in. */
    readonly cluster: string;
    /** One sentence. */
    readonly cause: string;
    /** What it was concluded from, a line each. */
    readonly evidence: readonly string[];
    readonly next: readonly StepPart[];
    /** When it began, RFC 3339, where an object tells. */
    readonly since?: string;
}

/** Looks at one kind of cause. Finds nothing where it can't be told. */
export type Judge = (call: FailedCall, evidence: Evidence) => readonly Finding[];

/** Runs a look at each exporter of a call that evidence was read of. */
export function atExporters(
    call: FailedCall,
    evidence: Evidence,
    look: (exporter: ExporterOf, there: ClusterEvidence) => readonly Finding[],
): readonly Finding[] {
    return call.exporters.flatMap((exporter) => {
        const there = evidence.get(exporter.cluster);
        return there === undefined ? [] : look(exporter, there);
    });
}

/** Whether a call leaves its cluster to get to an exporter. */
export function isRemote({ caller }: FailedCall, exporter: ExporterOf): boolean {
    return caller.cluster !== exporter.cluster;
}

/** The namespace of the caller, in words. */
export function callerPlace({ caller }: FailedCall): string {
    return caller.namespace === "" ? "every namespace" : caller.namespace;
}

/** `Kind namespace/name`. */
export function nameOf(kind: Kind | "Deployment" | "pod", { namespace, name }: Meta): string {
    return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

/** A command on a cluster that changes nothing. */
export function reads({ access }: Pick<ClusterEvidence, "access">, kubectl: string): StepPart {
    return { kubectl, access };
}

/** A command on a cluster that changes something, and deletes nothing. */
export function writes({ access }: Pick<ClusterEvidence, "access">, kubectl: string): StepPart {
    return { kubectl, access, writes: true };
}

/** What kubectl calls the kinds whose short names could mean another group's. */
const resources: Partial<Record<Kind, string>> = {
    Gateway: "gateway.networking.istio.io",
    NetworkPolicy: "networkpolicy",
};

/** The command that opens an object in an editor. */
export function edits(evidence: ClusterEvidence, kind: Kind, { namespace, name }: Meta): StepPart {
    const resource = resources[kind] ?? kind.toLowerCase();
    const where = namespace === undefined ? "" : `-n ${namespace} `;
    return writes(evidence, `${where}edit ${resource} ${name}`);
}

/** A next step as a text, with the commands as they are typed. */
export function stepText(parts: readonly StepPart[], up: (clusters: readonly string[]) => string): string {
    return parts
        .map((part) => {
            if (typeof part === "string") return part;
            return "up" in part ? up(part.up) : kubectlText(part.access, part.kubectl);
        })
        .join("");
}
