import * as pulumi from "@pulumi/pulumi";
import { withConnections } from "../lib/istio/connections";
import type { Balance, ConnectionPoolSettings } from "../lib/config/imports";
import { type Chooser, connectionPool } from "../lib/mesh/connectionPool";
import type { GatewayPlace } from "../lib/mesh/contract";
import { localityLbSetting, rankLabels } from "../lib/mesh/failover";
import {
    type DestinationRuleSpec,
    gatewayPort,
    type OutlierDetection,
    type Port,
    type ServiceEntrySpec,
    type Subset,
} from "../lib/istio/types";
import { importDestinationRule, importServiceEntry, type WayOut } from "../lib/istio/objects";
import { objectName, sharedRuleName } from "../lib/base/names";
import { type CallSettings, importVirtualService, needsVirtualService } from "../lib/mesh/routes";
import type { SharedRule } from "../lib/mesh/sharedRules";
import { importSubsets, subsetLabels } from "../lib/mesh/subsets";
import { formerChild } from "./formerly";
import { type Fields, type IstioObject, istioResource } from "./istioResource";

export interface ImportedServicesArgs {
    /** Where Istio's control plane is. */
    readonly namespace: pulumi.Input<string>;
    /** Rules that several services share; in that namespace. */
    readonly sharedRules: readonly SharedRule[];
}

export interface ImportedServiceArgs {
    /** Mesh-wide host name, such as `httpbin.bar.global`. */
    readonly host: string;
    /**
     * Namespace for the objects; every namespace of `visibleIn` sees them. Where Istio's control plane is, or with `own`
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
    /** How connections are made and kept, where it says so itself. */
    readonly connectionPool?: ConnectionPoolSettings | undefined;
    /** Versions that calls go to, how long one may take, and when it is repeated. */
    readonly calls: CallSettings;
    /** The egress gateway that its calls leave the cluster through. Without one they leave directly. */
    readonly egress?: {
        readonly namespace: pulumi.Input<string>;
        readonly namespaceName: string;
        readonly address: string;
    };
    /** SPIFFE identities that the exporting clusters' workloads may have; any other is refused. */
    readonly identities: readonly string[];
    /** Namespaces that see it: other namespaces' proxies know nothing of it. All of them by default. */
    readonly visibleIn?: readonly string[];
    /** Whether one of {@link ImportedServicesArgs.sharedRules} says all that a rule of its own would say. */
    readonly isRuleShared: boolean;
}

/** What an import's objects are made of. */
interface Made {
    readonly name: string;
    readonly args: ImportedServiceArgs;
    readonly parent: pulumi.Resource;
    readonly dependsOn: readonly pulumi.Resource[];
}

/**
 * The services of other clusters, made callable in this one by their mesh-wide names.
 *
 * One component for all of them, as with {@link ExportedServices}; and one DestinationRule for all of a namespace that need
 * nothing of their own.
 */
export class ImportedServices extends pulumi.ComponentResource {
    /** @param opts with what every service waits for */
    constructor(name: string, args: ImportedServicesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-multicluster:index:ImportedServices", name, {}, opts);
        for (const { domain, requestPorts } of args.sharedRules) {
            const ports = requestPorts.map((number) => ({ number, protocol: "HTTP" }));
            istioResource(
                `${sharedRuleName(domain)}-rule`,
                {
                    kind: "DestinationRule",
                    name: sharedRuleName(domain),
                    namespace: args.namespace,
                    spec: withConnections(
                        importDestinationRule(`*.${domain}`),
                        ports,
                        connectionPool("nobody"),
                    ),
                },
                { parent: this },
            );
        }
        this.registerOutputs({});
    }

    /**
     * Imports one service more.
     *
     * @param name what its resources' names begin with
     * @param dependsOn what this one waits for, beside what every service waits for
     * @returns its objects
     */
    add(
        name: string,
        args: ImportedServiceArgs,
        dependsOn: readonly pulumi.Resource[] = [],
    ): readonly pulumi.CustomResource[] {
        const made = { name, args, parent: this, dependsOn };
        const ways = waysOut(args);
        return [
            ...(args.egress ? throughEgress(made, ways, args.egress) : direct(made, ways)),
            ...routes(made),
        ];
    }
}

/** Calls leave from each pod. */
function direct(made: Made, ways: readonly Way[]): readonly pulumi.CustomResource[] {
    const { args } = made;
    const spec = entrySpec(ways, (gateways) =>
        importServiceEntry({
            ...args,
            gateways,
            hiddenFromGateways: args.own !== undefined,
            exportTo: args.visibleIn,
        }),
    );
    return [
        object(made, "entry", args.namespace, { kind: "ServiceEntry", spec }),
        ...ownRule(made, "follower", { choice: choiceOf(args), subsets: subsetsOf(args) }),
    ];
}

/**
 * Calls leave by the egress gateway. Two entries of one host: the cluster sees the one that leads to the egress gateway, and
 * the egress gateway, which its own namespace's private entry comes first for, the one that leads on. The choice among
 * clusters is the egress gateway's: to a sidecar it is one endpoint, which must never be left out.
 */
function throughEgress(
    made: Made,
    ways: readonly Way[],
    egress: NonNullable<ImportedServiceArgs["egress"]>,
): readonly pulumi.CustomResource[] {
    const { args } = made;
    const place = egress.namespaceName;
    const choice = choiceOf(args);
    const subsets = subsetsOf(args);
    const spec = entrySpec(ways, (gateways) => importServiceEntry({ ...args, gateways, exportTo: ["."] }));
    const onward = object(
        made,
        `${place}-entry`,
        egress.namespace,
        { kind: "ServiceEntry", spec },
        // Its name before it had the namespace.
        { former: "egress-entry" },
    );
    const gateway = {
        addresses: [egress.address],
        port: gatewayPort,
        labels: subsetLabels(versionsOf(args)),
    };
    const entry = object(
        made,
        "entry",
        args.namespace,
        {
            kind: "ServiceEntry",
            spec: importServiceEntry({ ...args, gateways: [gateway], exportTo: args.visibleIn }),
        },
        { dependsOn: [onward] },
    );
    const rule = choice && {
        kind: "DestinationRule" as const,
        spec: ruleSpec(args, "follower", { choice, subsets, exportTo: ["."] }),
    };
    return [
        onward,
        entry,
        ...ownRule(made, "egress", { subsets }),
        ...(rule ? [object(made, `${place}-rule`, egress.namespace, rule, { former: "egress-rule" })] : []),
    ];
}

/** A rule for this host alone, unless a shared one says the same. */
function ownRule(made: Made, chooser: Chooser, settings: RuleSettings): readonly pulumi.CustomResource[] {
    const { args } = made;
    if (args.isRuleShared) return [];
    const spec = ruleSpec(args, chooser, { ...settings, exportTo: args.visibleIn });
    return [object(made, "rule", args.namespace, { kind: "DestinationRule", spec })];
}

/** Which version each call gets, how long it may take and when it is repeated, where that has to be said. */
function routes(made: Made): readonly pulumi.CustomResource[] {
    const { args } = made;
    const ranks = ranksOf(args);
    if (!needsVirtualService(args.calls, ranks, args.ports)) return [];
    const { host, calls, visibleIn } = args;
    const spec = importVirtualService({ host, ...calls, ranks, exportTo: visibleIn });
    return [object(made, "routes", args.namespace, { kind: "VirtualService", spec })];
}

function object(
    { name, args, parent, dependsOn }: Made,
    role: string,
    namespace: pulumi.Input<string>,
    what: Pick<IstioObject, "kind" | "spec">,
    more: { readonly dependsOn?: readonly pulumi.Resource[]; readonly former?: string } = {},
): pulumi.CustomResource {
    // The own pods' entry has the host's name already.
    const objects = args.own ? `${objectName(args.host)}-remote` : objectName(args.host);
    const roles = [role, ...(more.former === undefined ? [] : [more.former])];
    // Before its name said that it is an import, it was the host's alone.
    const names = [name, objectName(args.host)];
    const formerNames = names.flatMap((each) => roles.map((one) => `${each}-${one}`));
    return istioResource(`${name}-${role}`, { ...what, name: objects, namespace } as IstioObject, {
        parent,
        dependsOn: [...dependsOn, ...(more.dependsOn ?? [])],
        aliases: formerChild("istio-multicluster:index:ImportedService", ...formerNames),
    });
}

type RuleSettings = Parameters<typeof importDestinationRule>[1];

/** @param chooser who chooses where there are several clusters */
function ruleSpec(args: ImportedServiceArgs, chooser: Chooser, settings: RuleSettings): DestinationRuleSpec {
    const pool = connectionPool(ranksOf(args) > 1 ? chooser : "nobody", args.connectionPool);
    return withConnections(importDestinationRule(args.host, settings), args.ports, pool);
}

/** The own pods come first, where there are any. */
function firstRank({ own }: ImportedServiceArgs): number {
    return own ? 1 : 0;
}

/** Number of clusters that a call may go to, in their order; the own one is the first. */
function ranksOf(args: ImportedServiceArgs): number {
    return args.exporters.length + firstRank(args);
}

/** How one of several clusters is chosen; undefined where there is one. */
function choiceOf(args: ImportedServiceArgs): NonNullable<RuleSettings>["choice"] {
    const ranks = ranksOf(args);
    return ranks > 1
        ? {
              loadBalancer: { localityLbSetting: localityLbSetting(args.balance, ranks) },
              outlierDetection: args.outlierDetection,
          }
        : undefined;
}

function versionsOf({ exporters }: ImportedServiceArgs): readonly string[] {
    return exporters.flatMap(({ subsets }) => subsets);
}

function subsetsOf(args: ImportedServiceArgs): readonly Subset[] {
    return args.own?.subsets ?? importSubsets(versionsOf(args));
}

function waysOut(args: ImportedServiceArgs): readonly Way[] {
    return args.exporters.map(({ gateway, subsets, locality }, index) => ({
        gateway,
        labels: {
            ...(args.balance === "failover" && rankLabels(index + firstRank(args))),
            ...subsetLabels(subsets),
        },
        ...(locality !== undefined && { locality }),
    }));
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
