import { domainOf, sharedRuleReaches } from "../base/names";
import { hasRequests } from "../istio/protocols";

/**
 * What callers' proxies do for all imports from one namespace of the mesh that need nothing of their own. It stands in one
 * DestinationRule for `*.DOMAIN`; a rule for one host replaces it altogether.
 */
export interface SharedRule {
    /** The hosts' common end, NAMESPACE.SUFFIX, such as `bar.global`. */
    readonly domain: string;
    /** Numbers of the ports that carry requests, ascending. */
    readonly requestPorts: readonly number[];
}

interface Port {
    readonly number: number;
    readonly protocol: string;
}

/** An import, as far as it matters whether it needs a rule of its own. */
export interface SharingImport {
    readonly host: string;
    readonly ports: readonly Port[];
    readonly exporters: readonly { readonly subsets: readonly string[] }[];
    /** Of its settings, the namespaces that see it, all of them where undefined; and its own way with connections. */
    readonly settings?: {
        readonly namespaces?: readonly string[] | undefined;
        readonly connectionPool?: object | undefined;
    };
}

/**
 * The rules that imports share. There is none for a domain in which the cluster exports something itself: its rule would
 * reach that too.
 *
 * @param exported hosts that the cluster itself exports
 */
export function sharedRules(
    imports: readonly SharingImport[],
    exported: readonly string[],
): readonly SharedRule[] {
    const byDomain = new Map<string, number[]>();
    for (const { host, ports } of imports.filter(needsNothing)) {
        const domain = domainOf(host);
        const numbers = ports.filter(({ protocol }) => hasRequests(protocol)).map(({ number }) => number);
        byDomain.set(domain, [...(byDomain.get(domain) ?? []), ...numbers]);
    }
    return [...byDomain]
        .filter(([domain]) => !sharedRuleReaches(domain, exported))
        .map(([domain, numbers]) => ({
            domain,
            requestPorts: [...new Set(numbers)].sort((one, other) => one - other),
        }))
        .sort((one, other) => (one.domain < other.domain ? -1 : 1));
}

/** Whether a shared rule says of an import exactly what one of its own would say. */
export function isShared(rules: readonly SharedRule[], entry: SharingImport): boolean {
    const domain = domainOf(entry.host);
    const rule = rules.find((each) => each.domain === domain);
    return (
        rule !== undefined &&
        needsNothing(entry) &&
        entry.ports.every(
            ({ number, protocol }) => rule.requestPorts.includes(number) === hasRequests(protocol),
        )
    );
}

/**
 * One exporter and no versions: there is nothing to choose. A rule is seen where its host is, by all if it is shared, and
 * makes everybody's connections alike.
 */
function needsNothing({ exporters, settings }: SharingImport): boolean {
    return (
        exporters.length <= 1 &&
        exporters.every(({ subsets }) => subsets.length === 0) &&
        settings?.namespaces === undefined &&
        settings?.connectionPool === undefined
    );
}
