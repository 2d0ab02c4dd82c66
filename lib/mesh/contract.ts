import type { DnsAdapter } from "../base/dnsAdapter";

/**
 * The contract between stacks: what they write as outputs, and what their peers and the `mesh` command read.
 *
 * The version changes when a reader of an older one could misunderstand what it reads.
 */
export const contractVersion = 1;

/** One port of a mesh service. */
export interface ServicePort {
    /** Istio's port name, such as `http1`. */
    readonly name: string;
    /** Port number that clients call, 1-65535. */
    readonly number: number;
    /** Istio's protocol name, such as `HTTP`, `HTTP2`, `GRPC`, `TCP` or `TLS`. */
    readonly protocol: string;
}

/** A service that a cluster offers to the others. */
export interface Export {
    /** Mesh-wide host name, such as `httpbin.bar.global`. */
    readonly host: string;
    readonly name: string;
    readonly namespace: string;
    readonly ports: readonly ServicePort[];
    /** Virtual address of the host, the same in every cluster, such as `240.0.0.2`. */
    readonly virtualAddress: string;
    /** Names of the versions that importers may choose; absent where there are none. */
    readonly subsets?: readonly string[];
    /** SPIFFE identities of the workloads behind it, such as `spiffe://cluster.local/ns/bar/sa/httpbin`. */
    readonly identities: readonly string[];
    /** Team that answers for it; absent where its configuration does not say. */
    readonly owner?: string;
    /** Clusters whose calls it lets in, by their stacks; absent where it lets in those of any. */
    readonly admits?: readonly string[];
    /** Whether another cluster's import is refused, and not its calls alone. */
    readonly needsConsent?: true;
}

/** How other clusters reach a cluster's east-west gateway. */
export interface GatewayAddress {
    readonly kind: "NodePort" | "LoadBalancer" | "Manual";
    /** IP addresses, or one host name. */
    readonly addresses: readonly string[];
    /** TCP port on those addresses: the nodePort, 15443, or what the configuration says. */
    readonly port: number;
    /** Namespace of its Service; absent where it is `istio-system`. */
    readonly namespace?: string;
    /** TCP port of its Service on what Kubernetes reports, where that is not `port`. */
    readonly servicePort?: number;
    /** Importing clusters that reach it at other addresses, by the names of their stacks. Absent where none does. */
    readonly peers?: Readonly<Record<string, GatewayPlace>>;
}

/** Where a gateway is reached. */
export interface GatewayPlace {
    /** IP addresses, or host names. */
    readonly addresses: readonly string[];
    /** TCP port on each of them. */
    readonly port: number;
}

/** An import as it stands in the importing cluster. */
export interface AppliedImport {
    /** Where each exporting cluster's gateway is, by its stack. */
    readonly gateways: Readonly<Record<string, GatewayPlace>>;
    /** SPIFFE identities that the exporting clusters' workloads may have. */
    readonly identities: readonly string[];
}

/** An import that is in place. */
export interface ActiveImport {
    readonly host: string;
    /** Stacks of the exporting clusters, the preferred one first. Earlier versions wrote a single one as a text. */
    readonly from: readonly string[];
    readonly ports: readonly ServicePort[];
    readonly virtualAddress: string;
    /**
     * What was last written into the cluster, so that an import whose exporter fails stays as it is. Outputs of older versions
     * of this project don't say it.
     */
    readonly applied?: AppliedImport;
    /** Team that answers for the import; absent where its configuration does not say. */
    readonly owner?: string;
    /** Where the importing cluster's egress gateway takes its calls; absent where they leave directly. */
    readonly egress?: { readonly address: string; readonly port: number };
}

/** An import that waits for its exporting cluster. */
export interface PendingImport {
    readonly host: string;
    readonly from: string;
    /** A sentence that says what is waited for. */
    readonly reason: string;
    /** Team that answers for the import; absent where its configuration does not say. */
    readonly owner?: string;
}

/** A workload inside the mesh from which calls can be tried. */
export interface Probe {
    readonly namespace: string;
    /** Name of a Deployment whose pods have curl and nslookup. */
    readonly deployment: string;
    readonly container: string;
}

/** By what one cluster is told from another. */
export interface ClusterIdentity {
    /** Uid of its namespace kube-system, which it has from its making to its end. */
    readonly uid: string;
    /** URL of its API server, as the kubeconfig says it. */
    readonly server: string;
    /** SHA-256 of the certificates by which the API server is known, hex; empty where the kubeconfig names none. */
    readonly ca: string;
}

/** What a cluster stack says to its peers, to `mesh` and to people. None of it is secret. */
export interface ClusterOutputs {
    readonly contractVersion: number;
    /** Name of the cluster, equal to the stack's name. */
    readonly cluster: string;
    /** Name of the kubeconfig's context. Where the kubeconfig is, the stack's settings say; older versions wrote a path here. */
    readonly context: string;
    /**
     * By what the cluster is told from another at the next update. Outputs of older versions of this project don't say it, nor
     * those of an update whose user could not read it.
     */
    readonly identity?: ClusterIdentity;
    /**
     * Whether Istio's resource definitions are one resource of the stack, and no more those of Istio's chart; absent in outputs of
     * older versions of this project, and where the stack installs no Istio.
     */
    readonly definitionsApart?: boolean;
    /**
     * The names of those definitions, and a hash of all that their rendering depends on: while it is the same, the next run
     * does not render them. Absent where `definitionsApart` is, and in outputs of older versions.
     */
    readonly definitions?: { readonly source: string; readonly names: readonly string[] };
    /** Domains of the mesh-wide host names, the first of which is that of entries that name none. */
    readonly suffixes: readonly string[];
    /** How the cluster's pods come to resolve them. */
    readonly dnsAdapter: DnsAdapter;
    /** Trust domain of the cluster's identities. Outputs of older versions of this project don't say it. */
    readonly trustDomain?: string;
    /** Trust domains of other clusters whose callers its workloads take. */
    readonly acceptedTrustDomains?: readonly string[];
    /** Where the cluster is, `REGION` or `REGION/ZONE`; absent where its configuration does not say. */
    readonly locality?: string;
    readonly gateway: GatewayAddress;
    readonly exports: readonly Export[];
    readonly imports: readonly ActiveImport[];
    readonly pendingImports: readonly PendingImport[];
    /** SHA-256 fingerprint of the root that the cluster's intermediate is signed by, lower-case hex without colons. */
    readonly rootFingerprint: string;
    /** Fingerprints of all roots that the cluster trusts: two of them while the root is being changed. */
    readonly trustedRoots: readonly string[];
    /** Cluster IP of GlobalDns, the server of the suffixes' zones; absent where the sidecars resolve them. */
    readonly globalDnsAddress?: string;
    readonly probe?: Probe;
}

/** One cluster's certificate authority, as the certificate stack hands it over. */
export interface Intermediate {
    /** PEM. */
    readonly certPem: string;
    /** PEM. Secret. */
    readonly privateKeyPem: string;
}

/** A root that the mesh trusts. */
export interface TrustedRoot {
    /** Its name in the certificate stack. */
    readonly name: string;
    /** Whether the stack has made it, or the user gives it. */
    readonly source: "made" | "given";
    /** SHA-256, lower-case hex without colons. */
    readonly fingerprint: string;
    /** When it ends, RFC 3339. */
    readonly expiry: string;
    /** Whole days until then, as of the last update. */
    readonly daysLeft: number;
}

/** What the certificate stack says. `intermediates` is secret. */
export interface CaOutputs {
    readonly contractVersion: number;
    /** The root that signs the intermediates, PEM. */
    readonly rootCertPem: string;
    /** Certificates of all roots that proxies have to trust, PEM: two of them while the root is being changed. */
    readonly trustBundlePem: string;
    /** The same roots in the same order. */
    readonly roots: readonly TrustedRoot[];
    /** Fingerprints of the roots that it has had and let go; absent where there are none. */
    readonly formerRoots?: readonly string[];
    /** Name of the root that signs. */
    readonly signingRoot: string;
    /** By name of the cluster. */
    readonly intermediates: Readonly<Record<string, Intermediate>>;
    /** When the root ends, RFC 3339. */
    readonly rootExpiry: string;
    /** When each intermediate ends, RFC 3339, by name of the cluster. */
    readonly intermediateExpiry: Readonly<Record<string, string>>;
    /** Whole days until then, as of the last update. */
    readonly intermediateDaysLeft: Readonly<Record<string, number>>;
    /** From how many days before its end on a certificate is warned of. */
    readonly expiryWarningDays: { readonly root: number; readonly intermediate: number };
}
