import { judgeIdentity } from "../lib/cluster/identity";
import { type ClusterStackSettings, mainSuffix } from "../lib/config/clusterStack";
import { exportAddress } from "../lib/config/exports";
import { type ImportResolution, resolveImports } from "../lib/mesh/imports";
import { consentOf, judgeConsent, withdrawnConsent } from "../lib/mesh/consent";
import { type Callers, callersOf, isToldApart, refusedByExporters } from "../lib/mesh/trustDomains";
import { distrustWarnings } from "./clusterCa";
import { examineCluster, membershipProblems, meshClusters, rangeProblems } from "./examine";
import { adoptionWarnings } from "./otherState";
import { knownTrust, unappliedWarnings } from "./peers";
import type { Reading } from "./read";

/** What follows from a cluster's settings and what was read, what stands against it, and what there is to know of it. */
export function judge(name: string, settings: ClusterStackSettings, reading: Reading) {
    const found = conclude(name, settings, reading);
    return {
        ...found,
        /** Sentences about what can't work. */
        problems: problemsOf(name, settings, reading, found),
        /** Sentences about what can. */
        warnings: warningsOf(name, settings, reading, found),
    };
}

type Conclusions = ReturnType<typeof conclude>;

function conclude(name: string, settings: ClusterStackSettings, reading: Reading) {
    const { ca, facts, peers, own } = reading;
    const suffix = mainSuffix(settings);
    const exported = settings.exports.map((entry) => ({ ...entry, ...exportAddress(entry, suffix) }));
    const ranges = [...settings.cluster.ranges, ...facts.ranges];
    const clusters = meshClusters(settings.mesh.caStack, ca.clusters);
    const trust = knownTrust(name, settings, clusters, peers);
    const { uid } = settings.cluster;
    const { requireConsent } = settings.mesh;
    return {
        exported,
        clusters,
        examined: examineCluster(name, settings, facts),
        imports: resolveImports(name, settings.imports, peers, suffix, exported, ranges),
        trust,
        callers: settings.exports.map(({ allowedFrom }, index) =>
            callersOf(`exports[${index}].allowedFrom`, allowedFrom, requireConsent, trust),
        ),
        consent: judgeConsent(settings.imports, peers, {
            cluster: name,
            suffix,
            isToldApart: isToldApart(trust),
        }),
        identity: judgeIdentity(
            { stack: name, ...settings.cluster },
            own.outputs?.identity,
            reading.identity,
            uid,
        ),
    };
}

function problemsOf(
    name: string,
    settings: ClusterStackSettings,
    reading: Reading,
    { exported, clusters, examined, imports, trust, callers, consent, identity }: Conclusions,
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
        ...membershipProblems(name, settings, clusters),
        ...rangeProblems(exported, facts.ranges),
        ...imports.problems,
        ...consent.problems,
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
    { exported, examined, imports, callers, consent, identity }: Conclusions,
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
        ...consent.warnings,
        ...withdrawnConsent(
            exported.map((entry) => ({ ...entry, consent: consentOf(entry, settings.mesh.requireConsent) })),
            own.outputs?.exports ?? [],
            new Map([...peers].map(([peer, { uses }]) => [peer, uses])),
        ),
        ...unknownCallers(callers),
        ...distrustWarnings({ stack: name, ...ca }, peers),
        ...pendingWarnings(imports, own.outputs?.imports.map(({ host }) => host) ?? []),
    ];
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
