import { withApiProxy } from "../kube/apiProxy";
import { type ClusterFacts, readClusterFacts } from "../kube/clusterFacts";
import { readClusterIdentity } from "../kube/clusterIdentity";
import { gatewayServicePath } from "../kube/gatewayService";
import { providerKubeconfig } from "../kube/providerKubeconfig";
import { type ClusterFindings, gatewayNamespace } from "../lib/cluster/findings";
import type { ClusterIdentity } from "../lib/mesh/contract";
import type { ClusterStackSettings } from "../lib/config/clusterStack";
import type { HandoverClient } from "../handover/client";
import type { DnsChoice } from "../lib/dns/adapter";
import { clusterInputs } from "./access";
import { type ClusterCa, readClusterCa } from "./clusterCa";
import { otherState } from "./otherState";
import { holdsFormerDefinitions, type OwnState, readOwnState } from "./ownState";
import { type KnownPeer, readPeers } from "./peers";
import { chooseDns, readHoldings } from "./holdings";
import { allRead } from "./refusal";
import { judgeRights, readRights } from "./rights";
import { type Findings, judgeOthers, readOthers } from "./strangers";

/** Everything that a cluster's program reads before it plans. */
export interface Reading {
    /** The certificate authority that it is to have. */
    readonly ca: ClusterCa;
    /** What the cluster tells of itself. */
    readonly facts: ClusterFacts;
    /** By what it is told from another; undefined where that can't be read. */
    readonly identity: ClusterIdentity | undefined;
    /** The kubeconfig for Pulumi's Kubernetes provider. */
    readonly providerKubeconfig: string;
    /** The other clusters that its settings name. */
    readonly peers: ReadonlyMap<string, KnownPeer>;
    /** What stands in the cluster already. */
    readonly holds: ClusterFindings;
    /** The cluster's own DNS. */
    readonly dns: DnsChoice;
    /** What the stack's own state says of earlier updates. */
    readonly own: OwnState;
    /** Whether Istio's definitions stay in its chart once more, as an earlier version had them. */
    readonly releasesDefinitions: boolean;
    /** Sentences about a state that is not the one that the cluster was made with. */
    readonly otherState: readonly string[];
    /** Objects of somebody else where the stack's own are to be. */
    readonly strangers: Findings;
    /** What the kubeconfig's user may not do. */
    readonly rights: Findings;
}

/**
 * Reads it all, side by side, and writes nothing.
 *
 * @throws pulumi.RunError with one message that lists everything that can't be read
 */
export function readAll(
    name: string,
    settings: ClusterStackSettings,
    handover: HandoverClient | undefined,
): Promise<Reading> {
    return withApiProxy(settings.cluster, () => readSideBySide(name, settings, handover));
}

async function readSideBySide(
    name: string,
    settings: ClusterStackSettings,
    handover: HandoverClient | undefined,
): Promise<Reading> {
    const { cluster } = settings;
    const ownCa = readClusterCa(name, settings, handover);
    const ownState = readOwnState(name);
    const holdings = readHoldings(settings);
    const [ca, facts, identity, peers, holds, dns, own, others, rules] = await allRead(name, [
        ownCa,
        readClusterFacts(cluster, {
            servicePath: gatewayServicePath(gatewayNamespace(settings)),
            nodePort: settings.gateway.nodePort,
        }),
        readClusterIdentity(cluster),
        readPeers(name, settings, ownCa, handover),
        holdings,
        chooseDns(name, settings),
        ownState,
        readOthers(settings, holdings, ownState),
        readRights(settings),
    ]);
    const other = await otherState(name, settings, { ca, holds, own });
    const strangers = await judgeOthers(settings, others, own);
    const rights = await judgeRights(settings, dns, holds.makesSystemNamespace, rules);
    return {
        ca,
        facts,
        identity,
        // A provider that an earlier version has made gets its identifier first, and not another entry in the same step.
        providerKubeconfig: providerKubeconfig(
            clusterInputs(settings),
            !own.isUp || own.outputs?.identity !== undefined,
        ),
        peers,
        holds,
        dns,
        own,
        releasesDefinitions: settings.istio.install && (await holdsFormerDefinitions(own)),
        otherState: other,
        strangers,
        rights,
    };
}
