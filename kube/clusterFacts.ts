import type { NodeFacts } from "../lib/base/addresses";
import type { CredentialFailure } from "../lib/cluster/credentialProblem";
import type { PlacedEntry } from "../lib/cluster/kubeconfig";
import {
    type AccessFailure,
    defaultNodePortRange,
    isInRange,
    type NodePortFacts,
} from "../lib/cluster/problems";
import type { ServiceFacts } from "../lib/mesh/gatewayDrift";
import { KubeconfigError } from "./access";
import { certificateEnd, hasCredentials, readContext } from "./kubeconfig";
import { answerSeconds, type ClusterAccess, getJson, KubectlError, type List, postJson } from "./kubectl";

/** What a cluster tells of itself before anything is written to it. */
export interface ClusterFacts {
    /** Why it tells nothing; undefined where it answers. */
    readonly failure?: AccessFailure;
    /** The API server's version, such as `v1.34.4`; undefined where it may not be read. */
    readonly version?: string;
    /** Its nodes, or why they may not be listed. */
    readonly nodes: readonly NodeFacts[] | { readonly refusal: string };
    /** CIDR ranges of its Services and, where its nodes have them, of its pods; empty where they may not be read. */
    readonly ranges: readonly string[];
    /** The fixed node port, where one is asked for that the gateway does not hold yet. */
    readonly nodePort?: NodePortFacts;
    /** The Service of its gateway; undefined where there is none, and where it may not be read. */
    readonly gatewayService?: ServiceFacts;
}

interface Service extends ServiceFacts {
    readonly metadata: { readonly name: string; readonly namespace: string };
}

interface Pod {
    readonly spec: {
        readonly containers: readonly {
            readonly command?: readonly string[];
            readonly args?: readonly string[];
        }[];
    };
}

/**
 * Reads what decides whether an update can work. It writes nothing: what only the API server can say is asked for by a
 * request with `dryRun=All`.
 *
 * @param gateway the Service that may hold the node port, by its API path, and the port to look at, if one is fixed
 */
export async function readClusterFacts(
    access: ClusterAccess,
    gateway: { readonly servicePath: string; readonly nodePort?: number | undefined },
): Promise<ClusterFacts> {
    const nothing = { nodes: [], ranges: [] };
    const { nodePort: port } = gateway;
    const ownService = attempt(getJson<Service>(access, gateway.servicePath, answerSeconds)).then(answer);
    const [nodes, version, services, gatewayService, nodePort] = await Promise.all([
        attempt(getJson<List<NodeFacts>>(access, "/api/v1/nodes", answerSeconds)),
        attempt(getJson<{ readonly gitVersion?: string }>(access, "/version", answerSeconds)),
        attempt(serviceRanges(access)),
        ownService,
        port === undefined ? undefined : readNodePort(access, port, ownService),
    ]);
    // Whoever answers with a reason is there, even if it refuses this one request.
    if (nodes instanceof KubectlError && nodes.reason === "") {
        return { ...nothing, failure: failureOf(access, nodes) };
    }
    return {
        version: answer(version)?.gitVersion,
        nodes: nodes instanceof KubectlError ? { refusal: nodes.detail } : nodes.items,
        ranges: [...podRanges(answer(nodes)?.items ?? []), ...(answer(services) ?? [])],
        ...(nodePort && { nodePort }),
        ...(gatewayService && { gatewayService }),
    };
}

async function attempt<T>(request: Promise<T>): Promise<T | KubectlError> {
    try {
        return await request;
    } catch (error) {
        if (error instanceof KubectlError) return error;
        throw error;
    }
}

function answer<T>(result: T | KubectlError): T | undefined {
    return result instanceof KubectlError ? undefined : result;
}

function failureOf(access: ClusterAccess, error: KubectlError): AccessFailure {
    const { detail } = error;
    if (error instanceof KubeconfigError) return { detail, kubeconfig: error.failure };
    try {
        const { user } = readContext(access);
        const credentials = credentialFailure(user, detail);
        return { detail, ...(credentials && { credentials }) };
    } catch (other) {
        if (!(other instanceof KubeconfigError)) throw other;
        return { detail, kubeconfig: other.failure };
    }
}

/** What can be seen to be wrong with what a user signs in with, where kubectl's words are about that. */
function credentialFailure(user: PlacedEntry, detail: string): CredentialFailure | undefined {
    // kubectl asks for a name where the user has nothing to sign in with, and there is nobody to give one.
    if (/\bEOF$/.test(detail) && !hasCredentials(user)) return { kind: "none" };
    if (!/Unauthorized|tls: |x509: /.test(detail)) return undefined;
    const end = certificateEnd(user);
    return end !== undefined && end < new Date() ? { kind: "expired", end: end.toISOString() } : undefined;
}

function podRanges(nodes: readonly NodeFacts[]): readonly string[] {
    return nodes.flatMap(({ spec }) => spec?.podCIDRs ?? []);
}

/**
 * The ranges of the cluster's Services. Kubernetes has an API for them since 1.33. An older API server names its range
 * when it refuses a Service with an address outside of it, here one of the documentation's (RFC 5737).
 */
async function serviceRanges(access: ClusterAccess): Promise<readonly string[]> {
    const path = "/apis/networking.k8s.io/v1/servicecidrs";
    const listed = await attempt(
        getJson<List<{ readonly spec: { readonly cidrs: readonly string[] } }>>(access, path, answerSeconds),
    );
    if (!(listed instanceof KubectlError)) return listed.items.flatMap(({ spec }) => spec.cidrs);
    if (listed.reason !== "NotFound") return [];
    const refusal = await tryService(access, { clusterIP: "192.0.2.1", ports: [{ port: 443 }] });
    const [, range] = /range of valid IPs is (\S+)/.exec(refusal ?? "") ?? [];
    return range === undefined ? [] : [range];
}

/** Why the API server would refuse a Service, or undefined when it would not. Nothing is stored. */
async function tryService(
    access: ClusterAccess,
    spec: Readonly<Record<string, unknown>>,
): Promise<string | undefined> {
    const service = { apiVersion: "v1", kind: "Service", metadata: { generateName: "preflight-" }, spec };
    const result = await attempt(postJson(access, "/api/v1/namespaces/default/services?dryRun=All", service));
    return result instanceof KubectlError ? result.detail : undefined;
}

async function readNodePort(
    access: ClusterAccess,
    port: number,
    ownService: Promise<Service | undefined>,
): Promise<NodePortFacts | undefined> {
    const holds = ({ spec }: Service) => spec.ports?.some(({ nodePort }) => nodePort === port) ?? false;
    const own = await ownService;
    if (own && holds(own)) return undefined;
    const isDefault = isInRange(port, defaultNodePortRange);
    const [refusal, range] = await Promise.all([
        tryService(access, { type: "NodePort", ports: [{ port: 443, nodePort: port }] }),
        isDefault ? undefined : nodePortRange(access),
    ]);
    if (!/already allocated/.test(refusal ?? "")) return { port, ...(range !== undefined && { range }) };
    const all = answer(await attempt(getJson<List<Service>>(access, "/api/v1/services", answerSeconds)));
    const holder = all?.items.find(holds)?.metadata;
    return {
        port,
        ...(range !== undefined && { range }),
        takenBy: holder ? `${holder.namespace}/${holder.name}` : true,
    };
}

/**
 * The range of node ports by the API server's own command line, which a cluster shows where the API server is one of its
 * pods. A dry run does not tell it: Kubernetes checks the range only when it really allocates the port.
 */
async function nodePortRange(access: ClusterAccess): Promise<string | undefined> {
    const path = "/api/v1/namespaces/kube-system/pods?labelSelector=component%3Dkube-apiserver";
    const pods = answer(await attempt(getJson<List<Pod>>(access, path, answerSeconds)));
    const containers = pods?.items.flatMap(({ spec }) => spec.containers) ?? [];
    if (containers.length === 0) return undefined;
    const flag = "--service-node-port-range=";
    const words = containers.flatMap(({ command = [], args = [] }) => [...command, ...args]);
    return words.find((word) => word.startsWith(flag))?.slice(flag.length) ?? defaultNodePortRange;
}
