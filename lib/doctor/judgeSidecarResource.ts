import { all, type ClusterEvidence, own } from "./evidence";
import { callerPlace, edits, type FailedCall, type Judge, nameOf } from "./finding";
import { byAge, coversHost, hasLabels } from "./match";
import type { SidecarSpec, Thing } from "./objects";
import { clientOf } from "./judgeRules";

type Sidecar = Thing<SidecarSpec>;

/** The Sidecar resource that decides for the caller: for its pods, for its namespace, or for all. */
export function sidecarFor(
    sidecars: readonly Sidecar[],
    { namespace, labels }: ReturnType<typeof clientOf>,
    rootNamespace: string,
): Sidecar | undefined {
    const isGeneral = ({ spec }: Sidecar) => Object.keys(spec?.workloadSelector?.labels ?? {}).length === 0;
    const here = sidecars.filter(({ metadata }) => metadata.namespace === namespace).sort(byAge);
    const chosen = here.find(
        (each) => !isGeneral(each) && hasLabels(labels, each.spec?.workloadSelector?.labels),
    );
    const root = sidecars.filter(({ metadata }) => metadata.namespace === rootNamespace).sort(byAge);
    return chosen ?? here.find(isGeneral) ?? root.find(isGeneral);
}

/** A Sidecar resource that does not let the caller's proxy know the host. */
export const judgeSidecarResource: Judge = (call, evidence) => {
    const here = evidence.get(call.caller.cluster);
    if (here === undefined) return [];
    const sidecar = sidecarFor(all(here, "Sidecar"), clientOf(here, call), here.systemNamespace);
    const egress = sidecar?.spec?.egress ?? [];
    if (sidecar === undefined || egress.length === 0 || isKept(here, call, sidecar)) return [];
    const name = nameOf("Sidecar", sidecar.metadata);
    const place = own(here, "ServiceEntry", call.host)[0]?.metadata.namespace ?? here.systemNamespace;
    return [
        {
            code: "host-hidden-by-sidecar-resource",
            cluster: here.cluster,
            cause: `${name} keeps ${call.host}:${call.port.number} from the proxies of ${callerPlace(call)}.`,
            evidence: [
                `${name}: spec.egress hosts: ${egress.flatMap(({ hosts = [] }) => hosts).join(", ")}`,
                `the host's entry is in ${place}`,
            ],
            next: [
                `Add "${place}/${call.host}" to its egress hosts: `,
                edits(here, "Sidecar", sidecar.metadata),
            ],
            ...(sidecar.metadata.creationTimestamp !== undefined && {
                since: sidecar.metadata.creationTimestamp,
            }),
        },
    ];
};

function isKept(here: ClusterEvidence, call: FailedCall, { metadata, spec }: Sidecar): boolean {
    const entries = own(here, "ServiceEntry", call.host);
    const places =
        entries.length === 0
            ? [here.systemNamespace]
            : entries.map((entry) => entry.metadata.namespace ?? "");
    return (spec?.egress ?? []).some(
        ({ hosts = [], port }) =>
            (port?.number ?? call.port.number) === call.port.number &&
            hosts.some((each) => {
                const [namespace = "", host = ""] = each.split("/");
                const isPlace =
                    namespace === "*" ||
                    places.includes(namespace === "." ? (metadata.namespace ?? "") : namespace);
                return isPlace && (host === "*" || coversHost(host, call.host));
            }),
    );
}
