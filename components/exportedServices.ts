import * as pulumi from "@pulumi/pulumi";
import { objectName } from "../lib/base/names";
import { callersPolicy, exportDestinationRule, exportServiceEntry } from "../lib/istio/objects";
import type { Port, Subset } from "../lib/istio/types";
import { formerChild } from "./formerly";
import { type IstioObject, istioResource } from "./istioResource";

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
    /** Namespaces of any cluster all pods of which may call too. */
    readonly callerNamespaces?: readonly string[];
    /** Versions that importers may choose; none by default. */
    readonly subsets?: readonly Subset[];
    /** Identities that callers in this cluster accept, where it imports the host too; those of the pods by default. */
    readonly identities?: readonly string[];
}

/**
 * The services that other clusters may call. In their own cluster they get their mesh-wide names too, which is also what
 * lets the east-west gateway pass calls for those names on to the pods.
 *
 * One component for all of them: each resource costs time and state in every run, and one for each service would say nothing
 * that its alias doesn't say.
 */
export class ExportedServices extends pulumi.ComponentResource {
    /** @param opts with what every service waits for */
    constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
        super("istio-multicluster:index:ExportedServices", name, {}, opts);
        this.registerOutputs({});
    }

    /**
     * Exports one service more.
     *
     * @param name what its resources' names begin with
     * @returns its alias, without which the gateway does not serve it
     */
    add(name: string, args: ExportedServiceArgs): pulumi.CustomResource {
        const { host, namespace, principals, subsets = [] } = args;
        const object = (
            role: string,
            what: Pick<IstioObject, "kind" | "spec">,
            dependsOn?: pulumi.Resource[],
        ) =>
            istioResource(`${name}-${role}`, { ...what, name: objectName(host), namespace } as IstioObject, {
                parent: this,
                dependsOn,
                aliases: formerChild("istio-multicluster:index:ExportedService", `${name}-${role}`),
            });
        const policy = principals && [
            object("callers", {
                kind: "AuthorizationPolicy",
                spec: callersPolicy({ ...args, principals }),
            }),
        ];
        if (subsets.length > 0)
            object("rule", { kind: "DestinationRule", spec: exportDestinationRule(host, subsets) });
        // Nobody may come in by the new name before the policy is there.
        return object("entry", { kind: "ServiceEntry", spec: exportServiceEntry(args) }, policy);
    }
}
