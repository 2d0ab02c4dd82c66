import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { proxyContainer } from "../lib/istio/proxy";
import { gatewayGraceSeconds } from "../lib/istio/connections";
import type { Resources } from "../lib/config/resources";
import { gatewayPort } from "../lib/istio/types";
import { passthroughGateway } from "../lib/istio/objects";
import { revisionLabels } from "../lib/istio/revisions";
import { istioResource } from "./istioResource";
import { madeAfter } from "./madeAfter";
import { deleteInTime } from "./ownNamespace";

export interface GatewayDeploymentArgs {
    /** Name of the Deployment and of its service account. */
    readonly name: string;
    readonly namespace: pulumi.Input<string>;
    /** Labels of the pods, by which Services and Gateways select them. */
    readonly labels: Readonly<Record<string, string>>;
    /** Hosts that the gateway passes on. */
    readonly hosts: readonly string[];
    /**
     * Hosts beside those that it can't do without yet, once that is known. The Gateway object is not written before. None by
     * default.
     */
    readonly leaving?: Promise<readonly string[]>;
    /** Number of pods. */
    readonly replicas: number;
    /** What each gateway pod's proxy asks for, and may use at most. */
    readonly resources: Resources;
    /** Revision of Istio that the pods get their proxy from; the one without a name by default. */
    readonly revision?: string;
    /** What must be ready before pods get their proxy and objects of Istio's can be written. */
    readonly istio: readonly pulumi.Resource[];
}

/**
 * A Deployment of Istio's proxy as a gateway that passes TLS on by server name, and the Gateway object that says for which
 * hosts. istiod's webhook puts the image and the settings into the pods.
 */
export class GatewayDeployment extends pulumi.ComponentResource {
    /** Id of its Deployment, known when a pod of it is ready. */
    readonly ready: pulumi.Output<string>;
    /** Id of the Gateway object, known when the hosts are written; undefined where there are none. */
    readonly passesOn: pulumi.Output<string> | undefined;

    constructor(name: string, args: GatewayDeploymentArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-multicluster:index:GatewayDeployment", name, {}, opts);
        const { namespace, labels, hosts, leaving } = args;
        const account = new k8s.core.v1.ServiceAccount(
            `${name}-account`,
            { metadata: { name: args.name, namespace, labels } },
            { parent: this },
        );
        const pods = new k8s.apps.v1.Deployment(
            `${name}-pods`,
            {
                metadata: { name: args.name, namespace, labels },
                spec: {
                    replicas: args.replicas,
                    selector: { matchLabels: labels },
                    strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
                    template: {
                        metadata: {
                            labels: {
                                ...labels,
                                ...revisionLabels(args.revision),
                                "sidecar.istio.io/inject": "true",
                            },
                            annotations: { "inject.istio.io/templates": "gateway" },
                        },
                        spec: {
                            serviceAccountName: account.metadata.name,
                            terminationGracePeriodSeconds: gatewayGraceSeconds,
                            securityContext: {
                                runAsNonRoot: true,
                                seccompProfile: { type: "RuntimeDefault" },
                            },
                            containers: [
                                {
                                    name: proxyContainer,
                                    // The webhook replaces it with the proxy's image.
                                    image: "auto",
                                    // Without it the API server defaults to Always, for the sake of the name above.
                                    imagePullPolicy: "IfNotPresent",
                                    // A pod that shall end takes connections for 5 s more, until every node knows that
                                    // it shall not get them, and ends when the last one has gone. By default it would
                                    // cut them all after those 5 s.
                                    env: [{ name: "EXIT_ON_ZERO_ACTIVE_CONNECTIONS", value: "true" }],
                                    ports: [{ name: "tls", containerPort: gatewayPort, protocol: "TCP" }],
                                    // The template's own period is 15 seconds, and a first miss costs a whole one.
                                    readinessProbe: {
                                        httpGet: { path: "/healthz/ready", port: 15021 },
                                        periodSeconds: 1,
                                        timeoutSeconds: 3,
                                        failureThreshold: 30,
                                    },
                                    resources: args.resources,
                                    securityContext: {
                                        allowPrivilegeEscalation: false,
                                        capabilities: { drop: ["ALL"] },
                                        privileged: false,
                                        readOnlyRootFilesystem: true,
                                        runAsNonRoot: true,
                                    },
                                },
                            ],
                        },
                    },
                },
            },
            { parent: this, dependsOn: madeAfter(args.istio), ...deleteInTime },
        );
        // A Gateway must name at least one host, and while there is none, there is nothing to pass on.
        const gateway =
            hosts.length > 0
                ? istioResource(
                      `${name}-gateway`,
                      {
                          kind: "Gateway",
                          name: args.name,
                          namespace,
                          spec: leaving
                              ? leaving.then((more) => passthroughGateway(labels, [...hosts, ...more]))
                              : passthroughGateway(labels, hosts),
                      },
                      { parent: this, dependsOn: [...args.istio] },
                  )
                : undefined;
        this.ready = pods.id;
        this.passesOn = gateway?.id;
        this.registerOutputs({});
    }
}
