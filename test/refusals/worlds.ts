import {
    apiServerPods,
    dryRunPath,
    foreign,
    healthyCluster,
    holding,
    kubeconfigFor,
    withObjects,
} from "../support/clusterApi";
import { failure } from "../support/fakeApi";
import { type Case, committedSettings, node, type Settings } from "../support/program";
import type { Rows } from "./sections";

/** Outputs of the other stacks of a mesh in which all is well. */
export type Stacks = Readonly<Record<"ca" | "cluster2", Settings>>;

/**
 * A world in which cluster1 can't work: what differs from a mesh in which all is well. The message is the line about it; one
 * that begins with `Stack "` ends the run by itself.
 */
export type World = readonly [cause: string, message: string, given: (stacks: Stacks) => Case];

/** A change of cluster1's settings. */
function set(cluster1: Settings): Case {
    return { settings: { cluster1 } };
}

function importing(changes: Settings): Case {
    return set({ imports: [{ service: "httpbin", namespace: "bar", from: "cluster2", ...changes }] });
}

function exporting(service: string, virtualAddress: string): Settings {
    const ports = [{ name: "http", number: 80, protocol: "HTTP" }];
    const entry = { service, namespace: "foo", selector: { app: service }, serviceAccount: service, ports };
    return { exports: [{ ...entry, virtualAddress }] };
}

/** A cluster of which some API paths answer otherwise. */
function answering(cluster: Case["cluster"], settings: Settings = {}): Case {
    return { ...set(settings), cluster: { ...healthyCluster, ...cluster } };
}

/** cluster1 by another kubeconfig, which is in the project folder. */
function reachedBy(text: string, context = "fake"): Case {
    return { ...set({ cluster: { kubeconfig: "kubeconfig", context } }), files: { kubeconfig: text } };
}

/** A command by which a kubeconfig's user signs in. */
function login(command: string): object {
    return { apiVersion: "client.authentication.k8s.io/v1", command, interactiveMode: "Never" };
}

const works = "`kubectl --kubeconfig kubeconfig --context fake get nodes` works";
const refusedPort = failure(
    "Invalid",
    422,
    "spec.ports[0].nodePort: 31443: provided port is already allocated",
);

function committedCluster(): Settings {
    return committedSettings("cluster1")["cluster"] as Settings;
}

/** What can be wrong with the other stacks and with the cluster. */
export const worlds: Rows<World> = {
    Imports: [
        [
            "a service that the peer does not export",
            "imports[0] wants cart.bar.global from cluster2, but cluster2 exports only httpbin.bar.global; " +
                "add it to the exports in Pulumi.cluster2.yaml, or remove the import",
            () => importing({ service: "cart" }),
        ],
        [
            "a peer that exports nothing",
            "imports[0] wants httpbin.bar.global from cluster2, but cluster2 exports nothing; " +
                "add it to the exports in Pulumi.cluster2.yaml, or remove the import",
            (stacks) => ({
                stacks: { ...stacks, cluster2: { ...stacks.cluster2, exports: [] } },
                settings: { cluster2: { exports: [] } },
            }),
        ],
        [
            "an import from a cluster that the mesh does not have",
            "imports[0].from is clutser2, but the mesh has only cluster1, cluster2; correct it, or add clutser2 to " +
                "ca.clusters in Pulumi.ca.yaml",
            () => importing({ from: "clutser2" }),
        ],
        [
            "an import from the certificate stack",
            'Stack "ca" holds the mesh\'s certificates and exports no services. Correct "from: ca" in the imports.',
            () => importing({ from: "ca" }),
        ],
        [
            "an import with a virtual address inside the configured ranges",
            "the virtual address of httpbin.bar.global can't be used here: 240.0.0.2 is inside 240.0.0.0/24, " +
                "a range that the cluster itself uses; pin another one in Pulumi.cluster2.yaml",
            () => set({ cluster: { ...committedCluster(), ranges: ["240.0.0.0/24"] } }),
        ],
        [
            "an import with a virtual address inside the cluster's service range",
            "the virtual address of httpbin.bar.global can't be used here: 240.0.0.2 is inside 240.0.0.0/20, " +
                "a range that the cluster itself uses; pin another one in Pulumi.cluster2.yaml",
            () =>
                answering({
                    "/apis/networking.k8s.io/v1/servicecidrs": {
                        items: [{ spec: { cidrs: ["240.0.0.0/20"] } }],
                    },
                }),
        ],
        [
            "an import with the virtual address of an own export",
            "httpbin.bar.global and web.foo.global have the same virtual address 240.0.0.2; " +
                "pin another virtualAddress for one of them where it is exported",
            () => set(exporting("web", "240.0.0.2")),
        ],
    ],
    "Other stacks": [
        [
            "a certificate stack that is not up",
            'Stack "ca", which holds the mesh\'s certificates, is not up yet. Run `pulumi up -s ca` first.',
            () => ({ stacks: {} }),
        ],
        [
            "a certificate stack without an intermediate for the cluster",
            'Stack "ca" has no intermediate CA for "cluster1". Add cluster1 to its clusters in Pulumi.ca.yaml and run ' +
                "`pulumi up -s ca` first.",
            (stacks) => ({ stacks: { ...stacks, ca: { ...stacks.ca, intermediates: {} } } }),
        ],
        [
            "a certificate stack that is a cluster",
            'Stack "cluster2" is a cluster and holds no certificates. Correct mesh.caStack in Pulumi.cluster1.yaml.',
            () => set({ mesh: { caStack: "cluster2" }, imports: [] }),
        ],
        [
            "a peer of another version of the project",
            'Stack "cluster2" was last updated by a version of this project whose outputs have format 99, while this ' +
                'one reads format 1. Update "cluster2" with this version first.',
            (stacks) => ({ stacks: { ...stacks, cluster2: { ...stacks.cluster2, contractVersion: 99 } } }),
        ],
        [
            "two stacks of the mesh for one cluster",
            "cluster is context cluster1 of .lab/cluster1/kubeconfig, and so it is in Pulumi.cluster2.yaml; two stacks " +
                "can't share a cluster, so correct one of the two",
            () => ({ settings: { cluster2: { cluster: committedCluster() } } }),
        ],
    ],
    "The cluster": [
        [
            "an export in a namespace that is not there",
            "exports[0].namespace is foo, which the cluster does not have (it has fooo); correct it, or make the namespace " +
                "before: kubectl --kubeconfig .lab/cluster1/kubeconfig --context cluster1 create namespace foo",
            () =>
                answering(
                    { "/api/v1/namespaces": { items: [{ metadata: { name: "fooo" } }] } },
                    { ...exporting("web", "240.7.0.1"), sampleApps: undefined },
                ),
        ],
        [
            "an object of somebody else under the name of one of the mesh's",
            "the ServiceEntry istio-system/httpbin.bar.global is somebody else's (written by kubectl-create), and imports[0] " +
                "makes one of that name; remove it if nobody needs it (kubectl --kubeconfig .lab/cluster1/kubeconfig --context cluster1 -n istio-system delete serviceentry " +
                "httpbin.bar.global), or remove imports[0]. If it is this stack's own all the same: kubectl --kubeconfig .lab/cluster1/kubeconfig --context cluster1 -n istio-system " +
                "annotate serviceentry httpbin.bar.global istio-multicluster/owner=organization/istio-multicluster/cluster1",
            () => answering(withObjects(foreign("ServiceEntry", "istio-system", "httpbin.bar.global"))),
        ],
        [
            "an entry of somebody else with a host of the mesh",
            "the ServiceEntry shop/legacy is somebody else's (written by kubectl-create), and has the host httpbin.bar.global " +
                "of imports[0]; of two entries of one host Istio takes the older one, so calls would not go to the mesh: take " +
                "the host out of it (kubectl --kubeconfig .lab/cluster1/kubeconfig --context cluster1 -n shop edit serviceentry legacy), or remove imports[0]",
            () =>
                answering(
                    withObjects({
                        ...foreign("ServiceEntry", "shop", "legacy"),
                        spec: { hosts: ["httpbin.bar.global"] },
                    }),
                ),
        ],
        [
            "a kubeconfig that is not there",
            "cluster.kubeconfig is nowhere/kubeconfig, and there is no such file; correct it in Pulumi.cluster1.yaml " +
                "(a relative path begins at the folder of that file, and ~/ at the home folder)",
            () => set({ cluster: { kubeconfig: "nowhere/kubeconfig", context: "cluster1" } }),
        ],
        [
            "a context that the kubeconfig does not have",
            "cluster.context is nowhere, but kubeconfig has only fake; correct it in Pulumi.cluster1.yaml",
            () => reachedBy(kubeconfigFor("https://127.0.0.1:1", { token: "none" }), "nowhere"),
        ],
        [
            "a kubeconfig without contexts",
            "cluster.context is nowhere, but kubeconfig has no context at all; correct it in Pulumi.cluster1.yaml",
            () => reachedBy("apiVersion: v1\nkind: Config\n", "nowhere"),
        ],
        [
            "a user without credentials",
            `context fake of kubeconfig has a user without credentials, so kubectl asks for a user name; log in, or correct the kubeconfig, until ${works}`,
            () => reachedBy(kubeconfigFor("https://127.0.0.1:1", {})),
        ],
        [
            "an API server that refuses connections",
            'cluster "cluster1" can\'t be reached: The connection to the server 127.0.0.1:1 was refused - did you specify ' +
                `the right host or port?; see that it runs, and that ${works}`,
            () => reachedBy(kubeconfigFor("https://127.0.0.1:1", { token: "none" })),
        ],
        [
            "content that is no kubeconfig",
            "cluster.kubeconfig.content is no kubeconfig: it is a text, and no map",
            () => set({ cluster: { kubeconfig: { content: "words" }, context: "fake" } }),
        ],
        [
            "content that needs a file beside it",
            "cluster.kubeconfig.content is no kubeconfig: its client-key is the file key.pem, which is beside it nowhere; " +
                "make one that holds all by itself with `kubectl config view --raw --flatten`",
            () =>
                set({
                    cluster: {
                        kubeconfig: {
                            content: kubeconfigFor("https://127.0.0.1:1", { "client-key": "key.pem" }),
                        },
                    },
                }),
        ],
        [
            "content without a current context",
            "cluster.context is missing in Pulumi.cluster1.yaml, and cluster.kubeconfig.content has no current-context, but " +
                "only fake; name one of them",
            () => set({ cluster: { kubeconfig: { content: kubeconfigFor("https://127.0.0.1:1", {}) } } }),
        ],
        [
            "a command to sign in that is not installed",
            `context fake of kubeconfig signs in by the command no-such-login, which is not installed here, or not on PATH; install it, until ${works}`,
            () => reachedBy(kubeconfigFor("https://127.0.0.1:1", { exec: login("no-such-login") })),
        ],
        [
            "a command to sign in that fails",
            `the command false, by which context fake of kubeconfig signs in, failed with exit code 1; log in again, until ${works}`,
            () => reachedBy(kubeconfigFor("https://127.0.0.1:1", { exec: login("false") })),
        ],
        [
            "credentials that the cluster does not accept",
            'cluster "cluster1" does not accept the credentials of context cluster1 of .lab/cluster1/kubeconfig; log in ' +
                "again, until `kubectl --kubeconfig .lab/cluster1/kubeconfig --context cluster1 get nodes` works",
            () => answering({ "/api/v1/nodes": failure("Unauthorized", 401, "Unauthorized") }),
        ],
        [
            "no right to list nodes, where their addresses are needed",
            'the nodes of "cluster1" can\'t be listed, whose addresses the other clusters need: Error from server ' +
                "(Forbidden): nodes is forbidden; allow it, or set gateway.addresses in Pulumi.cluster1.yaml",
            () => answering({ "/api/v1/nodes": failure("Forbidden", 403, "nodes is forbidden") }),
        ],
        [
            "no node with a usable address",
            'no ready node of "cluster1" has an address of type ExternalIP, so the other clusters could not reach its ' +
                "gateway; set gateway.nodeAddressType or gateway.addresses in Pulumi.cluster1.yaml",
            () => set({ gateway: { nodeAddressType: "ExternalIP" } }),
        ],
        [
            "a Kubernetes that no Istio here supports",
            "the cluster runs Kubernetes v1.26.9, which is too old: at least 1.27 is needed; upgrade the cluster",
            () => answering({ "/version": { gitVersion: "v1.26.9" } }),
        ],
        [
            "a Kubernetes that the chosen Istio does not support",
            "the cluster runs Kubernetes v1.31.4+k3s1, but Istio 1.30 needs 1.32 or newer; upgrade the cluster, or set " +
                "istio.version to a release of 1.29",
            () => answering({ "/version": { gitVersion: "v1.31.4+k3s1" } }, { istio: { version: "1.30.5" } }),
        ],
        [
            "a node port that another Service holds",
            "gateway.nodePort is 31443, which the Service shop/web has already; choose another",
            () =>
                answering(
                    {
                        [dryRunPath]: refusedPort,
                        "/api/v1/services": { items: [holding("shop", "web", 31443)] },
                    },
                    { gateway: { nodePort: 31443 } },
                ),
        ],
        [
            "a node port that is taken by what can't be seen",
            "gateway.nodePort is 31443, which another Service has already; choose another",
            () => answering({ [dryRunPath]: refusedPort }, { gateway: { nodePort: 31443 } }),
        ],
        [
            "a node port outside the default range",
            "gateway.nodePort is 8080, which is outside 30000-32767, the cluster's range of node ports; choose one inside",
            () => answering(apiServerPods(), { gateway: { nodePort: 8080 } }),
        ],
        [
            "a node port outside the cluster's own range",
            "gateway.nodePort is 8080, which is outside 20000-22767, the cluster's range of node ports; choose one inside",
            () =>
                answering(apiServerPods("--service-node-port-range=20000-22767"), {
                    gateway: { nodePort: 8080 },
                }),
        ],
        [
            "an export with a virtual address inside the cluster's service range",
            "exports[0].virtualAddress 240.7.0.1 is inside 240.7.0.0/16, a range that the cluster itself uses; pin another one here",
            () =>
                answering(
                    {
                        "/apis/networking.k8s.io/v1/servicecidrs": {
                            items: [{ spec: { cidrs: ["240.7.0.0/16"] } }],
                        },
                    },
                    exporting("web", "240.7.0.1"),
                ),
        ],
        [
            "an export with a virtual address inside the cluster's pod ranges",
            "exports[0].virtualAddress 240.8.0.1 is inside 240.8.0.0/24, a range that the cluster itself uses; pin another one here",
            () =>
                answering(
                    {
                        "/api/v1/nodes": {
                            items: [{ ...node("a", "172.30.0.12"), spec: { podCIDRs: ["240.8.0.0/24"] } }],
                        },
                    },
                    exporting("web", "240.8.0.1"),
                ),
        ],
    ],
};
