import * as pulumi from "@pulumi/pulumi";
import { providerLoader } from "./providerLoader";

export interface CoreDnsStubDomainArgs {
    /** Path of the kubeconfig file, as the program's Kubernetes provider uses it. */
    readonly kubeconfig: pulumi.Input<string>;
    /** Name of the context in that file. */
    readonly context: pulumi.Input<string>;
    /** DNS zone to hand on, such as `global`. Lower case, no final dot. */
    readonly zone: string;
    /**
     * Addresses of the zone's servers: `IP`, `IPv4:PORT` or `[IPv6]:PORT`, 1 to 15 of them. Cluster IPs rather than
     * names, since CoreDNS would need itself to resolve a name.
     */
    readonly forwardTo: pulumi.Input<readonly pulumi.Input<string>[]>;
    /**
     * Host name of the primary server in the zone's SOA record. With it, an update tells an answer of the mesh's own
     * server from one of another server: `.global`, for one, also exists in the public DNS.
     *
     * @default any server's answer counts
     */
    readonly primaryServer?: pulumi.Input<string>;
    /**
     * The ConfigMap that holds the Corefile.
     *
     * @default namespace kube-system, name coredns, key Corefile
     */
    readonly configMap?: {
        readonly namespace?: pulumi.Input<string>;
        readonly name?: pulumi.Input<string>;
        readonly key?: pulumi.Input<string>;
    };
    /**
     * The Deployment that runs CoreDNS.
     *
     * @default namespace kube-system, name coredns
     */
    readonly deployment?: { readonly namespace?: pulumi.Input<string>; readonly name?: pulumi.Input<string> };
    /**
     * Who owns the block in the Corefile, one word. The block of another owner is not overwritten.
     *
     * @default the stack's full name, ORGANIZATION/PROJECT/STACK
     */
    readonly owner?: pulumi.Input<string>;
}

/**
 * One zone of the cluster's own DNS that is handed on to other servers: a marked server block in CoreDNS's Corefile.
 *
 * The Corefile belongs to the cluster, and others edit it too. So only the marked block is written, with the ConfigMap's
 * resourceVersion as a lock; a destroy takes it out again and leaves every other byte as it is. After a change the pods
 * are replaced one after the other, and then each is asked for the zone: the update fails if one does not resolve it.
 * A block that somebody has changed or removed is seen by `pulumi preview --refresh` and repaired by `pulumi up --refresh`.
 *
 * A preview and an update fail before any write when the Corefile cannot be parsed, when it serves the zone already in
 * a server block of somebody else, or when the marker lines are damaged. What `import` lines bring in is not seen; if
 * CoreDNS does not start with the block, it is taken out again.
 *
 * ```ts
 * new CoreDnsStubDomain("dns", { kubeconfig, context, zone: "global", forwardTo: [globalDns.address] });
 * ```
 */
export class CoreDnsStubDomain extends pulumi.CustomResource {
    /** The zone. */
    declare readonly zone: pulumi.Output<string>;
    /** Addresses of the zone's servers. */
    declare readonly forwardTo: pulumi.Output<string[]>;
    /** Text of the server block between the marker lines, with `\n` line ends. Empty after a refresh that did not find it. */
    declare readonly block: pulumi.Output<string>;

    constructor(name: string, args: CoreDnsStubDomainArgs, opts?: pulumi.CustomResourceOptions) {
        super(
            "pulumi-nodejs:dynamic/istio-multicluster:CoreDnsStubDomain",
            name,
            {
                kubeconfig: args.kubeconfig,
                context: args.context,
                zone: args.zone,
                forwardTo: args.forwardTo,
                primaryServer: args.primaryServer,
                configMap: {
                    namespace: args.configMap?.namespace ?? "kube-system",
                    name: args.configMap?.name ?? "coredns",
                    key: args.configMap?.key ?? "Corefile",
                },
                deployment: {
                    namespace: args.deployment?.namespace ?? "kube-system",
                    name: args.deployment?.name ?? "coredns",
                },
                owner:
                    args.owner ??
                    [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/"),
                block: undefined,
                __provider: providerLoader("components/coreDnsStubDomainProvider.ts"),
            },
            opts,
        );
    }
}
