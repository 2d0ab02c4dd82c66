import { spiffeId } from "../base/names";
import { all, type ClusterEvidence, isMeshs } from "./evidence";
import { atExporters, edits, type FailedCall, type Finding, type Judge, nameOf } from "./finding";
import { selects } from "./match";
import type { AuthorizationPolicySpec, Pod, PolicySpec, Thing } from "./objects";
import { type Access, ruleCovers } from "./policies";
import { hasSidecar } from "../cluster/livePods";
import { callerPods, podPortOf, serverPods } from "./workloads";

type Policy = Thing<AuthorizationPolicySpec>;

/** An AuthorizationPolicy at the pods by which the caller is not let in. */
export const judgePolicies: Judge = (call, evidence) => {
    const here = evidence.get(call.caller.cluster);
    // Whom a policy admits can't be told without the one who calls.
    if (here === undefined || call.caller.workload === "") return [];
    return atExporters(call, evidence, (exporter, there) => {
        const pod = serverPods(there, call, exporter).find(hasSidecar);
        return pod === undefined ? [] : judgePod(call, here, there, pod);
    });
};

function judgePod(
    call: FailedCall,
    here: ClusterEvidence,
    there: ClusterEvidence,
    pod: Pod,
): readonly Finding[] {
    const access = accessOf(call, here, there);
    const policies = all(there, "AuthorizationPolicy").filter((each) =>
        appliesTo(each, pod, there.systemNamespace),
    );
    const isRefused = /RBAC/.test(call.seen);
    const found = policies
        .filter(({ spec }) => spec?.action === "DENY")
        .flatMap((policy) => {
            const covers = answersOf(policy, access);
            // What can't be told counts where the answer says that some policy refuses.
            const denies = covers.includes(true) || (isRefused && covers.includes(undefined));
            return denies ? [finding(call, there, policy, "denies", access)] : [];
        });
    const allowing = policies.filter(({ spec }) => (spec?.action ?? "ALLOW") === "ALLOW");
    const answers = allowing.flatMap((policy) => answersOf(policy, access));
    const admits = answers.includes(true) || (answers.includes(undefined) && !isRefused);
    const [first] = allowing;
    if (first !== undefined && !admits)
        found.push(finding(call, there, first, "doesn't admit", access, allowing));
    return found.length > 0 ? found : byOthers(call, there, policies, isRefused);
}

const answersOf = ({ spec }: Policy, access: Access) =>
    (spec?.rules ?? []).map((rule) => ruleCovers(rule, access));

/** Whether a policy is for a pod's own proxy: one that names a gateway or a Service is for other proxies. */
export function appliesTo(
    { metadata, spec = {} }: Thing<PolicySpec>,
    pod: Pod,
    rootNamespace: string,
): boolean {
    if (spec.targetRef !== undefined || (spec.targetRefs ?? []).length > 0) return false;
    const isNear = metadata.namespace === pod.metadata.namespace || metadata.namespace === rootNamespace;
    return isNear && selects(spec.selector ?? {}, pod.metadata.labels);
}

function accessOf(call: FailedCall, here: ClusterEvidence, there: ClusterEvidence): Access {
    const { namespace } = call.caller;
    const serviceAccount = callerPods(here, call)[0]?.spec?.serviceAccountName ?? "default";
    const ofCaller = here.outputs.trustDomain ?? "cluster.local";
    const ofServer = there.outputs.trustDomain ?? "cluster.local";
    const accepted = there.outputs.acceptedTrustDomains ?? [];
    // istiod writes a policy's own trust domain for each that it accepts.
    const domains = [ofCaller, ...(accepted.includes(ofCaller) ? [ofServer] : [])];
    const isGrpc = call.port.protocol === "GRPC";
    const speaksHttp = isGrpc || /^HTTP/.test(call.port.protocol);
    return {
        principals: domains.map((domain) =>
            spiffeId(domain, namespace, serviceAccount).slice("spiffe://".length),
        ),
        namespace,
        serviceAccount,
        port: podPortOf(there, call),
        host: call.host,
        method: isGrpc ? "POST" : "GET",
        ...(speaksHttp && { path: call.path }),
    };
}

function finding(
    call: FailedCall,
    there: ClusterEvidence,
    policy: Policy,
    verb: "denies" | "doesn't admit",
    { principals, port }: Access,
    policies: readonly Policy[] = [policy],
): Finding {
    const name = nameOf("AuthorizationPolicy", policy.metadata);
    const since = policy.metadata.creationTimestamp;
    const common = { cluster: there.cluster, ...(since !== undefined && { since }) };
    const caller = `the caller is ${principals.join(" or ")}, and the pod's port ${port}`;
    if (isMeshs(there, "AuthorizationPolicy", policy.metadata, call.host)) {
        return {
            ...common,
            code: "caller-not-allowed",
            cause: `${call.caller.namespace}/${call.caller.workload} of ${call.caller.cluster} is not among the callers that ${there.cluster} allows for ${call.host}.`,
            evidence: [`${name}, of the export's allowedFrom`, caller],
            next: [
                `Add the caller to allowedFrom of the export in Pulumi.${there.cluster}.yaml, then: `,
                { up: [there.cluster] },
            ],
        };
    }
    const tokens = all(there, "RequestAuthentication").map(({ metadata }) =>
        nameOf("RequestAuthentication", metadata),
    );
    const wantsToken =
        JSON.stringify(policies.map(({ spec }) => spec)).match(/[rR]equestPrincipals|request\.auth\./) !==
        null;
    const names = policies.map(({ metadata }) => nameOf("AuthorizationPolicy", metadata)).join(", ");
    return {
        ...common,
        code: "policy-denies",
        cause: `${policies.length === 1 ? name : names} ${policies.length === 1 ? verb : "don't admit"} this caller.`,
        evidence: [
            `${name}: spec.action: ${policy.spec?.action ?? "ALLOW"}, ${(policy.spec?.rules ?? []).length} rules`,
            caller,
            ...(wantsToken
                ? [
                      `it asks for a token, and the call has none${tokens.length > 0 ? ` (${tokens.join(", ")})` : ""}`,
                  ]
                : []),
        ],
        next: [
            verb === "denies"
                ? "Leave the caller out of it: "
                : `Admit ${principals[0] ?? "the caller"} in it: `,
            edits(there, "AuthorizationPolicy", policy.metadata),
        ],
    };
}

/** Where a policy refuses and none of those can be told: one that asks somebody else. */
function byOthers(
    call: FailedCall,
    there: ClusterEvidence,
    policies: readonly Policy[],
    isRefused: boolean,
): readonly Finding[] {
    if (!isRefused && !/HTTP 40[13]/.test(call.seen)) return [];
    return policies
        .filter(({ spec }) => spec?.action === "CUSTOM")
        .map(({ metadata }) => {
            const name = nameOf("AuthorizationPolicy", metadata);
            return {
                code: "policy-denies" as const,
                cluster: there.cluster,
                cause: `${name} lets somebody else decide, who refuses this caller.`,
                evidence: [`${name}: spec.action: CUSTOM`],
                next: [
                    "See what it asks, and why that refuses: ",
                    edits(there, "AuthorizationPolicy", metadata),
                ],
            };
        });
}
