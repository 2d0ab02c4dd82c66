import { createHash } from "node:crypto";
import ipaddr from "ipaddr.js";

/**
 * Virtual addresses come from the class E block, which no router forwards: an address need not be reachable, since the
 * caller's sidecar takes the connection over.
 */
export const virtualAddressPool = "240.0.0.0/4";

/** Parts of the pool that are not ours to use, each with the reason. */
export const reservedRanges: readonly { readonly range: string; readonly reason: string }[] = [
    { range: "240.240.0.0/16", reason: "istiod assigns addresses from it by itself" },
    { range: "255.0.0.0/8", reason: "it holds the limited broadcast address" },
];

const poolStart = 240 * 2 ** 24;
const poolEnd = 255 * 2 ** 24;
const istiodStart = poolStart + 240 * 2 ** 16;
const istiodSize = 2 ** 16;
const poolSize = poolEnd - poolStart - istiodSize;

function toText(value: number): string {
    return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

/**
 * The virtual address of a host: a pure function of its name, so that it is the same in every cluster and never
 * changes when other services come and go.
 *
 * Two names can meet on one address, at odds of about one in 250 million for each pair. {@link findCollisions} finds
 * that, and an address pinned in the configuration resolves it.
 */
export function virtualAddress(host: string): string {
    const digest = createHash("sha256").update(host).digest();
    const offset = digest.readUIntBE(0, 6) % poolSize;
    const address = poolStart + offset;
    return toText(address < istiodStart ? address : address + istiodSize);
}

function isInside(address: ipaddr.IPv4, range: string): boolean {
    const [base, bits] = ipaddr.parseCIDR(range);
    return base.kind() === "ipv4" && address.match(base, bits);
}

/**
 * Says what is wrong with an address that somebody pinned for a host, or nothing.
 *
 * @param clusterRanges CIDR ranges that pods, services and nodes use
 */
export function virtualAddressProblem(
    address: string,
    clusterRanges: readonly string[] = [],
): string | undefined {
    if (!ipaddr.IPv4.isValidFourPartDecimal(address)) {
        return `"${address}" is not an IPv4 address; use one such as 240.0.0.2`;
    }
    const parsed = ipaddr.IPv4.parse(address);
    if (parsed.range() === "multicast") {
        return `${address} is a multicast address, to which pods have no route; use one of ${virtualAddressPool}`;
    }
    if (parsed.range() === "loopback") {
        return `${address} is a loopback address, which a sidecar treats as its own pod; use one of ${virtualAddressPool}`;
    }
    if (!isInside(parsed, virtualAddressPool)) {
        return `${address} is outside ${virtualAddressPool}, the pool of virtual addresses`;
    }
    const reserved = reservedRanges.find(({ range }) => isInside(parsed, range));
    if (reserved) {
        return `${address} is inside ${reserved.range}, which is reserved: ${reserved.reason}`;
    }
    const taken = clusterRanges.find((range) => isInside(parsed, range));
    if (taken !== undefined) {
        return `${address} is inside ${taken}, a range that the cluster itself uses`;
    }
    return undefined;
}

/** Hosts that share one virtual address. */
export interface Collision {
    readonly address: string;
    /** Two or more host names, sorted. */
    readonly hosts: readonly string[];
}

/** Finds different hosts with the same virtual address, in the order of the addresses' first appearance. */
export function findCollisions(
    services: readonly { readonly host: string; readonly virtualAddress: string }[],
): readonly Collision[] {
    const hostsByAddress = new Map<string, Set<string>>();
    for (const service of services) {
        const hosts = hostsByAddress.get(service.virtualAddress) ?? new Set<string>();
        hostsByAddress.set(service.virtualAddress, hosts.add(service.host));
    }
    return [...hostsByAddress]
        .filter(([, hosts]) => hosts.size > 1)
        .map(([address, hosts]) => ({ address, hosts: [...hosts].sort() }));
}
