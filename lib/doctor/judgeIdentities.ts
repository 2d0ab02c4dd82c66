import { spiffeId } from "../base/names";
import type { ProxyCertificates } from "../certificates/proxyCertificates";
import type { ClusterEvidence } from "./evidence";
import { atExporters, type Finding, isRemote, type Judge, nameOf, reads, writes } from "./finding";
import type { Pod } from "./objects";
import { hasSidecar, isReady } from "../cluster/livePods";
import { callerPods, serverPods, workloadName } from "./workloads";

/** Pods behind the host that run under another service account than the exported one. */
export const judgeAccounts: Judge = (call, evidence) =>
    atExporters(call, evidence, (exporter, there) => {
        if (!isRemote(call, exporter) || exporter.identities.length === 0) return [];
        const domain = there.outputs.trustDomain ?? "cluster.local";
        const identityOf = ({ metadata, spec }: Pod) =>
            spiffeId(domain, metadata.namespace ?? "", spec?.serviceAccountName ?? "default");
        const pods = serverPods(there, call, exporter).filter((pod) => hasSidecar(pod) && isReady(pod));
        const strange = pods.filter((pod) => !exporter.identities.includes(identityOf(pod)));
        const [pod] = strange;
        if (pod === undefined) return [];
        const account = pod.spec?.serviceAccountName ?? "default";
        return [
            {
                code: "other-service-account" as const,
                cluster: there.cluster,
                cause: `${strange.length} of ${pods.length} pods behind ${call.host} have an identity that callers refuse: the service account ${account}.`,
                evidence: [
                    `${nameOf("pod", pod.metadata)}: spec.serviceAccountName: ${account}`,
                    `exported: ${exporter.identities.join(", ")}`,
                ],
                next: [
                    `Give the pods the exported account, or name theirs as serviceAccount of the export in Pulumi.${there.cluster}.yaml: `,
                    writes(there, `-n ${pod.metadata.namespace ?? ""} edit ${workloadName(pod)}`),
                ],
            },
        ];
    });

/** Certificates that both ends hold: that none is over, and that each end trusts the other's root. */
export const judgeCertificates: Judge = (call, evidence) => {
    const here = evidence.get(call.caller.cluster);
    const caller = here && proxiesOf(here, callerPods(here, call))[0];
    if (here === undefined || caller === undefined) return [];
    return [
        ...expired(call.at, here, caller),
        ...atExporters(call, evidence, (exporter, there) =>
            proxiesOf(there, serverPods(there, call, exporter)).flatMap((server) => [
                ...(server === caller ? [] : expired(call.at, there, server)),
                ...untrusted(here, caller, there, server),
            ]),
        ),
    ];
};

function proxiesOf({ proxies }: ClusterEvidence, pods: readonly Pod[]): readonly ProxyCertificates[] {
    const names = pods.map(({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name}`);
    return proxies.filter(({ pod, problem }) => names.includes(pod) && problem === undefined);
}

function expired(now: number, where: ClusterEvidence, { pod, chain }: ProxyCertificates): readonly Finding[] {
    const over = chain.find(({ validTo }) => Date.parse(validTo) < now);
    if (over === undefined) return [];
    return [
        {
            code: "certificate-expired",
            cluster: where.cluster,
            cause: `A certificate of the proxy of ${pod} ended on ${over.validTo}.`,
            evidence: [`${pod}: ${over.subjectAltName ?? over.subject}: notAfter ${over.validTo}`],
            next: ["Renew the certificates: ", { up: [] }],
            since: new Date(over.validTo).toISOString(),
        },
    ];
}

function untrusted(
    here: ClusterEvidence,
    caller: ProxyCertificates,
    there: ClusterEvidence,
    server: ProxyCertificates,
): readonly Finding[] {
    const isTrusted = (by: ProxyCertificates, of: ProxyCertificates) =>
        by.trusted.length === 0 ||
        of.trusted.length === 0 ||
        of.trusted.some((root) => by.trusted.includes(root));
    if (isTrusted(caller, server) && isTrusted(server, caller)) return [];
    const shown = (roots: readonly string[]) => roots.map((root) => root.slice(0, 16)).join(", ");
    // Whose proxies have not what their cluster's last update says is behind.
    const isBehind = (where: ClusterEvidence, proxy: ProxyCertificates) =>
        !where.outputs.trustedRoots.some((root) => proxy.trusted.includes(root));
    const late = isBehind(here, caller) ? { where: here, proxy: caller } : { where: there, proxy: server };
    const [namespace = "", name = ""] = late.proxy.pod.split("/");
    return [
        {
            code: "other-root",
            cluster: late.where.cluster,
            cause: `The proxies at the two ends have no root certificate in common.`,
            evidence: [
                `${here.cluster} ${caller.pod} trusts ${shown(caller.trusted)}`,
                `${there.cluster} ${server.pod} trusts ${shown(server.trusted)}`,
                `mesh, by the last updates: ${shown(here.outputs.trustedRoots)}; ${shown(there.outputs.trustedRoots)}`,
            ],
            next: [
                "Update all clusters, then let the pods that are behind start anew: ",
                { up: [] },
                "; the pod: ",
                reads(late.where, `-n ${namespace} get pod ${name}`),
            ],
        },
    ];
}
