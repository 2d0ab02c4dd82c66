import { insertJsonEntry, type JsonEntry, jsonEntries, removeJsonEntry } from "./jsonEntries";
import { StubDomainError } from "./stubDomainError";
import { type Contents, type StubFormat, without } from "./stubFormat";

/** Key of the ConfigMap whose value is a JSON object from zone to list of servers (kubernetes/dns, pkg/dns/config). */
const key = "stubDomains";

/** Annotation of the ConfigMap that says which entries are ours: JSON has no comments. */
const annotation = "istio-multicluster/stub-domains";

/** What the annotation says. */
interface Ownership {
    /** Owner by zone. */
    readonly owners: Readonly<Record<string, string>>;
    /** Whether the key was not there before. */
    readonly keyAdded: boolean;
}

function ownershipOf({ annotations }: Contents): Ownership {
    try {
        const { owners, keyAdded } = JSON.parse(annotations[annotation] ?? "{}") as Partial<Ownership>;
        return { owners: owners ?? {}, keyAdded: keyAdded ?? false };
    } catch {
        return { owners: {}, keyAdded: false };
    }
}

function withOwnership(contents: Contents, ownership: Ownership): Contents {
    const annotations =
        Object.keys(ownership.owners).length === 0
            ? without(contents.annotations, annotation)
            : {
                  ...contents.annotations,
                  [annotation]: JSON.stringify({
                      keyAdded: ownership.keyAdded,
                      owners: Object.fromEntries(
                          Object.entries(ownership.owners).sort(([a], [b]) => (a < b ? -1 : 1)),
                      ),
                  }),
              };
    return { ...contents, annotations };
}

function withText(contents: Contents, text: string | undefined): Contents {
    const data = text === undefined ? without(contents.data, key) : { ...contents.data, [key]: text };
    return { ...contents, data };
}

/** The entries for one zone; kube-dns takes names in any case, with or without a final dot. */
function entriesFor({ data }: Contents, zone: string): readonly JsonEntry[] {
    const entries = jsonEntries(data[key] ?? "{}");
    if (entries === undefined) {
        throw new StubDomainError(
            `The key "${key}" of the cluster DNS's ConfigMap is not a JSON object; mend it, then run this again.`,
        );
    }
    return entries.filter((entry) => entry.key.toLowerCase().replace(/\.$/, "") === zone);
}

function entryText(zone: string, servers: unknown): string {
    return `${JSON.stringify(zone)}:${JSON.stringify(servers)}`;
}

/** Takes out every entry for a zone, however it is written. */
function removeZone(contents: Contents, zone: string): Contents {
    const [first] = entriesFor(contents, zone);
    const text = contents.data[key];
    if (first === undefined || text === undefined) return contents;
    return removeZone(withText(contents, removeJsonEntry(text, first)), zone);
}

function refuseForeign(contents: Contents, zone: string): void {
    const [entry] = entriesFor(contents, zone);
    if (entry === undefined || ownershipOf(contents).owners[zone] !== undefined) return;
    throw new StubDomainError(
        `The key "${key}" of the cluster DNS's ConfigMap already hands the zone "${zone}" on to ` +
            `${JSON.stringify(entry.value)}, by an entry of somebody else. Remove it there, or use another suffix.`,
    );
}

/** Takes zones out, and the key with them if it was not there before. */
function removeZones(contents: Contents, zones: readonly string[]): Contents {
    const { owners, keyAdded } = ownershipOf(contents);
    const left = zones.reduce(removeZone, contents);
    const text = left.data[key];
    const empty = text !== undefined && jsonEntries(text)?.length === 0;
    const remaining = Object.fromEntries(Object.entries(owners).filter(([zone]) => !zones.includes(zone)));
    return withOwnership(keyAdded && empty ? withText(left, undefined) : left, {
        owners: remaining,
        keyAdded,
    });
}

/** kube-dns, as on GKE: entries of the JSON object `stubDomains`. Its pods take a change within about a minute. */
export const kubeDnsFormat: StubFormat = {
    comesWithCluster: false,
    replacesPods: false,
    reloadsByItself: () => true,
    text: ({ zones, forwardTo }) => zones.map((zone) => `${entryText(zone, forwardTo)}\n`).join(""),
    read: (contents, zones) =>
        zones
            .flatMap((zone) => entriesFor(contents, zone).map(({ value }) => `${entryText(zone, value)}\n`))
            .join(""),
    merge(contents, { zones, forwardTo, owner }, { takeOver }) {
        const before = ownershipOf(contents);
        for (const zone of zones) {
            const other = before.owners[zone];
            if (takeOver) continue;
            refuseForeign(contents, zone);
            if (other === undefined || other === owner) continue;
            throw new StubDomainError(
                `The stub domain "${zone}" in the key "${key}" of the cluster DNS's ConfigMap belongs to "${other}", ` +
                    `not to "${owner}". Destroy it there first, or use another suffix here.`,
            );
        }
        const dropped = Object.keys(before.owners).filter(
            (zone) => before.owners[zone] === owner && !zones.includes(zone),
        );
        const keyAdded =
            before.keyAdded || (contents.data[key] === undefined && Object.keys(before.owners).length === 0);
        const kept = removeZones(contents, dropped);
        const merged = zones.reduce((left, zone) => {
            const [entry, ...more] = entriesFor(left, zone);
            const right = entry !== undefined && more.length === 0 && entry.key === zone;
            if (right && JSON.stringify(entry.value) === JSON.stringify(forwardTo)) return left;
            const bare = removeZone(left, zone);
            return withText(bare, insertJsonEntry(bare.data[key] ?? "{}", entryText(zone, forwardTo)));
        }, kept);
        const owners = {
            ...ownershipOf(kept).owners,
            ...Object.fromEntries(zones.map((zone) => [zone, owner])),
        };
        return withOwnership(merged, { owners, keyAdded });
    },
    remove(contents, zones, owner) {
        const { owners } = ownershipOf(contents);
        const unowned = zones.filter((zone) => owners[zone] === undefined);
        const own = Object.keys(owners).filter((zone) => owners[zone] === owner);
        return removeZones(contents, [...new Set([...unowned, ...own])]);
    },
    check(contents, zones) {
        for (const zone of zones) refuseForeign(contents, zone);
    },
};
