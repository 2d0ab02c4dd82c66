import { objectName, spiffeId } from "../lib/base/names";
import type { ClusterFindings } from "../lib/cluster/findings";
import { judgeIdentity } from "../lib/cluster/identity";
import { type ClusterStackSettings, importVia, mainSuffix } from "../lib/config/clusterStack";
import { exportAddress, type ExportSettings } from "../lib/config/exports";
import { type ClusterDns, usualDns } from "../lib/dns/adapter";
import type { ZoneRecord } from "../lib/dns/zoneFile";
import type { Subset } from "../lib/istio/types";
import type { ClusterIdentity, ClusterOutputs, PendingImport } from "../lib/mesh/contract";
import { type ImportResolution, type ResolvedImport, resolveImports } from "../lib/mesh/imports";
import { type SharedRule, sharedRules } from "../lib/mesh/sharedRules";
import { exportSubsets } from "../lib/mesh/subsets";
import { type Callers, refusedByExporters, resolveCallers } from "../lib/mesh/trustDomains";
import { type ClusterCa, distrustWarnings } from "./clusterCa";
import { adoptionWarnings } from "./otherState";
import { knownTrust, unappliedWarnings } from "./peers";
import { examineCluster, membershipProblems, rangeProblems } from "./preflight";
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
    /** By what the cluster is told from another, as the outputs are to say it. */
    readonly identity: ClusterIdentity | undefined;
    /** The kubeconfig for Pulumi's Kubernetes provider. */
    readonly providerKubeconfig: string;
    readonly dns: ClusterDns;
    /** Addresses of the ready nodes, where the gateway needs them. */
    readonly nodeAddresses: readonly string[];
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
    const found = judge(name, settings, reading);
    const { own } = reading;
    const { exported, imports, callers, examined } = found;
    const exports = planExports(settings, exported, imports, callers);
    const hosts = exported.map(({ host }) => host);
    return {
        problems: problemsOf(name, settings, reading, found),
        warnings: warningsOf(name, settings, reading, found),
        plan: {
            name,
            settings,
            ca: reading.ca,
            holds: reading.holds,
            isNew: !own.isUp,
            releasesDefinitions: reading.releasesDefinitions,
            identity: reading.identity ?? own.outputs?.identity,
            providerKubeconfig: reading.providerKubeconfig,
            dns: "dns" in reading.dns ? reading.dns.dns : usualDns(settings.dns),
            nodeAddresses: examined.nodeAddresses,
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

/** What follows from a cluster's settings and what was read. */
type Judged = ReturnType<typeof judge>;

function judge(name: string, settings: ClusterStackSettings, reading: Reading) {
    const { ca, facts, peers, own } = reading;
    const suffix = mainSuffix(settings);
    const exported = settings.exports.map((entry) => ({ ...entry, ...exportAddress(entry, suffix) }));
    const ranges = [...settings.cluster.ranges, ...facts.ranges];
    const trust = knownTrust(name, settings, ca.clusters, peers);
    const { uid, ...access } = settings.cluster;
    return {
        exported,
        examined: examineCluster(name, settings, facts),
        imports: resolveImports(name, settings.imports, peers, suffix, exported, ranges),
        trust,
        callers: settings.exports.map(
            ({ allowedFrom }, index) =>
                allowedFrom && resolveCallers(`exports[${index}].allowedFrom`, allowedFrom, trust),
        ),
        identity: judgeIdentity({ stack: name, ...access }, own.outputs?.identity, reading.identity, uid),
    };
}

function problemsOf(
    name: string,
    settings: ClusterStackSettings,
    reading: Reading,
    { exported, examined, imports, trust, callers, identity }: Judged,
): readonly string[] {
    const { ca, facts, holds, dns } = reading;
    return [
        ...examined.problems,
        ...identity.problems,
        ...reading.otherState,
        ...ca.problems,
        ...holds.problems,
        ...reading.strangers.problems,
        ...reading.rights.problems,
        ...membershipProblems(name, settings, ca.clusters),
        ...rangeProblems(exported, facts.ranges),
        ...imports.problems,
        ...("problem" in dns ? [dns.problem] : []),
        ...callers.flatMap((each) => each?.problems ?? []),
        ...refusedByExporters(
            settings.imports.flatMap(({ from }) => from),
            trust,
        ),
    ];
}

function warningsOf(
    name: string,
    settings: ClusterStackSettings,
    reading: Reading,
    { examined, imports, callers, identity }: Judged,
): readonly string[] {
    const { ca, peers, holds, own } = reading;
    return [
        ...adoptionWarnings(name, settings),
        ...examined.warnings,
        ...identity.warnings,
        ...holds.warnings,
        ...reading.strangers.warnings,
        ...reading.rights.warnings,
        ...unappliedWarnings(settings, peers),
        ...unknownCallers(callers),
        ...distrustWarnings({ stack: name, ...ca }, peers),
        ...pendingWarnings(imports, own.outputs?.imports.map(({ host }) => host) ?? []),
    ];
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

function unknownCallers(callers: readonly (Callers | undefined)[]): readonly string[] {
    return [...new Set(callers.flatMap((each) => each?.unknown ?? []))].map(
        (cluster) =>
            `The callers of ${cluster} are shut out for now: stack ${cluster} is not up yet, so its trust domain is not ` +
            `known. The next update after that lets them in.`,
    );
}

function pendingWarnings(
    { active, pending }: ImportResolution,
    before: readonly string[],
): readonly string[] {
    return pending.map(({ host, from, reason }) => {
        const others = active.find((entry) => entry.host === host)?.exporters ?? [];
        const what = others.length > 0 ? `${host} from ${from}` : host;
        const loss =
            others.length === 0 && before.includes(host)
                ? " It was in place until now; calls to it fail from this update on."
                : "";
        return `The import of ${what} is pending: ${reason}. The next update completes it.${loss}`;
    });
}
