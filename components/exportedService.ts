import * as pulumi from "@pulumi/pulumi";
import { exportServiceEntry } from "../lib/meshObjects";
import { objectName } from "../lib/names";
import type { Port } from "../lib/istioTypes";
import { istioResource } from "./istioResource";

export interface ExportedServiceArgs {
    /** Mesh-wide host name, such as `httpbin.bar.global`. */
    readonly host: string;
    /** Namespace of the pods; a workload selector reaches no further. */
    readonly namespace: pulumi.Input<string>;
    /** The host's virtual address, the same in every cluster. */
    readonly virtualAddress: string;
    readonly ports: readonly Port[];
    /** Labels of the pods. */
    readonly selector: Readonly<Record<string, string>>;
}

/**
 * A service that other clusters may call. In its own cluster it gets its mesh-wide name too, which is also what lets the
 * east-west gateway pass calls for that name on to the pods.
 */
export class ExportedService extends pulumi.ComponentResource {
    constructor(name: string, args: ExportedServiceArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-multicluster:index:ExportedService", name, {}, opts);
        istioResource(
            `${name}-entry`,
            {
                kind: "ServiceEntry",
                name: objectName(args.host),
                namespace: args.namespace,
                spec: exportServiceEntry(args),
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}
