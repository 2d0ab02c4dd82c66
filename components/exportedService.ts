import * as pulumi from "@pulumi/pulumi";
import { callersPolicy, exportDestinationRule, exportServiceEntry } from "../lib/istio/objects";
import { objectName } from "../lib/base/names";
import type { Port, Subset } from "../lib/istio/types";
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
    /**
     * Who may call the pods on the exported ports, from this cluster and from others, such as
     * `cluster1.mesh/ns/foo/sa/sleep`; a `*` at the beginning stands for any trust domain. Everybody where undefined,
     * nobody where empty.
     */
    readonly principals?: readonly string[];
    /** Versions that importers may choose; none by default. */
    readonly subsets?: readonly Subset[];
    /** Identities that callers in this cluster accept, where it imports the host too; those of the pods by default. */
    readonly identities?: readonly string[];
}

/**
 * A service that other clusters may call. In its own cluster it gets its mesh-wide name too, which is also what lets the
 * east-west gateway pass calls for that name on to the pods.
 */
export class ExportedService extends pulumi.ComponentResource {
    /** Id of its alias, without which the gateway does not serve it. */
    readonly ready: pulumi.Output<string>;

    constructor(name: string, args: ExportedServiceArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-multicluster:index:ExportedService", name, {}, opts);
        const place = { name: objectName(args.host), namespace: args.namespace };
        const { principals } = args;
        const policy = principals && [
            istioResource(
                `${name}-callers`,
                { kind: "AuthorizationPolicy", ...place, spec: callersPolicy({ ...args, principals }) },
                { parent: this },
            ),
        ];
        this.ready = istioResource(
            `${name}-entry`,
            { kind: "ServiceEntry", ...place, spec: exportServiceEntry(args) },
            // Nobody may come in by the new name before the policy is there.
            { parent: this, dependsOn: policy },
        ).id;
        if (args.subsets && args.subsets.length > 0) {
            istioResource(
                `${name}-rule`,
                {
                    kind: "DestinationRule",
                    name: objectName(args.host),
                    namespace: args.namespace,
                    spec: exportDestinationRule(args.host, args.subsets),
                },
                { parent: this },
            );
        }
        this.registerOutputs({});
    }
}
