import { all, aliasOf, type ClusterEvidence, isMeshs, own } from "./evidence";
import { atExporters, edits, type FailedCall, type Finding, isRemote, type Judge, nameOf } from "./finding";
import { byAge, hasLabels, isSeenFrom, isShownToSome } from "./match";
import type { ServiceEntrySpec, Thing } from "./objects";
import { serverPods } from "./workloads";

type Entry = Thing<ServiceEntrySpec>;

/** Somebody's ServiceEntry of the same host, where it is the one that counts, at the caller or at a gateway. */
export const judgeEntries: Judge = (call, evidence) => {
    const here = evidence.get(call.caller.cluster);
    const atCaller = here === undefined ? [] : rivals(here, call, call.caller.namespace, "the caller");
    const atGateways = atExporters(call, evidence, (exporter, there) =>
        isRemote(call, exporter) ? rivals(there, call, there.systemNamespace, "the gateway") : [],
    );
    return [...atCaller, ...atGateways];
};

/**
 * The order in which Istio takes one of several entries of a host for a namespace: those that are shown to single namespaces
 * first, then the older.
 */
export function inOrder(entries: readonly Entry[]): readonly Entry[] {
    return [...entries].sort(
        (one, other) => Number(isShownToSome(other)) - Number(isShownToSome(one)) || byAge(one, other),
    );
}

function rivals(where: ClusterEvidence, call: FailedCall, from: string, who: string): readonly Finding[] {
    const ofHost = all(where, "ServiceEntry").filter(
        (entry) => entry.spec?.hosts?.includes(call.host) === true && isSeenFrom(from, entry),
    );
    const isOurs = ({ metadata }: Entry) => isMeshs(where, "ServiceEntry", metadata, call.host);
    const [winner] = inOrder(ofHost);
    if (winner === undefined) return [];
    const ours = ofHost.find(isOurs);
    if (!isOurs(winner)) return [taken(where, call, winner, ours, who)];
    // Entries of one host in one namespace have their endpoints in common.
    const beside = ofHost.find(
        (entry) =>
            !isOurs(entry) &&
            entry.metadata.namespace === winner.metadata.namespace &&
            (entry.spec?.endpoints ?? []).length > 0,
    );
    return beside === undefined ? [] : [taken(where, call, beside, ours, who)];
}

function taken(
    where: ClusterEvidence,
    call: FailedCall,
    rival: Entry,
    ours: Entry | undefined,
    who: string,
): Finding {
    const name = nameOf("ServiceEntry", rival.metadata);
    const made = ({ metadata }: Entry) => metadata.creationTimestamp ?? "?";
    const why = isShownToSome(rival)
        ? `it is shown to single namespaces (exportTo: ${(rival.spec?.exportTo ?? []).join(", ")}), which comes before what all see`
        : rival.metadata.namespace === ours?.metadata.namespace
          ? "it is in the same namespace, so that Istio puts the endpoints of both together"
          : "it is the older one, which Istio takes";
    const endpoints = (rival.spec?.endpoints ?? []).map(({ address }) => address ?? "?").join(", ");
    return {
        code: "host-taken-by-service-entry",
        cluster: where.cluster,
        cause: `${name} is somebody's entry of the same host ${call.host}, and ${who} goes by it: ${why}.`,
        evidence: [
            `${name}: made ${made(rival)}, endpoints ${endpoints || "none"}, ports ${(rival.spec?.ports ?? []).map(({ number }) => number).join(", ") || "none"}`,
            ours === undefined
                ? "the mesh's own entry is not there"
                : `${nameOf("ServiceEntry", ours.metadata)}, the mesh's own: made ${made(ours)}`,
        ],
        next: [
            `Take the host out of it, or delete it if nobody needs it: `,
            edits(where, "ServiceEntry", rival.metadata),
        ],
        ...(rival.metadata.creationTimestamp !== undefined && { since: rival.metadata.creationTimestamp }),
    };
}

/** Somebody's WorkloadEntry that is an endpoint of the host because it has the labels of the pods. */
export const judgeWorkloadEntries: Judge = (call, evidence) =>
    atExporters(call, evidence, (exporter, there) => {
        const labels = aliasOf(there, call.host)?.spec?.workloadSelector?.labels;
        if (labels === undefined) return [];
        const addresses = serverPods(there, call, exporter).map(({ status }) => status?.podIP);
        return all(there, "WorkloadEntry").flatMap(({ metadata, spec = {} }) => {
            const all = { ...metadata.labels, ...spec.labels };
            const joins = metadata.namespace === exporter.namespace && hasLabels(all, labels);
            // A gateway leaves out an endpoint that is not said to speak mutual TLS.
            const mode =
                all["security.istio.io/tlsMode"] ??
                (spec.serviceAccount === undefined ? "disabled" : "istio");
            const isMeshsOwn = isMeshs(there, "WorkloadEntry", metadata, call.host);
            if (
                !joins ||
                isMeshsOwn ||
                addresses.includes(spec.address) ||
                (isRemote(call, exporter) && mode !== "istio")
            )
                return [];
            const name = nameOf("WorkloadEntry", metadata);
            return [
                {
                    code: "workload-entry-joins" as const,
                    cluster: there.cluster,
                    cause: `${name} has the labels by which the export selects its pods, so that calls go to ${spec.address ?? "it"} too.`,
                    evidence: [
                        `${name}: address ${spec.address ?? "?"}, labels ${Object.entries(all)
                            .map((pair) => pair.join("="))
                            .join(", ")}`,
                    ],
                    next: [
                        "Take those labels from it, or delete it if nobody needs it: ",
                        edits(there, "WorkloadEntry", metadata),
                    ],
                    ...(metadata.creationTimestamp !== undefined && { since: metadata.creationTimestamp }),
                },
            ];
        });
    });

/** The mesh's own entries, without which nobody knows the host. */
export const judgeOwnEntries: Judge = (call, evidence) => {
    const here = evidence.get(call.caller.cluster);
    const findings: Finding[] = [];
    const isAway = call.exporters.some((exporter) => isRemote(call, exporter));
    if (here?.lists.ServiceEntry !== undefined && isAway) findings.push(...ofImport(here, call, evidence));
    return [
        ...findings,
        ...atExporters(call, evidence, (_, there) => {
            if (there.lists.ServiceEntry === undefined || aliasOf(there, call.host) !== undefined) return [];
            return [
                {
                    code: "alias-missing" as const,
                    cluster: there.cluster,
                    cause: `The ServiceEntry by which ${there.cluster} knows its own service as ${call.host} is not there.`,
                    evidence: [`the mesh's ServiceEntries of ${call.host} with a workloadSelector: 0`],
                    next: ["Bring it back: ", { up: [there.cluster] }],
                },
            ];
        }),
    ];
};

function ofImport(
    here: ClusterEvidence,
    call: FailedCall,
    evidence: ReadonlyMap<string, ClusterEvidence>,
): readonly Finding[] {
    const entries = own(here, "ServiceEntry", call.host);
    if (entries.length === 0) {
        return [
            {
                code: "import-missing",
                cluster: here.cluster,
                cause: `The ServiceEntry by which ${here.cluster} knows ${call.host} is not there.`,
                evidence: [`the mesh's ServiceEntries of ${call.host}: 0`],
                next: ["Bring it back: ", { up: [here.cluster] }],
            },
        ];
    }
    if (call.isThroughEgress) return [];
    const endpoints = entries.flatMap(({ spec }) => spec?.endpoints ?? []);
    const wanted = call.exporters.flatMap(({ cluster }) => {
        const gateway = evidence.get(cluster)?.outputs.gateway;
        return gateway === undefined || cluster === here.cluster
            ? []
            : [gateway.peers?.[here.cluster] ?? gateway];
    });
    const isRight = endpoints.some(({ address, ports = {} }) =>
        wanted.some(
            (place) => place.addresses.includes(address ?? "") && ports[call.port.name] === place.port,
        ),
    );
    if (isRight || wanted.length === 0) return [];
    const shown = endpoints.map(
        ({ address, ports = {} }) => `${address ?? "?"}:${ports[call.port.name] ?? "?"}`,
    );
    return [
        {
            code: "import-stale",
            cluster: here.cluster,
            cause: `The import of ${call.host} leads to another place than the exporter's gateway.`,
            evidence: [
                `endpoints of ${nameOf("ServiceEntry", entries[0]?.metadata ?? { name: call.host })}: ${shown.join(", ") || "none"}`,
                `gateways, by their last update: ${wanted.map(({ addresses, port }) => `${addresses.join("/")}:${port}`).join(", ")}`,
            ],
            next: ["Write it anew: ", { up: [here.cluster] }],
        },
    ];
}
