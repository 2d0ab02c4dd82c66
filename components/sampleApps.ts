import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { injectionLabels, revisionLabels } from "../lib/istio/revisions";
import { skipAwait } from "./istio";
import { madeAfter } from "./madeAfter";
import { deleteInTime, ownNamespace } from "./ownNamespace";

/** Where a sample goes and what it runs. */
export interface SampleArgs {
    readonly namespace: string;
    readonly image: string;
}

export interface SampleAppsArgs {
    /** What must be ready before pods get their sidecar. */
    readonly istio: readonly pulumi.Resource[];
    /** Revision of Istio that the pods get their sidecar from; the one without a name by default. */
    readonly revision?: string;
    /** The tutorial's client: a pod with curl that sleeps. Not deployed by default. */
    readonly sleep?: SampleArgs;
    /** The tutorial's server, port 8000, on pods that listen on 8080. Not deployed by default. */
    readonly httpbin?: SampleArgs;
}

/** The tutorial's sample applications, in namespaces of their own that istiod injects sidecars into. */
export class SampleApps extends pulumi.ComponentResource {
    /** The samples' namespaces. */
    readonly namespaces: readonly pulumi.Resource[];

    constructor(name: string, args: SampleAppsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-multicluster:index:SampleApps", name, {}, opts);
        const namespaces = new Map<string, k8s.core.v1.Namespace>();
        for (const sample of [args.sleep, args.httpbin]) {
            if (sample === undefined || namespaces.has(sample.namespace)) continue;
            const namespace = ownNamespace(
                `${name}-namespace-${sample.namespace}`,
                { name: sample.namespace, labels: injectionLabels(args.revision) },
                { parent: this },
            );
            namespaces.set(sample.namespace, namespace);
        }
        const app = (app: string, { namespace, image }: SampleArgs, container: SampleContainer) => {
            const metadata = { name: app, namespace, labels: { app } };
            const resource = `${name}-${namespace}-${app}`;
            const options = (role: string) => ({
                parent: this,
                dependsOn: namespaces.get(namespace),
                // Its name before it had the namespace.
                aliases: [{ name: `${name}-${app}-${role}` }],
            });
            const account = new k8s.core.v1.ServiceAccount(
                `${resource}-account`,
                { metadata },
                options("account"),
            );
            const pods = { app, version: "v1" };
            new k8s.core.v1.Service(
                `${resource}-service`,
                {
                    metadata: { ...metadata, annotations: skipAwait },
                    spec: { selector: { app }, ports: [container.port] },
                },
                options("service"),
            );
            new k8s.apps.v1.Deployment(
                `${resource}-pods`,
                {
                    metadata,
                    spec: {
                        replicas: 1,
                        selector: { matchLabels: { app } },
                        template: {
                            // The namespace's label decides; this one replaces the pods when the revision changes.
                            metadata: { labels: { ...pods, ...revisionLabels(args.revision) } },
                            spec: {
                                serviceAccountName: account.metadata.name,
                                terminationGracePeriodSeconds: container.graceSeconds,
                                containers: [
                                    {
                                        name: app,
                                        image,
                                        imagePullPolicy: "IfNotPresent",
                                        command: container.command,
                                        ports: container.listen.map((containerPort) => ({ containerPort })),
                                    },
                                ],
                            },
                        },
                    },
                },
                pulumi.mergeOptions(options("pods"), { dependsOn: madeAfter(args.istio), ...deleteInTime }),
            );
        };
        if (args.sleep) {
            app("sleep", args.sleep, {
                // sleep as process 1 ignores SIGTERM, so there is nothing to wait for.
                command: ["/bin/sleep", "infinity"],
                graceSeconds: 0,
                listen: [],
                port: { name: "http", port: 80 },
            });
        }
        if (args.httpbin) {
            app("httpbin", args.httpbin, {
                graceSeconds: 2,
                listen: [8080],
                port: { name: "http", port: 8000, targetPort: 8080 },
            });
        }
        this.namespaces = [...namespaces.values()];
        this.registerOutputs({});
    }
}

interface SampleContainer {
    readonly command?: string[];
    /** Seconds that the container gets to end. */
    readonly graceSeconds: number;
    readonly listen: readonly number[];
    readonly port: { readonly name: string; readonly port: number; readonly targetPort?: number };
}
