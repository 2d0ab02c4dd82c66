import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Resources } from "../lib/config/resources";
import { gatewayPort } from "../lib/istio/types";
import { GatewayDeployment } from "./gatewayDeployment";
import { skipAwait } from "./istio";
import { ownNamespace, type PodSecurity } from "./ownNamespace";

export interface EgressGatewayArgs {
    /** What must be ready before pods get their proxy and objects of Istio's can be written. */
    readonly istio: readonly pulumi.Resource[];
    /** Name of the namespace to make for it. Nothing else should run there: what does can go past the gateway. */
    readonly namespace: string;
    /** The cluster's DNS domain, such as `cluster.local`. */
    readonly clusterDomain: string;
    /** Hosts that are called through it. */
    readonly hosts: readonly string[];
    /** Number of gateway pods. */
    readonly replicas: number;
    /** What each gateway pod's proxy asks for, and may use at most. */
    readonly resources: Resources;
    /** Revision of Istio that the pods get their proxy from; the one without a name by default. */
    readonly revision?: string;
    /** What the API server lets run in the namespace; whatever the cluster's own default is without it. */
    readonly podSecurity?: PodSecurity;
}

/**
 * The way out of a cluster for calls to other clusters: a proxy that passes a TLS connection on by its server name, still
 * encrypted, to the exporting cluster's gateway. The exporting workload sees the identity of the caller, not the proxy's.
 */
export class EgressGateway extends pulumi.ComponentResource {
    /** Namespace of the gateway, once it exists. */
    readonly namespace: pulumi.Output<string>;
    /** The name of that namespace. */
    readonly namespaceName: string;
    /** Host name of the gateway's Service inside the cluster. */
    readonly address: string;

    constructor(name: string, args: EgressGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-multicluster:index:EgressGateway", name, {}, opts);
        const labels = { app: "istio-egressgateway", istio: "egressgateway" };
        const namespace = ownNamespace(
            `${name}-namespace`,
            { name: args.namespace, podSecurity: args.podSecurity },
            { parent: this },
        );
        this.namespace = namespace.metadata.name;
        this.namespaceName = args.namespace;
        this.address = `${labels.app}.${args.namespace}.svc.${args.clusterDomain}`;
        new k8s.core.v1.Service(
            `${name}-service`,
            {
                metadata: { name: labels.app, namespace: this.namespace, labels, annotations: skipAwait },
                spec: {
                    selector: labels,
                    ports: [{ name: "tls", port: gatewayPort, targetPort: gatewayPort }],
                },
            },
            { parent: this },
        );
        new GatewayDeployment(
            `${name}-deployment`,
            {
                name: labels.app,
                namespace: this.namespace,
                labels,
                hosts: args.hosts,
                replicas: args.replicas,
                resources: args.resources,
                revision: args.revision,
                istio: args.istio,
            },
            { parent: this },
        );
        this.registerOutputs({ namespace: this.namespace, address: this.address });
    }
}
