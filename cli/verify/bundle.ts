import { type Redaction, redact } from "../../lib/doctor/bundle/redact";
import type { NotRead } from "../../lib/doctor/evidence";
import type { ClusterOutputs } from "../../lib/mesh/contract";
import type { LastUp } from "../../lib/mesh/lastRun";
import type { CommandLine } from "../commandLine";
import { type ClusterState, readClusterState } from "./clusterState";
import type { Surroundings } from "./doctor";
import { callOf, type Clusters, failedCall, type Tried } from "./failedCall";
import type { VerifyReport } from "./report";

/** Changes when a reader of an older one could misunderstand what it reads. */
const bundleFormat = 1;

/** What is known of one cluster. */
export interface ClusterRecord extends Partial<Omit<ClusterState, "notLookedAt">> {
    readonly cluster: string;
    /** What its last update says of it; absent where it is not up. */
    readonly outputs?: Partial<ClusterOutputs>;
    /** Its last good update; absent where the backend can't tell. */
    readonly lastUp?: LastUp;
}

/** All that goes into a ticket. */
export interface Bundle {
    readonly format: typeof bundleFormat;
    /** When it was made, RFC 3339. */
    readonly made: string;
    readonly command: string;
    readonly clusters: readonly ClusterRecord[];
    /** The same as `--json` prints. */
    readonly calls: readonly VerifyReport[];
    /** What could not be looked at, with the reason. */
    readonly notLookedAt: readonly NotRead[];
}

/** What is read for a bundle while the pods that were called from are there. */
export type States = ReadonlyMap<string, ClusterState>;

/** Looks at the proxies and the DNS on the way of the calls that failed; where none did, of all. */
export async function readStates(
    clusters: Clusters,
    tried: readonly Tried[],
    surroundings: Surroundings,
): Promise<States> {
    const failed = tried.flatMap((each) => failedCall(each, clusters) ?? []);
    const passed = tried.map(({ target }) => {
        const { namespace, deployment: workload } = target.probe;
        return callOf(target, { namespace, workload }, clusters);
    });
    const calls = failed.length > 0 ? failed : passed;
    const states = await Promise.all(
        [...clusters].map(async ([stack, outputs]) =>
            outputs === undefined
                ? []
                : [[stack, await readClusterState(outputs, calls, surroundings)] as const],
        ),
    );
    return new Map(states.flat());
}

/** Outputs that say nothing about calls, and much of the cluster's inside. */
const unneeded: readonly (keyof ClusterOutputs)[] = ["identity", "definitions", "definitionsApart"];

/** Puts a bundle together. */
export function makeBundle(
    clusters: Clusters,
    states: States,
    calls: readonly VerifyReport[],
    about: { readonly command: CommandLine; readonly lastUps: ReadonlyMap<string, LastUp | undefined> },
): Bundle {
    const records = [...clusters].map(([cluster, outputs]): ClusterRecord => {
        const lastUp = about.lastUps.get(cluster);
        const state = Object.entries(states.get(cluster) ?? {}).filter(([key]) => key !== "notLookedAt");
        const kept = Object.entries(outputs ?? {}).filter(
            ([key]) => !(unneeded as readonly string[]).includes(key),
        );
        return {
            cluster,
            ...(outputs && { outputs: Object.fromEntries(kept) }),
            ...(lastUp && { lastUp }),
            ...Object.fromEntries(state),
        };
    });
    const down = [...clusters].flatMap(([cluster, outputs]) =>
        outputs === undefined ? [{ cluster, what: "everything", reason: "its stack is not up" }] : [],
    );
    const notLookedAt = [...down, ...[...states.values()].flatMap((state) => state.notLookedAt)];
    return {
        format: bundleFormat,
        made: new Date().toISOString(),
        command: about.command.again().text,
        ...{ clusters: records, calls, notLookedAt },
    };
}

/** The text of a bundle, without anything that looks like a secret, and with a list of what was left out. */
export function bundleText(bundle: Bundle): { readonly text: string; readonly found: readonly Redaction[] } {
    const { value, found } = redact(bundle);
    const all = { ...(value as object), redacted: found };
    return { text: `${JSON.stringify(all, null, 2)}\n`, found };
}
