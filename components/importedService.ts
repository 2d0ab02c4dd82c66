import * as pulumi from "@pulumi/pulumi";
import type { Port } from "../lib/istioTypes";
import { importDestinationRule, importServiceEntry } from "../lib/meshObjects";
import { objectName } from "../lib/names";
import { istioResource } from "./istioResource";

export interface ImportedServiceArgs {
    /** Mesh-wide host name, such as `httpbin.bar.global`. */
    readonly host: string;
    /** Namespace for the objects, where Istio's control plane is; every namespace of the cluster sees them. */
    readonly namespace: pulumi.Input<string>;
    /** The host's virtual address, as the exporting cluster says. */
    readonly virtualAddress: string;
    readonly ports: readonly Port[];
    /** Where the exporting cluster's gateway is. */
    readonly gateway: { readonly addresses: readonly string[]; readonly port: number };
    /** SPIFFE identities that the exporting cluster's workloads may have; any other is refused. */
    readonly identities: readonly string[];
}

/** A service of another cluster, made callable in this one by its mesh-wide name. */
export class ImportedService extends pulumi.ComponentResource {
    constructor(name: string, args: ImportedServiceArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-multicluster:index:ImportedService", name, {}, opts);
        const { host, namespace } = args;
        istioResource(
            `${name}-entry`,
            { kind: "ServiceEntry", name: objectName(host), namespace, spec: importServiceEntry(args) },
            { parent: this },
        );
        istioResource(
            `${name}-rule`,
            { kind: "DestinationRule", name: objectName(host), namespace, spec: importDestinationRule(host) },
            { parent: this },
        );
        this.registerOutputs({});
    }
}
