import { stubAdapters, type StubAdapter } from "../base/dnsAdapter";
import { isWithin } from "../base/names";
import { stubFormats } from "../dns/stubDomains";
import { all, type ClusterEvidence, wasRead } from "./evidence";
import type { FailedCall, Finding, Judge } from "./finding";
import { reads, type StepPart, writes } from "./finding";
import { deploymentOf } from "./workloads";

const systemOfDns = "kube-system";
const globalDns = "global-dns";

/** The way of a name: the cluster's DNS runs, hands the zone on, and GlobalDns runs behind it. */
export const judgeNames: Judge = (call, evidence) => {
    const here = evidence.get(call.caller.cluster);
    if (here === undefined || call.endedAt !== "name") return [];
    return [...clusterDns(here), ...forwarding(here, call), ...server(here)];
};

function notRunning(
    here: ClusterEvidence,
    code: "dns-not-running" | "globaldns-not-running",
    what: string,
    { namespace, name }: { readonly namespace: string; readonly name: string },
    gone: readonly StepPart[],
): readonly Finding[] {
    const deployment = deploymentOf(here, namespace, name);
    if ((deployment?.status?.readyReplicas ?? 0) > 0) return [];
    const isOff = deployment?.spec?.replicas === 0;
    const how =
        deployment === undefined
            ? "it is not there"
            : isOff
              ? "its Deployment wants no pods"
              : "no pod of it is ready";
    return [
        {
            code,
            cluster: here.cluster,
            cause: `${what} of ${here.cluster} does not run: ${how}.`,
            evidence: [
                deployment === undefined
                    ? `Deployment ${namespace}/${name}: none`
                    : `Deployment ${namespace}/${name}: spec.replicas: ${deployment.spec?.replicas ?? 1}, ready: 0`,
            ],
            next:
                deployment === undefined
                    ? gone
                    : isOff
                      ? [
                            "Let it have pods again: ",
                            writes(here, `-n ${namespace} scale deployment ${name} --replicas=2`),
                        ]
                      : ["See why: ", reads(here, `-n ${namespace} describe deployment ${name}`)],
        },
    ];
}

/** The Deployments that may be a cluster's DNS. */
const dnsNames = ["coredns", "kube-dns", "rke2-coredns-rke2-coredns"];

function clusterDns(here: ClusterEvidence): readonly Finding[] {
    if (!wasRead(here, "Deployment")) return [];
    const name = dnsNames.find((each) => deploymentOf(here, systemOfDns, each) !== undefined);
    // One of another name is not known here.
    if (name === undefined) return [];
    return notRunning(here, "dns-not-running", "The cluster DNS", { namespace: systemOfDns, name }, []);
}

function server(here: ClusterEvidence): readonly Finding[] {
    if (here.outputs.globalDnsAddress === undefined || !wasRead(here, "Deployment")) return [];
    const up = { up: [here.cluster] };
    const place = { namespace: here.systemNamespace, name: globalDns };
    const pods = notRunning(here, "globaldns-not-running", "GlobalDns", place, ["Bring it back: ", up]);
    if (pods.length > 0 || !wasRead(here, "Service")) return pods;
    const service = all(here, "Service").find(
        ({ metadata }) => metadata.namespace === place.namespace && metadata.name === globalDns,
    );
    if (service?.spec?.clusterIP === here.outputs.globalDnsAddress) return [];
    return [
        {
            code: "globaldns-not-running",
            cluster: here.cluster,
            cause: `GlobalDns of ${here.cluster} is not where the cluster DNS asks for it.`,
            evidence: [
                `Service ${place.namespace}/${globalDns}: ${service === undefined ? "none" : `spec.clusterIP: ${service.spec?.clusterIP ?? "none"}`}`,
                `the last update says: ${here.outputs.globalDnsAddress}`,
            ],
            next: ["Set it right: ", up],
        },
    ];
}

const isStub = (adapter: string): adapter is StubAdapter =>
    (stubAdapters as readonly string[]).includes(adapter);

/** Whether the cluster DNS's ConfigMap hands the host's zone on to GlobalDns. */
function forwarding(here: ClusterEvidence, { host }: FailedCall): readonly Finding[] {
    const { dnsAdapter, suffixes, globalDnsAddress } = here.outputs;
    const zone = suffixes.find((suffix) => isWithin(host, suffix));
    if (!isStub(dnsAdapter) || zone === undefined || globalDnsAddress === undefined) return [];
    if (!wasRead(here, "ConfigMap")) return [];
    const name = dnsAdapter === "coredns" ? "coredns" : dnsAdapter;
    const map = all(here, "ConfigMap").find(
        ({ metadata }) => metadata.namespace === systemOfDns && metadata.name === name,
    );
    const block = readBlock(dnsAdapter, map?.data, zone);
    if (block.includes(globalDnsAddress)) return [];
    const up = { up: [here.cluster] };
    return [
        {
            code: "dns-not-forwarding",
            cluster: here.cluster,
            cause:
                block === ""
                    ? `The cluster DNS of ${here.cluster} does not hand ${zone} on any more: the mesh's part of its configuration is gone.`
                    : `The cluster DNS of ${here.cluster} hands ${zone} on to another server than GlobalDns.`,
            evidence: [
                `ConfigMap ${systemOfDns}/${name}: ${map === undefined ? "none" : block === "" ? `no part for ${zone}` : block.trim().replace(/\s+/g, " ")}`,
                `GlobalDns: ${globalDnsAddress}`,
            ],
            next: ["Put it back: ", up],
        },
    ];
}

function readBlock(adapter: StubAdapter, data: Readonly<Record<string, string>> = {}, zone: string): string {
    try {
        return stubFormats[adapter].read({ data, annotations: {} }, [zone]);
    } catch (error) {
        return error instanceof Error ? error.message : "";
    }
}
