import { isChosenOrSet } from "../mesh/routes";
import { domainOf, hostOf, sharedRuleReaches, objectName, sharedRuleName } from "../base/names";
import { type ClusterStackSettings, importVia, mainSuffix } from "../config/clusterStack";
import { gatewayNamespace } from "./findings";

/** An object that a stack makes under a name that somebody else may have taken. */
export interface WantedObject {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    /** What it is for, such as `exports[0]` or `the mesh's gateway`. */
    readonly purpose: string;
}

/** A mesh-wide host that a stack makes known in its cluster. */
export interface WantedHost {
    readonly host: string;
    /** Such as `exports[0]`. */
    readonly purpose: string;
    /** Whether the stack says how calls to it are routed. */
    readonly isRouted: boolean;
}

/** The objects of Istio's that exports and imports become; those of an import that is pending too. */
export function serviceObjects(settings: ClusterStackSettings): readonly WantedObject[] {
    const suffix = mainSuffix(settings);
    const exported = settings.exports.map((entry) => ({ ...entry, host: hostOf(entry, suffix) }));
    const ofExports = exported.flatMap(({ host, namespace, allowedFrom, subsets }, index) =>
        [
            "ServiceEntry",
            ...(Object.keys(subsets).length > 0 ? ["DestinationRule"] : []),
            ...(allowedFrom ? ["AuthorizationPolicy"] : []),
        ].map((kind) => ({ kind, namespace, name: objectName(host), purpose: `exports[${index}]` })),
    );
    const ofImports = settings.imports.flatMap((entry, index) => {
        const host = hostOf(entry, suffix);
        const own = exported.find((other) => other.host === host);
        const name = own ? `${objectName(host)}-remote` : objectName(host);
        const goesOut = importVia(settings, entry) === "egress";
        const kinds = ["ServiceEntry", "DestinationRule"];
        const place = (namespace: string) => (kind: string) => ({
            kind,
            namespace,
            name,
            purpose: `imports[${index}]`,
        });
        return [
            ...[...kinds, ...(isRouted(entry) ? ["VirtualService"] : [])].map(
                place(own?.namespace ?? gatewayNamespace(settings)),
            ),
            ...(goesOut ? kinds.map(place(settings.egress.namespace)) : []),
        ];
    });
    const ownHosts = exported.map(({ host }) => host);
    const shared = new Map<string, WantedObject>();
    for (const [index, entry] of settings.imports.entries()) {
        const domain = domainOf(hostOf(entry, suffix));
        if (shared.has(domain) || sharedRuleReaches(domain, ownHosts)) continue;
        shared.set(domain, {
            kind: "DestinationRule",
            namespace: gatewayNamespace(settings),
            name: sharedRuleName(domain),
            purpose: `imports[${index}]`,
        });
    }
    return [...ofExports, ...ofImports, ...shared.values()];
}

/** Kinds of Istio's among which there may be objects that exports and imports meet: by their names, or by their hosts. */
export function serviceKinds(settings: ClusterStackSettings): readonly string[] {
    const byHost = ["ServiceEntry", "DestinationRule", "VirtualService"];
    const wanted = serviceObjects(settings).map(({ kind }) => kind);
    return wanted.length === 0 ? [] : [...new Set([...byHost, ...wanted])];
}

/** Every mesh-wide host of a stack. */
export function serviceHosts(settings: ClusterStackSettings): readonly WantedHost[] {
    const suffix = mainSuffix(settings);
    const { exports, imports } = settings;
    return [
        ...exports.map((entry, index) => ({
            host: hostOf(entry, suffix),
            purpose: `exports[${index}]`,
            isRouted: false,
        })),
        ...imports.map((entry, index) => ({
            host: hostOf(entry, suffix),
            purpose: `imports[${index}]`,
            isRouted: isRouted(entry),
        })),
    ];
}

/** Whether an import has a VirtualService, if its ports carry requests. For ports of gRPC there is one in any case. */
function isRouted(entry: ClusterStackSettings["imports"][number]): boolean {
    return isChosenOrSet(entry, entry.from.length);
}

/**
 * The other objects that a stack makes under fixed names: those of its gateways, its DNS server and its samples. Whether an
 * istiod of somebody else is in the way is said by {@link clusterFindings}.
 */
export function fixedObjects(settings: ClusterStackSettings): readonly WantedObject[] {
    const { dns, egress, sampleApps } = settings;
    const namespace = gatewayNamespace(settings);
    const workload = (where: string, name: string, purpose: string, kinds: readonly string[]) =>
        kinds.map((kind) => ({ kind, namespace: where, name, purpose }));
    const gateway = ["Service", "Deployment", "ServiceAccount", "Gateway"];
    const sample = ["Service", "Deployment", "ServiceAccount"];
    const hasEgress = settings.imports.some((entry) => importVia(settings, entry) === "egress");
    return [
        ...workload(namespace, "istio-eastwestgateway", "the mesh's gateway", gateway),
        ...(hasEgress
            ? workload(egress.namespace, "istio-egressgateway", "the egress gateway", gateway)
            : []),
        ...(dns.adapter === "sidecar"
            ? []
            : workload(namespace, "global-dns", "the mesh's DNS server", ["Service", "Deployment"])),
        ...(["sleep", "httpbin"] as const).flatMap((name) => {
            const where = sampleApps[name]?.namespace;
            return where === undefined ? [] : workload(where, name, `sampleApps.${name}`, sample);
        }),
    ];
}
