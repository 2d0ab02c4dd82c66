import { z } from "zod";
import { isAddress } from "./addresses";
import { dnsLabelPattern, hostName } from "./names";
import { findCollisions, virtualAddress, virtualAddressProblem } from "./virtualAddress";

/** Istio release that the charts come from unless the configuration says otherwise. */
export const defaultIstioVersion = "1.30.5";

/** Image of GlobalDns unless the configuration says otherwise: the CoreDNS that Kubernetes 1.34 ships. */
export const defaultDnsImage = "registry.k8s.io/coredns/coredns:v1.12.1";

const dnsLabel = z
    .string()
    .regex(
        dnsLabelPattern,
        "must be a DNS label: lower-case letters, digits and dashes, 63 characters at most",
    );
const tcpPort = z.int().min(1, "must be a port from 1 to 65535").max(65535, "must be a port from 1 to 65535");
const days = z.int().min(1, "must be at least one day");
const text = z.string().min(1, "must not be empty");
const labels = z.record(z.string(), z.string()).refine((value) => Object.keys(value).length > 0, {
    message: "must name at least one label, or it would select every pod of the namespace",
});
const cidr = z.union([z.cidrv4(), z.cidrv6()], { error: "must be a CIDR range such as 10.96.0.0/12" });
const values = z.record(z.string(), z.unknown());

const duplicates = (items: readonly string[]): readonly string[] => [
    ...new Set(items.filter((item, index) => items.indexOf(item) !== index)),
];

/** Settings of the certificate stack, key `ca`. */
export const caSchema = z
    .strictObject({
        /** Names of the clusters, which are the names of their stacks. Each gets an intermediate CA. */
        clusters: z.array(dnsLabel).min(1, "must name at least one cluster"),
        /** Key type of the root and of the intermediates. `ECDSA-P256` by default; `RSA-4096` for old clients. */
        keyAlgorithm: z
            .enum(["ECDSA-P256", "RSA-4096"], { error: "must be ECDSA-P256 or RSA-4096" })
            .default("ECDSA-P256"),
        /** Organization in the subject of every CA certificate. */
        organization: text.default("Istio"),
        /** Days that the root is valid. The root is never renewed by itself: 3650, as in Istio's own certificate tool. */
        rootValidityDays: days.default(3650),
        /** Days that an intermediate is valid. */
        intermediateValidityDays: days.default(365),
        /** Days before its end from which on an update renews an intermediate. */
        intermediateRenewalDays: days.default(90),
        /** Whether Pulumi refuses to delete or replace the root key and the root certificate. */
        protectRoot: z.boolean().default(true),
    })
    .superRefine((ca, context) => {
        for (const name of duplicates(ca.clusters)) {
            context.addIssue({
                code: "custom",
                path: ["clusters"],
                message: `names "${name}" more than once; remove one`,
            });
        }
        if (ca.intermediateValidityDays > ca.rootValidityDays) {
            context.addIssue({
                code: "custom",
                path: ["intermediateValidityDays"],
                message: `is ${ca.intermediateValidityDays}, longer than the root's ${ca.rootValidityDays}; lower it`,
            });
        }
        if (ca.intermediateRenewalDays >= ca.intermediateValidityDays) {
            context.addIssue({
                code: "custom",
                path: ["intermediateRenewalDays"],
                message: `is ${ca.intermediateRenewalDays}, so every update would renew a certificate of ${ca.intermediateValidityDays} days; lower it`,
            });
        }
    });

/** Which cluster a stack installs into, key `cluster`. */
export const clusterSchema = z.strictObject({
    /** Path of a kubeconfig file, relative to the project folder. */
    kubeconfig: text,
    /** Name of a context in that file. */
    context: text,
    /** The cluster's DNS domain. */
    domain: text.default("cluster.local"),
    /** CIDR ranges of the cluster's pods, services and nodes; virtual addresses are kept out of them. */
    ranges: z.array(cidr).default([]),
});

/** What all clusters of a mesh share, key `mesh`. */
export const meshSchema = z.strictObject({
    /** Stack that holds the mesh's certificates. */
    caStack: text.default("ca"),
    /** Domain of the mesh-wide host names. */
    suffix: dnsLabel.default("global"),
    /** SPIFFE trust domain, the same in every cluster. */
    trustDomain: text.default("cluster.local"),
});

/** How Istio is installed, key `istio`. */
export const istioSchema = z.strictObject({
    /** Release of the charts in the Helm repository, such as `1.30.5`. Unused where `charts` is set. */
    version: z
        .string()
        .regex(/^\d+\.\d+\.\d+/, `must be a full version such as ${defaultIstioVersion}`)
        .default(defaultIstioVersion),
    /** URL of the Helm repository. */
    repository: z.url("must be a URL").default("https://istio-release.storage.googleapis.com/charts"),
    /** Folders of local charts to use instead of the repository's, relative to the project folder. */
    charts: z.strictObject({ base: text, istiod: text }).optional(),
    /** Image hub; the charts' own by default. */
    hub: text.optional(),
    /** Image tag; the charts' own by default. */
    tag: text.optional(),
    /** Values for the istiod chart, laid over the project's own. */
    values: values.default({}),
    /** Whether destroy also deletes Istio's resource definitions, and with them every Istio object in the cluster. */
    removeCrds: z.boolean().default(false),
});

/** The east-west gateway, key `gateway`. */
export const gatewaySchema = z
    .strictObject({
        /** Type of the gateway's Service. */
        type: z
            .enum(["NodePort", "LoadBalancer"], { error: "must be NodePort or LoadBalancer" })
            .default("NodePort"),
        /** Fixed node port; Kubernetes assigns one by default. */
        nodePort: z
            .int()
            .min(1, "must be a port from 1 to 65535")
            .max(65535, "must be a port from 1 to 65535")
            .optional(),
        /** Which address of the nodes the other clusters can reach. */
        nodeAddressType: z
            .enum(["InternalIP", "ExternalIP"], { error: "must be InternalIP or ExternalIP" })
            .default("InternalIP"),
        /** Addresses to tell the other clusters instead of those that Kubernetes reports. */
        addresses: z
            .array(z.string().refine(isAddress, "must be an IP address or a host name, without a port"))
            .min(1, "must name at least one address, or be left out")
            .optional(),
        replicas: z.int().min(1, "must be at least 1").default(1),
    })
    .superRefine((gateway, context) => {
        if (gateway.nodePort !== undefined && gateway.type !== "NodePort") {
            context.addIssue({
                code: "custom",
                path: ["nodePort"],
                message: `is set, but type is ${gateway.type}; remove it, or set type to NodePort`,
            });
        }
    });

/** Which way imports leave the cluster. */
const viaSchema = z.enum(["direct", "egress"], { error: "must be direct or egress" });

/** The egress gateway, key `egress`. It is deployed where at least one import goes through it. */
export const egressSchema = z.strictObject({
    /** Which way imports leave the cluster that don't say it themselves. */
    via: viaSchema.default("direct"),
    /** Namespace to make for the gateway. */
    namespace: dnsLabel.default("istio-egress"),
    replicas: z.int().min(1, "must be at least 1").default(1),
});

/** Name resolution for the mesh's suffix, key `dns`. */
export const dnsSchema = z.strictObject({
    /** CoreDNS image of GlobalDns. */
    image: text.default(defaultDnsImage),
    replicas: z.int().min(1, "must be at least 1").default(1),
    /** ConfigMap in kube-system that holds the cluster DNS's Corefile. */
    configMap: dnsLabel.default("coredns"),
    /** Deployment in kube-system that runs the cluster DNS. */
    deployment: dnsLabel.default("coredns"),
});

const portSchema = z.strictObject({
    /** Istio's port name, such as `http1`. */
    name: dnsLabel,
    /** Port that clients call. */
    number: tcpPort,
    /** Port that the pods listen on; the same as `number` by default. */
    targetPort: tcpPort.optional(),
    /** Protocol as Istio names it. UDP can't pass a gateway that routes by TLS server name. */
    protocol: z.enum(["HTTP", "HTTP2", "GRPC", "TCP", "TLS", "HTTPS", "MONGO"], {
        error: "must be HTTP, HTTP2, GRPC, TCP, TLS, HTTPS or MONGO",
    }),
});

const exportSchema = z
    .strictObject({
        /** Name of the service. Its mesh-wide host is `SERVICE.NAMESPACE.SUFFIX`. */
        service: dnsLabel,
        /** Namespace of its pods. */
        namespace: dnsLabel,
        ports: z.array(portSchema).min(1, "must name at least one port"),
        /** Labels of the pods. */
        selector: labels,
        /** Service account of the pods, which importers pin. */
        serviceAccount: dnsLabel,
        /** IPv4 address that the host resolves to in every cluster; computed from the host name by default. */
        virtualAddress: z.string().optional(),
    })
    .superRefine(({ ports }, context) => {
        for (const name of duplicates(ports.map((port) => port.name))) {
            context.addIssue({
                code: "custom",
                path: ["ports"],
                message: `names port "${name}" more than once; rename one`,
            });
        }
        for (const number of duplicates(ports.map((port) => String(port.number)))) {
            context.addIssue({
                code: "custom",
                path: ["ports"],
                message: `has port ${number} more than once; remove one`,
            });
        }
    });

const importSchema = z.strictObject({
    /** Name of the service in the exporting cluster. */
    service: dnsLabel,
    /** Its namespace there. */
    namespace: dnsLabel,
    /** Stack of the exporting cluster. */
    from: dnsLabel,
    /** Which way its calls leave the cluster; `egress.via` by default. */
    via: viaSchema.optional(),
});

const sampleSchema = (namespace: string, image: string) =>
    z.strictObject({ namespace: dnsLabel.default(namespace), image: text.default(image) });

/** The tutorial's sample applications, key `sampleApps`. Each is deployed where it is named. */
export const sampleAppsSchema = z.strictObject({
    /** A client with curl. */
    sleep: sampleSchema("foo", "curlimages/curl:8.16.0").optional(),
    /** An HTTP server that answers with what it was asked. Listens on 8080; its Service has port 8000. */
    httpbin: sampleSchema("bar", "mccutchen/go-httpbin:v2.15.0").optional(),
});

/** A whole cluster stack. */
export const clusterStackSchema = z.strictObject({
    cluster: clusterSchema,
    mesh: meshSchema.prefault({}),
    istio: istioSchema.prefault({}),
    gateway: gatewaySchema.prefault({}),
    egress: egressSchema.prefault({}),
    dns: dnsSchema.prefault({}),
    exports: z.array(exportSchema).default([]),
    imports: z.array(importSchema).default([]),
    sampleApps: sampleAppsSchema.prefault({}),
    /** Whether an update calls every import from the sleep sample and fails when a call does. */
    connectivityCheck: z.boolean().default(false),
});

export type CaSettings = z.infer<typeof caSchema>;
export type ClusterStackSettings = z.infer<typeof clusterStackSchema>;
export type ExportSettings = ClusterStackSettings["exports"][number];
export type ImportSettings = ClusterStackSettings["imports"][number];
type Via = z.infer<typeof viaSchema>;

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
    /** Where, such as `exports[0].ports[1].number`. */
    readonly path: string;
    /** A sentence without a subject, such as `must be a port from 1 to 65535`. */
    readonly message: string;
}

/** An export's host, and the virtual address that it is known by. */
export function exportAddress(
    entry: ExportSettings,
    suffix: string,
): { host: string; virtualAddress: string } {
    const host = hostName(entry.service, entry.namespace, suffix);
    return { host, virtualAddress: entry.virtualAddress ?? virtualAddress(host) };
}

function pathText(path: readonly PropertyKey[]): string {
    return path
        .map((part, index) =>
            typeof part === "number" ? `[${part}]` : index === 0 ? String(part) : `.${String(part)}`,
        )
        .join("");
}

function problemsOf(error: z.ZodError): readonly ConfigProblem[] {
    return error.issues.flatMap((issue) => {
        if (issue.code === "unrecognized_keys") {
            return issue.keys.map((key) => ({
                path: pathText([...issue.path, key]),
                message: "is not a known setting; check the spelling against docs/configuration.md",
            }));
        }
        if (issue.code === "invalid_type" && issue.input === undefined) {
            return [
                { path: pathText(issue.path), message: `is missing; it must be ${article(issue.expected)}` },
            ];
        }
        if (issue.code === "invalid_type") {
            return [{ path: pathText(issue.path), message: `must be ${article(issue.expected)}` }];
        }
        return [{ path: pathText(issue.path), message: issue.message }];
    });
}

const nouns: Readonly<Record<string, string>> = {
    string: "a text",
    array: "a list",
    object: "a map",
    record: "a map",
    number: "a number",
    int: "a whole number",
    boolean: "true or false",
};

function article(expected: string): string {
    return nouns[expected] ?? expected;
}

/** Checks that need more than one setting of a cluster stack. */
function crossProblems(stack: string, settings: ClusterStackSettings): readonly ConfigProblem[] {
    const problems: ConfigProblem[] = [];
    const { suffix } = settings.mesh;
    settings.exports.forEach((entry, index) => {
        const path = `exports[${index}]`;
        const { virtualAddress: address } = exportAddress(entry, suffix);
        const problem = virtualAddressProblem(address, settings.cluster.ranges);
        if (problem !== undefined) {
            const remedy = entry.virtualAddress === undefined ? "; pin another one here" : "";
            problems.push({ path: `${path}.virtualAddress`, message: `${problem}${remedy}` });
        }
    });
    const exported = settings.exports.map((entry) => exportAddress(entry, suffix));
    for (const host of duplicates(exported.map((entry) => entry.host))) {
        problems.push({ path: "exports", message: `name ${host} more than once; remove one` });
    }
    for (const { address, hosts } of findCollisions(exported)) {
        problems.push({
            path: "exports",
            message: `give ${address} to ${hosts.join(" and to ")}; pin another virtualAddress for one of them`,
        });
    }
    settings.imports.forEach((entry, index) => {
        if (entry.from === stack) {
            problems.push({
                path: `imports[${index}].from`,
                message: `is this cluster itself; an exported service has its mesh-wide name here without an import`,
            });
        }
    });
    const imported = settings.imports.map((entry) => hostName(entry.service, entry.namespace, suffix));
    for (const host of duplicates(imported)) {
        problems.push({ path: "imports", message: `name ${host} more than once; remove one` });
    }
    for (const host of imported.filter((name) => exported.some((entry) => entry.host === name))) {
        problems.push({
            path: "imports",
            message: `name ${host}, which this cluster exports; remove one of the two`,
        });
    }
    const neighbour = egressNeighbour(settings, exported);
    if (neighbour !== undefined) {
        problems.push({
            path: "egress.namespace",
            message:
                `is ${settings.egress.namespace}, where ${neighbour} runs; nothing else may run beside the egress ` +
                `gateway, so choose a namespace of its own`,
        });
    }
    if (settings.connectivityCheck && settings.sampleApps.sleep === undefined) {
        problems.push({
            path: "connectivityCheck",
            message: "calls from the sleep sample, which is not deployed; add sampleApps.sleep",
        });
    }
    return problems;
}

/** The way by which the calls of an import leave the cluster: its own setting, or the stack's. */
export function importVia({ egress }: ClusterStackSettings, { via }: Pick<ImportSettings, "via">): Via {
    return via ?? egress.via;
}

/**
 * What else would run in the egress gateway's namespace, which sees the way to the other clusters that the rest of the
 * cluster does not. Undefined where nothing is known to, or no import needs the gateway.
 */
function egressNeighbour(
    settings: ClusterStackSettings,
    exported: readonly { readonly host: string }[],
): string | undefined {
    const { egress, sampleApps } = settings;
    if (!settings.imports.some((entry) => importVia(settings, entry) === "egress")) return undefined;
    const inhabitants: readonly (readonly [string | undefined, string])[] = [
        ["istio-system", "istiod"],
        ...["default", "kube-system", "kube-public", "kube-node-lease"].map(
            (namespace) => [namespace, "Kubernetes itself"] as const,
        ),
        [sampleApps.sleep?.namespace, "the sleep sample"],
        [sampleApps.httpbin?.namespace, "the httpbin sample"],
        ...settings.exports.map((entry, index) => [entry.namespace, exported[index]?.host ?? ""] as const),
    ];
    return inhabitants.find(([namespace]) => namespace === egress.namespace)?.[1];
}

/** What a configuration turned out to be. */
export type ConfigResult =
    | { readonly kind: "ca"; readonly settings: CaSettings }
    | { readonly kind: "cluster"; readonly settings: ClusterStackSettings }
    | { readonly kind: "invalid"; readonly problems: readonly ConfigProblem[] };

/**
 * Checks the configuration of a stack, given as a map from key (without the project's prefix) to value.
 *
 * A stack with the key `ca` is the certificate stack; one with the key `cluster` installs into a cluster.
 */
export function parseConfig(stack: string, raw: Values): ConfigResult {
    if ("ca" in raw === "cluster" in raw) {
        const message =
            "ca" in raw
                ? "and `cluster` are both set; one stack is either the certificate stack or one cluster"
                : "or `cluster` must be set: `ca` for the certificate stack, `cluster` for one cluster";
        return { kind: "invalid", problems: [{ path: "ca", message }] };
    }
    if ("ca" in raw) {
        const { ca, ...others } = raw;
        const result = z.strictObject({ ca: caSchema }).safeParse({ ca, ...others }, { reportInput: true });
        return result.success
            ? { kind: "ca", settings: result.data.ca }
            : { kind: "invalid", problems: problemsOf(result.error) };
    }
    const result = clusterStackSchema.safeParse(raw, { reportInput: true });
    if (!result.success) return { kind: "invalid", problems: problemsOf(result.error) };
    const problems = dnsLabelPattern.test(stack)
        ? crossProblems(stack, result.data)
        : [
              {
                  path: "(stack name)",
                  message: `"${stack}" is the cluster's name and must be a DNS label; rename the stack`,
              },
          ];
    return problems.length === 0 ? { kind: "cluster", settings: result.data } : { kind: "invalid", problems };
}

type Values = Readonly<Record<string, unknown>>;

/** One message that lists every problem of a stack's configuration. */
export function configMessage(stack: string, problems: readonly ConfigProblem[]): string {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    const lines = problems.map(({ path, message }) => `  - ${path} ${message}`);
    return `The configuration of stack "${stack}" (Pulumi.${stack}.yaml) has ${count}:\n${lines.join("\n")}`;
}
