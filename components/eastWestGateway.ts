import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Resources } from "../lib/config/resources";
import { balancerAddresses, nodePortOf } from "../lib/mesh/gatewayDrift";
import { gatewayPort } from "../lib/istio/types";
import { notKnown } from "./notKnown";
import { GatewayDeployment } from "./gatewayDeployment";
import { skipAwait } from "./istio";

export interface EastWestGatewayArgs {
    /** What must be ready before pods get their proxy and objects of Istio's can be written. */
    readonly istio: readonly pulumi.Resource[];
    /** Namespace of the gateway, where Istio's control plane is. */
    readonly namespace: pulumi.Input<string>;
    /** Hosts that other clusters may reach through it: exactly what the cluster exports. */
    readonly hosts: readonly string[];
    /** Hosts beside those that importers have not left yet, once that is known; none by default. */
    readonly leaving?: Promise<readonly string[]>;
    readonly serviceType: "NodePort" | "LoadBalancer";
    /** Where it is reached while importers still use the load balancer that it is to lose; undefined where it loses none. */
    readonly moving?: {
        /** Node port that its Service has already, and keeps. */
        readonly nodePort: number;
        /** Whether all have left the balancer, once that is known. The Service is not changed before, and not at all if not. */
        readonly hasBeenLeft: Promise<boolean>;
    };
    /** Fixed node port, inside the cluster's node port range; Kubernetes assigns one by default. */
    readonly nodePort?: number;
    /** Addresses of the nodes, each of which serves the node port. */
    readonly nodeAddresses: readonly string[];
    /** Addresses to tell the other clusters instead of those that Kubernetes reports. */
    readonly addresses?: readonly string[];
    /** Port on `addresses`, where it is not the Service's own. */
    readonly port?: number;
    /** Annotations of the Service. */
    readonly annotations: Readonly<Record<string, string>>;
    /** Ranges of addresses that the load balancer takes connections from; any address by default. */
    readonly sourceRanges?: readonly string[];
    /** Number of gateway pods. */
    readonly replicas: number;
    /** What each gateway pod's proxy asks for, and may use at most. */
    readonly resources: Resources;
    /** Revision of Istio that the pods get their proxy from; the one without a name by default. */
    readonly revision?: string;
}

const labels = { app: "istio-eastwestgateway", istio: "eastwestgateway" };

/**
 * The way into a cluster for the mesh's other clusters: a proxy that reads the server name of a TLS connection and
 * passes it on, still encrypted, to the pods behind that name.
 */
export class EastWestGateway extends pulumi.ComponentResource {
    /** IP addresses, or one host name, at which the other clusters reach the gateway. */
    readonly addresses: pulumi.Output<readonly string[]>;
    /** TCP port on those addresses. */
    readonly port: pulumi.Output<number>;
    /** Id of its Deployment, known when a pod of it is ready. */
    readonly ready: pulumi.Output<string>;
    /** Id of what says which hosts it serves, known when that is written; undefined where it serves none. */
    readonly passesOn: pulumi.Output<string> | undefined;
    /** TCP port of the Service on the addresses that Kubernetes reports: the node port, or 15443. */
    readonly servicePort: pulumi.Output<number>;
    /** Settled when a Service that loses its load balancer is registered, or is to stay as it is. */
    readonly moved: Promise<unknown>;

    constructor(name: string, args: EastWestGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-multicluster:index:EastWestGateway", name, {}, opts);
        const { moving } = args;
        const reach = moving
            ? { addresses: nodesOf(args), servicePort: moving.nodePort }
            : reachOf(this.makeService(name, args), args);
        this.moved = Promise.resolve(
            moving?.hasBeenLeft.then((isLeft) => isLeft && this.makeService(name, args)),
        );
        const deployment = new GatewayDeployment(
            `${name}-deployment`,
            {
                name: labels.app,
                namespace: args.namespace,
                labels,
                hosts: args.hosts,
                leaving: args.leaving,
                replicas: args.replicas,
                resources: args.resources,
                revision: args.revision,
                istio: args.istio,
            },
            { parent: this },
        );
        this.ready = deployment.ready;
        this.passesOn = deployment.passesOn;
        this.addresses = pulumi.output(reach.addresses);
        this.servicePort = pulumi.output(reach.servicePort);
        this.port = args.port === undefined ? this.servicePort : pulumi.output(args.port);
        this.registerOutputs({ addresses: this.addresses, port: this.port });
    }

    private makeService(name: string, args: EastWestGatewayArgs): k8s.core.v1.Service {
        return new k8s.core.v1.Service(
            `${name}-service`,
            {
                metadata: {
                    name: labels.app,
                    namespace: args.namespace,
                    labels,
                    annotations: {
                        ...args.annotations,
                        // A port that somebody set by hand is theirs to Kubernetes, and setting it back a conflict.
                        "pulumi.com/patchForce": "true",
                        // The address of a load balancer is worth waiting for; a node port is there at once.
                        ...(isNodePort(args) ? skipAwait : {}),
                    },
                },
                spec: {
                    type: args.serviceType,
                    selector: labels,
                    loadBalancerSourceRanges: args.sourceRanges && [...args.sourceRanges],
                    ports: [
                        { name: "tls", port: gatewayPort, targetPort: gatewayPort, nodePort: args.nodePort },
                        // Load balancers ask here whether a node's gateway is up.
                        ...(isNodePort(args)
                            ? []
                            : [{ name: "status-port", port: 15021, targetPort: 15021 }]),
                    ],
                },
            },
            { parent: this },
        );
    }
}

function isNodePort({ serviceType }: EastWestGatewayArgs): boolean {
    return serviceType === "NodePort";
}

/** Where Kubernetes says that a gateway is reached. */
function reachOf(
    { id, spec, status }: k8s.core.v1.Service,
    args: EastWestGatewayArgs,
): {
    readonly addresses: pulumi.Input<readonly string[]>;
    readonly servicePort: pulumi.Input<number>;
} {
    if (!isNodePort(args)) {
        const addresses = status.apply(
            (now) => args.addresses ?? foreseen(balancerAddresses({ status: now })),
        );
        return { addresses, servicePort: gatewayPort };
    }
    // Only a Service that exists has an id; a preview takes the port of a new one for missing instead of unknown.
    const servicePort = pulumi.all([spec.ports, id]).apply(([ports]) => nodePortOf(ports) ?? 0);
    return { addresses: nodesOf(args), servicePort };
}

/** The addresses of a gateway behind a node port. */
function nodesOf({ addresses, nodeAddresses }: EastWestGatewayArgs): readonly string[] {
    return addresses ?? nodeAddresses;
}

/** A load balancer that has no address in a preview may get one: a Service that becomes one has its former state there. */
function foreseen(addresses: readonly string[]): readonly string[] {
    return addresses.length === 0 && pulumi.runtime.isDryRun() ? notKnown : addresses;
}
