import { type Access, kubectlText } from "../base/shownCommands";
import { parse } from "yaml";
import { unnamedRevision, revisionLabel } from "./revisions";

/** Oldest Istio whose API server serves networking.istio.io/v1, which this project writes. */
export const oldestIstio = "1.22";

/** Annotation of istiod's pod template that says for which stack it was restarted. */
export const caAnnotation = "istio-multicluster/ca";

/** An istiod's Deployment, as far as it is looked at. */
export interface IstiodFacts {
    readonly metadata: {
        readonly name: string;
        readonly namespace: string;
        readonly labels?: Readonly<Record<string, string>>;
        readonly annotations?: Readonly<Record<string, string>>;
    };
    readonly spec: {
        readonly template: {
            readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
            readonly spec: {
                readonly containers: readonly {
                    readonly image: string;
                    readonly env?: readonly { readonly name: string; readonly value?: string }[];
                }[];
            };
        };
    };
    readonly status?: { readonly availableReplicas?: number };
}

/** What was found in a cluster where Istio is installed already. */
export interface ExistingIstioFacts {
    /** Every istiod of the cluster. */
    readonly istiods: readonly IstiodFacts[];
    /** Text of the mesh's settings, key `mesh` of the revision's ConfigMap; undefined when there is none. */
    readonly meshConfig: string | undefined;
    /** Whether the API server knows networking.istio.io/v1. */
    readonly hasDefinitions: boolean;
    /** Whether istiod's namespace has a secret `cacerts`. */
    readonly hasCaCerts: boolean;
}

/** What the stack file says of it. */
export interface ExistingIstioWanted {
    /** The cluster, for the commands that are shown. */
    readonly access: Access;
    readonly namespace: string;
    readonly revision: string;
    readonly trustDomain: string;
    /** Whether its sidecars have to answer DNS questions. */
    readonly dnsCapture: boolean;
}

/** What follows from the facts. */
export interface ExistingIstioFindings {
    /** Sentences about what can't work. */
    readonly problems: readonly string[];
    /** Sentences about what works less well than with a control plane of this project's. */
    readonly warnings: readonly string[];
    /** Names of the Deployments of istiod that use the namespace's `cacerts`. */
    readonly deployments: readonly string[];
}

/** The revision of an istiod. */
export function revisionOf({ metadata }: IstiodFacts): string {
    return metadata.labels?.[revisionLabel] ?? unnamedRevision;
}

/** Looks at what is installed, before anything is written. */
export function checkExistingIstio(
    { istiods, meshConfig, hasDefinitions, hasCaCerts }: ExistingIstioFacts,
    { access, namespace, revision, trustDomain, dnsCapture }: ExistingIstioWanted,
): ExistingIstioFindings {
    const here = istiods.filter(({ metadata }) => metadata.namespace === namespace);
    const deployments = here.map(({ metadata }) => metadata.name);
    const istiod = here.find((each) => revisionOf(each) === revision);
    if (istiod === undefined) {
        const there = istiods.map((each) => `${revisionOf(each)} in ${each.metadata.namespace}`).join(", ");
        const found = there === "" ? "there is no istiod at all" : `there is ${there}`;
        return {
            problems: [
                `istio.install is false, but no istiod of revision ${revision} runs in the namespace ${namespace}: ${found}; ` +
                    `set istio.namespace and istio.revision to what is installed, or istio.install to true`,
            ],
            warnings: [],
            deployments,
        };
    }
    const problems: string[] = [];
    const warnings: string[] = [];
    const [container] = istiod.spec.template.spec.containers;
    const version = /:(\d+)\.(\d+)\.[^:/]*$/.exec(container?.image ?? "");
    if (version !== null && olderThanOldest(Number(version[1]), Number(version[2]))) {
        problems.push(
            `istiod of ${namespace} runs Istio ${version[1]}.${version[2]}, but the mesh needs ${oldestIstio} or newer; ` +
                `upgrade it first`,
        );
    }
    if (!hasDefinitions) {
        problems.push(
            `the cluster does not serve networking.istio.io/v1, in which the mesh's objects are written; install the ` +
                `resource definitions of the istiod that runs (Istio's chart "base")`,
        );
    }
    if ((istiod.status?.availableReplicas ?? 0) === 0) {
        problems.push(
            `no pod of istiod in ${namespace} is available, so that no gateway could start; see ` +
                kubectlText(access, `-n ${namespace} describe deployment ${istiod.metadata.name}`),
        );
    }
    const mesh = settingsOf(meshConfig);
    const foundDomain = typeof mesh["trustDomain"] === "string" ? mesh["trustDomain"] : "cluster.local";
    if (foundDomain !== trustDomain) {
        problems.push(
            `istiod of ${namespace} has the trust domain ${foundDomain}, but mesh.trustDomain is ${trustDomain}; make them ` +
                `the same: meshConfig.trustDomain of the installed Istio, or mesh.trustDomain in the stack file`,
        );
    }
    if (dnsCapture && !capturesDns(mesh)) {
        problems.push(
            `dns.adapter is sidecar, but istiod of ${namespace} does not make sidecars answer DNS questions; set ` +
                `meshConfig.defaultConfig.proxyMetadata.ISTIO_META_DNS_CAPTURE of the installed Istio to "true", or choose ` +
                `another dns.adapter`,
        );
    }
    const isOn = (name: string) => container?.env?.find((each) => each.name === name)?.value === "true";
    if (!isOn("ISTIO_MULTIROOT_MESH")) {
        warnings.push(
            `istiod of ${namespace} runs without ISTIO_MULTIROOT_MESH=true: the mesh works, but its root certificate can't ` +
                `be exchanged later without restarting every workload of this cluster.`,
        );
    }
    const switched = istiod.spec.template.metadata?.annotations?.[caAnnotation] !== undefined;
    if (!hasCaCerts && !switched) {
        warnings.push(
            `istiod of ${namespace} signs with a certificate authority of its own. An update gives it the mesh's and restarts ` +
                `it. Workloads that run keep their old certificates, and calls between them and new ones fail, until they ` +
                `are restarted: ${kubectlText(access, "rollout restart deployment -n NAMESPACE")}, for each namespace with ` +
                `sidecars.`,
        );
    }
    return { problems, warnings, deployments };
}

function olderThanOldest(major: number, minor: number): boolean {
    const [oldMajor = 0, oldMinor = 0] = oldestIstio.split(".").map(Number);
    return major < oldMajor || (major === oldMajor && minor < oldMinor);
}

function capturesDns(mesh: Readonly<Record<string, unknown>>): boolean {
    const { defaultConfig } = mesh as MeshSettings;
    return String(defaultConfig?.proxyMetadata?.["ISTIO_META_DNS_CAPTURE"]) === "true";
}

interface MeshSettings {
    readonly defaultConfig?: { readonly proxyMetadata?: Readonly<Record<string, unknown>> };
}

function settingsOf(text: string | undefined): Readonly<Record<string, unknown>> {
    const value: unknown = text === undefined ? undefined : parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
}
