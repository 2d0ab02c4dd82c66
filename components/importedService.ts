import * as pulumi from "@pulumi/pulumi";
import { withConnectionAge } from "../lib/connectionAge";
import { gatewayPort, type Port, type ServiceEntrySpec } from "../lib/istioTypes";
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
    /** The egress gateway that its calls leave the cluster through. Without one they leave directly. */
    readonly egress?: { readonly namespace: pulumi.Input<string>; readonly address: string };
    /** SPIFFE identities that the exporting cluster's workloads may have; any other is refused. */
    readonly identities: readonly string[];
}

/** A service of another cluster, made callable in this one by its mesh-wide name. */
export class ImportedService extends pulumi.ComponentResource {
    constructor(name: string, args: ImportedServiceArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-multicluster:index:ImportedService", name, {}, opts);
        const { host, namespace, egress } = args;
        const entry = (
            role: string,
            where: pulumi.Input<string>,
            spec: ServiceEntrySpec,
            dependsOn: pulumi.Resource[] = [],
        ) =>
            istioResource(
                `${name}-${role}`,
                { kind: "ServiceEntry", name: objectName(host), namespace: where, spec },
                { parent: this, dependsOn },
            );
        if (egress === undefined) {
            entry("entry", namespace, importServiceEntry(args));
        } else {
            // Two entries of one host: the cluster sees the one that leads to the egress gateway, and the egress
            // gateway, which its own namespace's private entry comes first for, the one that leads on.
            const onward = entry(
                "egress-entry",
                egress.namespace,
                importServiceEntry({ ...args, exportTo: ["."] }),
            );
            const gateway = { addresses: [egress.address], port: gatewayPort };
            entry("entry", namespace, importServiceEntry({ ...args, gateway }), [onward]);
        }
        istioResource(
            `${name}-rule`,
            {
                kind: "DestinationRule",
                name: objectName(host),
                namespace,
                spec: withConnectionAge(importDestinationRule(host), args.ports),
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}
