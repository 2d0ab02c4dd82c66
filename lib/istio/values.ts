import { ownerAnnotation } from "../base/ownership";
import { revisionSuffix, unnamedRevision } from "./revisions";

/** A tree of Helm values. */
export type Values = { readonly [key: string]: unknown };

function isTree(value: unknown): value is Values {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Lays one tree of values over another, as Helm does: trees merge, everything else is replaced. */
export function mergeValues(base: Values, over: Values): Values {
    const merged: Record<string, unknown> = { ...base };
    for (const [key, value] of Object.entries(over)) {
        const below = merged[key];
        merged[key] = isTree(below) && isTree(value) ? mergeValues(below, value) : value;
    }
    return merged;
}

/** What this project decides about Istio's control plane. */
export interface IstiodSettings {
    /** Name of the cluster, which istiod reports as its own. */
    readonly cluster: string;
    readonly namespace: string;
    /** Revision of this control plane; the one without a name by default. */
    readonly revision?: string;
    /** Full name of the stack that installs it, which an annotation of istiod's Deployment says. */
    readonly owner: string;
    /** SPIFFE trust domain of the mesh's identities. */
    readonly trustDomain: string;
    /** Other trust domains whose callers the workloads take; none by default. */
    readonly acceptedTrustDomains?: readonly string[];
    /** Image hub; the chart's own by default. */
    readonly hub?: string;
    /** Image tag; the chart's own by default. */
    readonly tag?: string;
    /** Whether sidecars answer DNS questions for the hosts they know, and pass on only the others. */
    readonly dnsCapture?: boolean;
    /** The user's own values, which win over everything here. */
    readonly values: Values;
}

/**
 * What the API server does with Istio's objects while istiod is down. istiod changes the charts' default to this one as
 * soon as it is ready; set from the start, the field has one owner and shows no drift.
 */
const validationFailurePolicy = "Fail";

/** Annotation by which the Kubernetes provider makes an object of a chart after another one. */
const dependsOnAnnotation = "config.kubernetes.io/depends-on";

/** ConfigMap of the istiod chart that holds the template of the sidecar. */
const injectorTemplate = "istio-sidecar-injector";

/**
 * Values of Istio's `base` chart: the resource definitions and the default validation webhook.
 *
 * @param revision whose istiod validates what no revision is named in
 * @param excludedCRDs names of the resource definitions that are not made by the chart; none by default
 */
export function baseValues(
    namespace: string,
    revision = unnamedRevision,
    excludedCRDs: readonly string[] = [],
): Values {
    return {
        global: { istioNamespace: namespace },
        base: { validationFailurePolicy, ...(excludedCRDs.length > 0 && { excludedCRDs }) },
        ...(revision !== unnamedRevision && { defaultRevision: revision }),
    };
}

/** Values of Istio's `istiod` chart. */
export function istiodValues(settings: IstiodSettings): Values {
    const { cluster, namespace, revision = unnamedRevision, owner, hub, tag, dnsCapture, values } = settings;
    const { trustDomain, acceptedTrustDomains = [] } = settings;
    const otherTrustDomains = acceptedTrustDomains.filter((domain) => domain !== trustDomain);
    const { volumes, volumeMounts, ...others } = values;
    const injector = `${injectorTemplate}${revisionSuffix(revision)}`;
    return mergeValues(
        {
            global: {
                istioNamespace: namespace,
                imagePullPolicy: "IfNotPresent",
                multiCluster: { clusterName: cluster },
                ...(hub === undefined ? {} : { hub }),
                ...(tag === undefined ? {} : { tag }),
            },
            env: {
                // A second root in `cacerts` is ignored without it, and a running mesh can't be switched over later
                // without restarting every proxy.
                ISTIO_MULTIROOT_MESH: "true",
            },
            base: { validationFailurePolicy },
            ...(revision !== unnamedRevision && { revision }),
            deploymentAnnotations: {
                [ownerAnnotation]: owner,
                // With `--parallel 1` the Deployment would be waited for before the template below is made, which it waits for.
                [dependsOnAnnotation]: `/namespaces/${namespace}/ConfigMap/${injector}`,
            },
            // What the Pod Security Standard `restricted` asks for beside what the chart sets by itself.
            seccompProfile: { type: "RuntimeDefault" },
            // All objects of the chart are made side by side. istiod looks for the injector's template once, when it
            // starts, and injects nothing for good when it finds none; the mount keeps it from starting before that.
            volumes: [{ name: injectorTemplate, configMap: { name: injector } }, ...list(volumes)],
            volumeMounts: [
                { name: injectorTemplate, mountPath: `/etc/${injectorTemplate}`, readOnly: true },
                ...list(volumeMounts),
            ],
            meshConfig: {
                trustDomain,
                // Not trustDomainAliases, which make the same names of several trust domains one identity, to policies
                // as to the pins of imports. An entry without a certificate only adds to whom workloads take.
                ...(otherTrustDomains.length > 0 && {
                    caCertificates: [{ trustDomains: otherTrustDomains }],
                }),
                defaultConfig: {
                    // Trusted roots reach running proxies at once; without it a proxy learns of them at its next start.
                    proxyMetadata: {
                        PROXY_CONFIG_XDS_AGENT: "true",
                        ...(dnsCapture ? { ISTIO_META_DNS_CAPTURE: "true" } : {}),
                    },
                },
            },
        },
        others,
    );
}

function list(value: unknown): readonly unknown[] {
    return Array.isArray(value) ? value : [];
}
