import * as pulumi from "@pulumi/pulumi";
import type { StubAdapter } from "../lib/base/dnsAdapter";
import { stackOwner } from "./ownNamespace";
import { providerLoader } from "./providerLoader";

export interface StubDomainsArgs {
    /** The stack whose settings say where the cluster's kubeconfig is, ORGANIZATION/PROJECT/STACK. */
    readonly stack: pulumi.Input<string>;
    /** Name of the context in it. */
    readonly context: pulumi.Input<string>;
    /** Kind of the cluster's DNS. */
    readonly adapter: StubAdapter;
    /** DNS zones to hand on, such as `global`. Lower case, no final dot, none below another. */
    readonly zones: readonly string[];
    /**
     * Addresses of the zones' servers: `IP`, `IPv4:PORT` or `[IPv6]:PORT`, 1 to 15 of them. Cluster IPs rather than
     * names, since the cluster's DNS would need itself to resolve a name.
     */
    readonly forwardTo: pulumi.Input<readonly pulumi.Input<string>[]>;
    /**
     * Host name of the primary server in the zones' SOA records. With it, an update tells an answer of the mesh's own
     * server from one of another server: `.global`, for one, also exists in the public DNS.
     *
     * @default any server's answer counts
     */
    readonly primaryServer?: pulumi.Input<string>;
    /** Name of the ConfigMap in kube-system that holds the zones, such as `coredns`. */
    readonly configMap: string;
    /** Name of the Deployment in kube-system that runs the cluster's DNS, such as `coredns`. */
    readonly deployment: string;
    /**
     * Who owns the zones there, one word. What another owner has put there is not overwritten.
     *
     * @default the stack's full name, ORGANIZATION/PROJECT/STACK
     */
    readonly owner?: pulumi.Input<string>;
}

/** Namespace of the cluster's DNS. */
const namespace = "kube-system";

/**
 * Zones of the cluster's own DNS that are handed on to other servers: marked server blocks in CoreDNS's Corefile, keys of
 * `coredns-custom`, or entries of kube-dns's `stubDomains`.
 *
 * The ConfigMap belongs to the cluster, and others edit it too. So only our part is written, with the ConfigMap's
 * resourceVersion as a lock; a destroy takes it out again and leaves every other byte as it is, and a ConfigMap that was
 * made here goes when it is empty. After a change CoreDNS's pods are replaced one after the other, and then each pod is
 * asked for each zone: the update fails if one does not resolve it. What somebody has changed or removed of our part is
 * seen by `pulumi preview --refresh` and repaired by `pulumi up --refresh`.
 *
 * A preview and an update fail before any write when the ConfigMap's text cannot be parsed, when it serves a zone already
 * for somebody else, or when the marker lines are damaged. What `import` lines bring in is not seen; if CoreDNS does not
 * start with the change, it is taken back.
 *
 * ```ts
 * new StubDomains("dns", { stack, context, adapter: "coredns", zones: ["global"], forwardTo: [globalDns.address],
 *     configMap: "coredns", deployment: "coredns" });
 * ```
 */
export class StubDomains extends pulumi.CustomResource {
    /** The zones. */
    declare readonly zones: pulumi.Output<string[]>;
    /** Addresses of the zones' servers. */
    declare readonly forwardTo: pulumi.Output<string[]>;
    /** Our part of the ConfigMap, with `\n` line ends. Empty after a refresh that did not find it. */
    declare readonly block: pulumi.Output<string>;

    constructor(name: string, args: StubDomainsArgs, opts?: pulumi.CustomResourceOptions) {
        super(
            "pulumi-nodejs:dynamic/istio-multicluster:StubDomains",
            name,
            {
                stack: args.stack,
                context: args.context,
                adapter: args.adapter,
                zones: args.zones,
                forwardTo: args.forwardTo,
                primaryServer: args.primaryServer,
                configMap: { namespace, name: args.configMap },
                deployment: { namespace, name: args.deployment },
                owner: args.owner ?? stackOwner(),
                block: undefined,
                __provider: providerLoader("components/stubDomainsProvider.ts"),
            },
            opts,
        );
    }
}
