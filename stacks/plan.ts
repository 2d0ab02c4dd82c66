import { objectName, spiffeId } from "../lib/base/names";
import type { ClusterFindings } from "../lib/cluster/findings";
import { type ClusterStackSettings, importVia } from "../lib/config/clusterStack";
import type { ExportSettings } from "../lib/config/exports";
import { type ClusterDns, usualDns } from "../lib/dns/adapter";
import type { ZoneRecord } from "../lib/dns/zoneFile";
import type { Subset } from "../lib/istio/types";
import type { ClusterIdentity, ClusterOutputs, PendingImport } from "../lib/mesh/contract";
import { type Consent, consentOf } from "../lib/mesh/consent";
import { remainingNodePort } from "../lib/mesh/gatewayDrift";
import type { ImportResolution, ResolvedImport } from "../lib/mesh/imports";
import { type SharedRule, sharedRules } from "../lib/mesh/sharedRules";
import { exportSubsets } from "../lib/mesh/subsets";
import type { Callers } from "../lib/mesh/trustDomains";
import type { ClusterCa } from "./clusterCa";
import { judge } from "./judge";
import type { Reading } from "./read";

/** An export with all that is needed to write it into the cluster. */
export interface PlannedExport extends Omit<ExportSettings, "subsets" | "virtualAddress"> {
    /** Name of its component and of its objects. */
    readonly name: string;
    readonly host: string;
    readonly virtualAddress: string;
    /** Its versions, as its entry in the configuration names them. */
    readonly versions: readonly Subset[];
    /** Its pods' identities. */
    readonly ownIdentities: readonly string[];
    /** Who may call it, as Istio's policies name them; everybody where undefined. */
    readonly principals?: readonly string[];
    /** Namespaces of any cluster whose workloads may all call it too. */
    readonly callerNamespaces?: readonly string[];
    /** Which clusters may import it, as its outputs say it. */
    readonly consent: Consent;
    /** The import of the same host, if the cluster has one: own and remote pods are one service then. */
    readonly alsoImported?: ResolvedImport;
}

/** An import with all that is needed to write it into the cluster. */
export interface PlannedImport extends ResolvedImport {
    /** Name of its component and of its objects. */
    readonly name: string;
    /** Whether its calls leave the cluster through the egress gateway. */
    readonly goesOut: boolean;
    /** The cluster's own export of the same host, if it has one. */
    readonly own?: PlannedExport;
}

/** What a cluster's program builds. */
export interface ClusterPlan {
    readonly name: string;
    readonly settings: ClusterStackSettings;
    readonly ca: ClusterCa;
    readonly holds: ClusterFindings;
    /** Whether no update of the stack has come to its end yet. */
    readonly isNew: boolean;
    /** Whether Istio's definitions stay in its chart once more, see {@link Reading}. */
    readonly releasesDefinitions: boolean;
    /** Istio's definitions as the last update has found them. */
    readonly definitions: ClusterOutputs["definitions"];
    /** By what the cluster is told from another, as the outputs are to say it. */
    readonly identity: ClusterIdentity | undefined;
    /** The kubeconfig for Pulumi's Kubernetes provider. */
    readonly providerKubeconfig: string;
    readonly dns: ClusterDns;
    /** Addresses of the ready nodes, where the gateway needs them. */
    readonly nodeAddresses: readonly string[];
    /** The node port of a gateway that is about to lose its load balancer, see {@link remainingNodePort}. */
    readonly remainingNodePort: number | undefined;
    readonly exports: readonly PlannedExport[];
    readonly imports: readonly PlannedImport[];
    /** What several imports have in common. */
    readonly sharedRules: readonly SharedRule[];
    readonly pending: readonly PendingImport[];
    /** Whether the cluster has an egress gateway. */
    readonly hasEgress: boolean;
    /** The names that the mesh's DNS serves in this cluster. */
    readonly records: readonly ZoneRecord[];
    /** The pod that calls are tried from. */
    readonly probe: ClusterOutputs["probe"];
}

/** A plan, with what stands against it and what there is to say of it. */
export interface Planned {
    readonly plan: ClusterPlan;
    /** Sentences about what can't work. Where there is one, the plan is not to be built. */
    readonly problems: readonly string[];
    readonly warnings: readonly string[];
}

/** Decides what a cluster's program builds, from its settings and what was read. */
export function planCluster(name: string, settings: ClusterStackSettings, reading: Reading): Planned {
    const { problems, warnings, exported, imports, callers, examined } = judge(name, settings, reading);
    const { own } = reading;
    const exports = planExports(settings, exported, imports, callers);
    const hosts = exported.map(({ host }) => host);
    return {
        problems,
        warnings,
        plan: {
            name,
            settings,
            ca: reading.ca,
            holds: reading.holds,
            isNew: !own.isUp,
            releasesDefinitions: reading.releasesDefinitions,
            definitions: own.outputs?.definitions,
            identity: reading.identity ?? own.outputs?.identity,
            providerKubeconfig: reading.providerKubeconfig,
            dns: "dns" in reading.dns ? reading.dns.dns : usualDns(settings.dns),
            nodeAddresses: examined.nodeAddresses,
            remainingNodePort: remainingNodePort(reading.facts.gatewayService, settings.gateway),
            exports,
            imports: planImports(settings, imports, exports),
            sharedRules: sharedRules(imports.active, hosts),
            pending: imports.pending,
            hasEgress: settings.imports.some((entry) => importVia(settings, entry) === "egress"),
            records: zoneRecords(exported, imports),
            probe: sleepProbe(settings),
        },
    };
}

/** An export's entry with its host and address. */
type Exported = ExportSettings & { readonly host: string; readonly virtualAddress: string };

function planExports(
    { mesh }: ClusterStackSettings,
    exported: readonly Exported[],
    { active }: ImportResolution,
    callers: readonly (Callers | undefined)[],
): readonly PlannedExport[] {
    return exported.map(({ subsets, ...entry }, index) => ({
        ...entry,
        name: objectName(entry.host),
        versions: exportSubsets(subsets),
        ownIdentities: [spiffeId(mesh.trustDomain, entry.namespace, entry.serviceAccount)],
        principals: callers[index]?.principals,
        callerNamespaces: callers[index]?.namespaces,
        consent: consentOf(entry, mesh.requireConsent),
        alsoImported: active.find(({ host }) => host === entry.host),
    }));
}

function planImports(
    settings: ClusterStackSettings,
    { active }: ImportResolution,
    exports: readonly PlannedExport[],
): readonly PlannedImport[] {
    return active.map((entry) => ({
        ...entry,
        name: objectName(entry.host),
        goesOut: importVia(settings, entry.settings) === "egress",
        own: exports.find(({ host }) => host === entry.host),
    }));
}

/** The cluster's own names first, each once. */
function zoneRecords(exported: readonly Exported[], { active }: ImportResolution): readonly ZoneRecord[] {
    const isOwn = (host: string) => exported.some((entry) => entry.host === host);
    return [...exported, ...active.filter(({ host }) => !isOwn(host))].map(({ host, virtualAddress }) => ({
        host,
        address: virtualAddress,
    }));
}

function sleepProbe({ sampleApps }: ClusterStackSettings): ClusterOutputs["probe"] {
    return (
        sampleApps.sleep && { namespace: sampleApps.sleep.namespace, deployment: "sleep", container: "sleep" }
    );
}
