import * as pulumi from "@pulumi/pulumi";
import { withConnectionAge } from "../lib/istio/connectionAge";
import type { Balance, RouteSettings } from "../lib/config/imports";
import type { GatewayPlace } from "../lib/mesh/contract";
import { localityLbSetting, rankLabels } from "../lib/mesh/failover";
import {
    gatewayPort,
    type OutlierDetection,
    type Port,
    type ServiceEntrySpec,
    type Subset,
} from "../lib/istio/types";
import { importDestinationRule, importServiceEntry, type WayOut } from "../lib/istio/objects";
import { objectName } from "../lib/base/names";
import { hasRequests, importVirtualService } from "../lib/mesh/routes";
import { importSubsets, subsetLabels } from "../lib/mesh/subsets";
import { type Fields, type IstioObject, istioResource } from "./istioResource";

export interface ImportedServiceArgs {
    /** Mesh-wide host name, such as `httpbin.bar.global`. */
    readonly host: string;
    /**
     * Namespace for the objects; every namespace of the cluster sees them. Where Istio's control plane is, or with `own`
     * that of the own pods.
     */
    readonly namespace: pulumi.Input<string>;
    /** The host's virtual address, as the exporting clusters say. */
    readonly virtualAddress: string;
    readonly ports: readonly Port[];
    /** Where each exporting cluster's gateway is, and which versions are behind it; the preferred one first. */
    readonly exporters: readonly {
        /** Where it is reached. In a preview it may be unknown, and with it no more than the entry's endpoints. */
        readonly gateway: pulumi.Input<GatewayPlace>;
        readonly subsets: readonly string[];
        /** `REGION` or `REGION/ZONE`. */
        readonly locality?: string;
    }[];
    /** The versions of the cluster's own pods, where it exports the host itself. Its own pods come first then. */
    readonly own?: { readonly subsets: readonly Subset[] };
    /** Which of several clusters a call goes to. */
    readonly balance: Balance;
    /** When one of several clusters is left out for a while. */
    readonly outlierDetection: OutlierDetection;
    /** When a call is repeated, in Istio's words; whenever it is safe by default. */
    readonly retryOn?: string;
    /** Versions that calls go to; any by default. */
    readonly routes: readonly RouteSettings[];
    /** The egress gateway that its calls leave the cluster through. Without one they leave directly. */
    readonly egress?: {
        readonly namespace: pulumi.Input<string>;
        readonly namespaceName: string;
        readonly address: string;
    };
    /** SPIFFE identities that the exporting clusters' workloads may have; any other is refused. */
    readonly identities: readonly string[];
}

/** A service of other clusters, made callable in this one by its mesh-wide name. */
export class ImportedService extends pulumi.ComponentResource {
    /** Ids of its objects, known when all of them are written. */
    readonly written: readonly pulumi.Output<string>[];

    constructor(name: string, args: ImportedServiceArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-multicluster:index:ImportedService", name, {}, opts);
        const { host, namespace, egress, own, exporters, routes } = args;
        // The own pods' entry has the host's name already.
        const objects = own ? `${objectName(host)}-remote` : objectName(host);
        const written: pulumi.Output<string>[] = [];
        const object = (role: string, what: IstioObject, options: pulumi.CustomResourceOptions = {}) => {
            const made = istioResource(`${name}-${role}`, what, { parent: this, ...options });
            written.push(made.id);
            return made;
        };
        const entry = (
            role: string,
            where: pulumi.Input<string>,
            spec: pulumi.Input<Fields<ServiceEntrySpec>>,
            options?: pulumi.CustomResourceOptions,
        ) => object(role, { kind: "ServiceEntry", name: objects, namespace: where, spec }, options);
        const rule = (
            role: string,
            where: pulumi.Input<string>,
            settings: Parameters<typeof importDestinationRule>[1],
            options?: pulumi.CustomResourceOptions,
        ) =>
            object(
                role,
                {
                    kind: "DestinationRule",
                    name: objects,
                    namespace: where,
                    spec: withConnectionAge(importDestinationRule(host, settings), args.ports),
                },
                options,
            );
        const firstRank = own ? 1 : 0;
        const ranks = exporters.length + firstRank;
        const gateways = exporters.map(({ gateway, subsets, locality }, index) => ({
            gateway,
            labels: {
                ...(args.balance === "failover" && rankLabels(index + firstRank)),
                ...subsetLabels(subsets),
            },
            ...(locality !== undefined && { locality }),
        }));
        const versions = exporters.flatMap(({ subsets }) => subsets);
        const subsets = own?.subsets ?? importSubsets(versions);
        const choice =
            ranks > 1
                ? {
                      loadBalancer: { localityLbSetting: localityLbSetting(args.balance, ranks) },
                      outlierDetection: args.outlierDetection,
                  }
                : undefined;
        if (egress === undefined) {
            entry(
                "entry",
                namespace,
                entrySpec(gateways, (known) =>
                    importServiceEntry({ ...args, gateways: known, hiddenFromGateways: own !== undefined }),
                ),
            );
            rule("rule", namespace, { choice, subsets });
        } else {
            // Two entries of one host: the cluster sees the one that leads to the egress gateway, and the egress
            // gateway, which its own namespace's private entry comes first for, the one that leads on. The choice among
            // clusters is the egress gateway's: to a sidecar it is one endpoint, which must never be left out.
            const place = egress.namespaceName;
            // Their names before they had the namespace.
            const formerly = (role: string) => ({ aliases: [{ name: `${name}-${role}` }] });
            const onward = entry(
                `${place}-entry`,
                egress.namespace,
                entrySpec(gateways, (known) =>
                    importServiceEntry({ ...args, gateways: known, exportTo: ["."] }),
                ),
                formerly("egress-entry"),
            );
            const gateway = {
                addresses: [egress.address],
                port: gatewayPort,
                labels: subsetLabels(versions),
            };
            entry("entry", namespace, importServiceEntry({ ...args, gateways: [gateway] }), {
                dependsOn: [onward],
            });
            rule("rule", namespace, { subsets });
            if (choice)
                rule(
                    `${place}-rule`,
                    egress.namespace,
                    { choice, subsets, exportTo: ["."] },
                    formerly("egress-rule"),
                );
        }
        if ((choice || routes.length > 0) && args.ports.some(({ protocol }) => hasRequests(protocol))) {
            object("routes", {
                kind: "VirtualService",
                name: objects,
                namespace,
                spec: importVirtualService({ ...args, ranks }),
            });
        }
        this.written = written;
        this.registerOutputs({});
    }
}

/** A way out whose place may not be known before the update. */
type Way = Omit<WayOut, "addresses" | "port"> & { readonly gateway: pulumi.Input<GatewayPlace> };

/** An entry of which nothing but the endpoints, and how they are resolved, depends on where the gateways are. */
function entrySpec(
    ways: readonly Way[],
    specOf: (gateways: readonly WayOut[]) => ServiceEntrySpec,
): Fields<ServiceEntrySpec> {
    const places = ways.map(({ gateway, ...way }) =>
        pulumi.output(gateway).apply(({ addresses, port }): WayOut => ({ ...way, addresses, port })),
    );
    const placed = pulumi.all(places).apply((gateways) => specOf(gateways as readonly WayOut[]));
    return { ...specOf([]), resolution: placed.resolution, endpoints: placed.endpoints };
}
