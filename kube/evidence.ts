import { readSecrets } from "../lib/certificates/proxyCertificates";
import type {
    ClusterEvidence,
    Kind,
    Lists,
    NotRead,
    ServerAnswer,
    ServerFacts,
} from "../lib/doctor/evidence";
import { readListening, socketFiles } from "../lib/doctor/serverFacts";
import { withApiProxy } from "./apiProxy";
import { askServer } from "./askServer";
import { envoyPage, inProxy, type InProxy, lastLine, secretsPage } from "./inProxy";
import { type ClusterAccess, getJson, KubectlError, type List } from "./kubectl";

/** Seconds that a cluster may take for each answer. */
const limitSeconds = 5;

/** API paths of the kinds that are read of the whole cluster. */
const ofCluster: Readonly<Partial<Record<Kind, string>>> = {
    Namespace: "/api/v1/namespaces",
    ServiceEntry: "/apis/networking.istio.io/v1/serviceentries",
    VirtualService: "/apis/networking.istio.io/v1/virtualservices",
    DestinationRule: "/apis/networking.istio.io/v1/destinationrules",
    Sidecar: "/apis/networking.istio.io/v1/sidecars",
    WorkloadEntry: "/apis/networking.istio.io/v1/workloadentries",
    Gateway: "/apis/networking.istio.io/v1/gateways",
    EnvoyFilter: "/apis/networking.istio.io/v1alpha3/envoyfilters",
    PeerAuthentication: "/apis/security.istio.io/v1/peerauthentications",
    AuthorizationPolicy: "/apis/security.istio.io/v1/authorizationpolicies",
    RequestAuthentication: "/apis/security.istio.io/v1/requestauthentications",
    MutatingWebhookConfiguration: "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
};

/** API paths of the kinds that are read of single namespaces. */
const ofNamespace = (namespace: string): Readonly<Partial<Record<Kind, string>>> => ({
    Pod: `/api/v1/namespaces/${namespace}/pods`,
    Service: `/api/v1/namespaces/${namespace}/services`,
    Deployment: `/apis/apps/v1/namespaces/${namespace}/deployments`,
    NetworkPolicy: `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`,
});

const ofDns = "/api/v1/namespaces/kube-system/configmaps";

/**
 * Reads what decides about calls at one of their ends, in a cluster that answers. Nothing is written, and no Secret is read.
 *
 * @param namespaces those with an end of a call
 * @returns the lists, and what could not be read with the reason
 */
export async function readLists(
    access: ClusterAccess,
    { cluster, systemNamespace }: Pick<ClusterEvidence, "cluster" | "systemNamespace">,
    namespaces: readonly string[],
): Promise<Pick<ClusterEvidence, "lists" | "notRead">> {
    const places = [...new Set([...namespaces, systemNamespace, "kube-system"])];
    return withApiProxy(access, async () => {
        const read = await Promise.all([
            ...Object.entries(ofCluster).map(([kind, path]) => readOne(access, kind as Kind, [path])),
            ...(Object.keys(ofNamespace("")) as Kind[]).map((kind) =>
                readOne(
                    access,
                    kind,
                    places.map((place) => ofNamespace(place)[kind] ?? ""),
                ),
            ),
            readOne(access, "ConfigMap", [ofDns]),
        ]);
        const notRead: NotRead[] = read.flatMap(({ kind, reason }) =>
            reason === undefined ? [] : [{ cluster, what: kind, reason }],
        );
        const lists = Object.fromEntries(
            read.flatMap(({ kind, items }) => (items === undefined ? [] : [[kind, items]])),
        );
        return { lists, notRead };
    });
}

interface ReadList {
    readonly kind: Kind;
    readonly items?: readonly Lists[Kind][];
    readonly reason?: string;
}

async function readOne(access: ClusterAccess, kind: Kind, paths: readonly string[]): Promise<ReadList> {
    try {
        const lists = await Promise.all(
            paths.map((path) => getJson<List<Lists[Kind]>>(access, path, limitSeconds)),
        );
        return { kind, items: lists.flatMap(({ items }) => items) };
    } catch (error) {
        if (!(error instanceof KubectlError)) throw error;
        // A kind that the cluster does not have has no objects there.
        if (error.reason === "NotFound") return { kind, items: [] };
        return { kind, reason: lastLine(error) };
    }
}

/** A pod whose proxy's container can be asked. */
export interface AskedPod {
    /** `NAMESPACE/NAME`. */
    readonly pod: string;
    /** What its application is asked for, on ports that speak HTTP; left out where only its proxy is of interest. */
    readonly server?: { readonly path: string; readonly host: string; readonly ports: readonly number[] };
}

/** Asks the proxies of some pods for their certificates, what the pods listen on, and the applications what they answer. */
export async function askPods(
    access: ClusterAccess,
    cluster: string,
    pods: readonly AskedPod[],
): Promise<Pick<ClusterEvidence, "servers" | "proxies" | "notRead">> {
    const asked = await Promise.all(
        pods.map(async ({ pod, server }) => {
            const [certificates, facts] = await Promise.all([
                envoyPage(access, pod, secretsPage),
                server && askApplication(access, pod, server),
            ]);
            return { pod, certificates, facts };
        }),
    );
    const notRead = asked.flatMap(({ pod, certificates, facts }) => [
        ...missing(cluster, `certificates of ${pod}`, certificates.reason),
        ...missing(cluster, `what ${pod} listens on`, facts?.sockets.reason),
        ...missing(cluster, `what the application of ${pod} answers`, facts?.reason),
    ]);
    return {
        notRead,
        proxies: asked.flatMap(({ pod, certificates }) =>
            certificates.output === undefined ? [] : [readSecrets(pod, certificates.output)],
        ),
        servers: Object.fromEntries(
            asked.flatMap(({ pod, facts }) => (facts === undefined ? [] : [[pod, factsOf(facts)]])),
        ),
    };
}

function missing(cluster: string, what: string, reason: string | undefined): readonly NotRead[] {
    return reason === undefined ? [] : [{ cluster, what, reason }];
}

interface AskedApplication {
    readonly sockets: InProxy;
    readonly answers: Readonly<Record<number, ServerAnswer>>;
    /** Why it could not be asked. */
    readonly reason?: string;
}

async function askApplication(
    access: ClusterAccess,
    pod: string,
    { ports, ...question }: NonNullable<AskedPod["server"]>,
): Promise<AskedApplication> {
    const [namespace = "", name = ""] = pod.split("/");
    const sockets = inProxy(access, pod, ["cat", ...socketFiles]);
    const answers = Promise.all(
        ports.map(
            async (port) =>
                [port, await askServer(access, { namespace, pod: name, port }, question)] as const,
        ),
    );
    try {
        const [listening, answered] = await Promise.all([sockets, answers]);
        return { sockets: listening, answers: Object.fromEntries(answered) };
    } catch (error) {
        if (!(error instanceof KubectlError)) throw error;
        return { sockets: await sockets, answers: {}, reason: lastLine(error) };
    }
}

function factsOf({ sockets, answers }: AskedApplication): ServerFacts {
    const listening = readListening(sockets.output ?? "");
    return { ...(listening && { listening }), answers };
}
