import { all, type ClusterEvidence } from "./evidence";
import {
    atExporters,
    edits,
    type ExporterOf,
    type FailedCall,
    type Finding,
    isRemote,
    type Judge,
    nameOf,
} from "./finding";
import { byAge, selects } from "./match";
import type { PeerAuthenticationSpec, Pod, Thing } from "./objects";
import { hasSidecar } from "../cluster/livePods";
import { podPortOf, serverPods } from "./workloads";

type PeerAuthentication = Thing<PeerAuthenticationSpec>;

/** Which PeerAuthentication decides for one port of a pod, where one does. */
export interface DecidingMode {
    readonly mode: string;
    readonly by: PeerAuthentication;
    /** Field that says it. */
    readonly field: string;
}

const isSet = (mode: string | undefined): mode is string => mode !== undefined && mode !== "UNSET";
const isGeneral = ({ spec }: PeerAuthentication) =>
    Object.keys(spec?.selector?.matchLabels ?? {}).length === 0;

/**
 * The mode of mutual TLS that is in force for one port of a pod, by Istio's rules: of the mesh, the namespace and the workload
 * the nearest that says one, the oldest of several, and a port's own before all.
 */
export function modeOf(
    policies: readonly PeerAuthentication[],
    rootNamespace: string,
    { metadata }: Pod,
    port: number,
): DecidingMode | undefined {
    const oldest = (some: readonly PeerAuthentication[]) => [...some].sort(byAge)[0];
    const inNamespace = (namespace: string | undefined) =>
        policies.filter((each) => each.metadata.namespace === namespace);
    const root = inNamespace(rootNamespace);
    const here = metadata.namespace === rootNamespace ? [] : inNamespace(metadata.namespace);
    const workload = oldest(
        here.filter((each) => !isGeneral(each) && selects(each.spec?.selector ?? {}, metadata.labels)),
    );
    const ofPort = workload?.spec?.portLevelMtls?.[String(port)]?.mode;
    if (workload !== undefined && isSet(ofPort)) {
        return { mode: ofPort, by: workload, field: `spec.portLevelMtls.${port}.mode` };
    }
    for (const each of [workload, oldest(here.filter(isGeneral)), oldest(root.filter(isGeneral))]) {
        const mode = each?.spec?.mtls?.mode;
        if (each !== undefined && isSet(mode)) return { mode, by: each, field: "spec.mtls.mode" };
    }
    return undefined;
}

/** A PeerAuthentication that turns mutual TLS off at the pods: a gateway then leaves them out. */
export const judgePeerAuthentication: Judge = (call, evidence) =>
    atExporters(call, evidence, (exporter, there) => {
        if (!isRemote(call, exporter)) return [];
        const found = switchedOff(call, exporter, there);
        return found === undefined ? [] : [finding(there, found.decides, found.pod)];
    });

function switchedOff(
    call: FailedCall,
    exporter: ExporterOf,
    there: ClusterEvidence,
): { readonly pod: Pod; readonly decides: DecidingMode } | undefined {
    for (const pod of serverPods(there, call, exporter).filter(hasSidecar)) {
        const port = podPortOf(there, call);
        const decides = modeOf(all(there, "PeerAuthentication"), there.systemNamespace, pod, port);
        if (decides?.mode === "DISABLE") return { pod, decides };
    }
    return undefined;
}

function finding(there: ClusterEvidence, { by, field }: DecidingMode, pod: Pod): Finding {
    const name = nameOf("PeerAuthentication", by.metadata);
    return {
        code: "mutual-tls-off",
        cluster: there.cluster,
        cause: `${name} turns mutual TLS off for ${nameOf("pod", pod.metadata)}, so that the gateway passes nothing on to it.`,
        evidence: [
            `${name}: ${field}: DISABLE`,
            `it is the one that decides for ${nameOf("pod", pod.metadata)}`,
        ],
        next: [
            "Set it to PERMISSIVE or STRICT there, or leave the export's pods out of it: ",
            edits(there, "PeerAuthentication", by.metadata),
        ],
        ...(by.metadata.creationTimestamp !== undefined && { since: by.metadata.creationTimestamp }),
    };
}
