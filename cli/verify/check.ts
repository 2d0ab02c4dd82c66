import type { Hint } from "../hints/hint";
import type { HintTarget } from "../hints/verifyHints";
import type { GatewayAddress, Probe, ServicePort } from "../../lib/mesh/contract";
import type { DnsAdapter } from "../../lib/base/dnsAdapter";

/** One port of one host, to be called from one cluster. */
export interface Target extends HintTarget {
    /** Cluster that the call is made from. */
    readonly cluster: string;
    readonly host: string;
    readonly port: ServicePort;
    /** Cluster that exports the host, or several with commas between; the same as `cluster` for a cluster's own export. */
    readonly from: string;
    /** Team that answers for the import, or for the cluster's own export; absent where nobody says. */
    readonly owner?: string;
    readonly virtualAddress: string;
    /** Cluster IP of the calling cluster's GlobalDns; absent where the sidecars resolve the mesh's names. */
    readonly globalDnsAddress?: string;
    /** How the calling cluster's pods come to resolve the mesh's names. */
    readonly dnsAdapter: DnsAdapter;
    /** The gateways that calls are sent to; undefined for a cluster's own export, which needs none. */
    readonly gateways?: readonly Pick<GatewayAddress, "addresses" | "port">[];
    /** Whether that is the calling cluster's own egress gateway, rather than the exporting cluster's gateway. */
    readonly egress?: boolean;
    /** Pod that the call is made from. */
    readonly probe: Probe;
    /** Path of the HTTP request. */
    readonly path: string;
}

/** What has to be known of a call to look at its ends. */
export type CalledPort = Pick<
    Target,
    "cluster" | "host" | "from" | "port" | "path" | "virtualAddress" | "egress"
>;

/** Runs a command in one container of the target's probe pod, without a shell of ours, and returns what it wrote. */
export type Exec = (container: string, command: readonly string[]) => Promise<string>;

/** How one check ended. */
export interface CheckResult {
    readonly status: "passed" | "failed" | "skipped";
    /** What was seen, in a few words. */
    readonly detail: string;
    /** Where to look and what to do, for a check that failed. */
    readonly hint?: Hint;
    /** Whether waiting can't heal it, so that it need not be tried again. */
    readonly isFinal?: true;
    /** Whether it failed for want of something in the pod that asks, which says nothing about calls. */
    readonly isUntried?: true;
    /** Whether the workload's own side answered the call. */
    readonly isAnswered?: true;
}

/** One layer of the way from a client to the workload. */
export interface Check {
    /** Name of the layer, as it is shown. */
    readonly name: string;
    run(target: Target, exec: Exec): Promise<CheckResult>;
}

/** `a.b.c:80`, also for an IPv6 address. */
export function hostPort(host: string, port: number): string {
    return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** `address:port` of every address of the gateways that a target's calls are sent to. */
export function gatewayPlaces({ gateways = [] }: Target): readonly string[] {
    return gateways.flatMap(({ addresses, port }) => addresses.map((address) => hostPort(address, port)));
}

/** The gateway that a target's calls are sent to, in words. */
export function gatewayName({ cluster, from, egress }: Target): string {
    return egress ? `${cluster}'s egress gateway` : `${from}'s gateway`;
}

/** A check that passed. */
export const passed = (detail: string): CheckResult => ({ status: "passed", detail });
/** A check that failed, and what to do. */
export const failed = (detail: string, hint: Hint): CheckResult => ({ status: "failed", detail, hint });
/** A check that failed in a way that waiting can't heal. */
export const failedForGood = (detail: string, hint: Hint): CheckResult => ({
    ...failed(detail, hint),
    isFinal: true,
});
/** A check that failed for want of something in the pod that asks. */
export const untried = (detail: string, hint: Hint): CheckResult => ({
    ...failedForGood(detail, hint),
    isUntried: true,
});
/** A check that can't be made here. */
export const skipped = (detail: string): CheckResult => ({ status: "skipped", detail });
