import {
    checkForeign,
    checkStubDomain,
    markedZones,
    mergeStubDomain,
    readStubDomain,
    removeStubDomain,
    stubDomainContent,
} from "./corefile";
import { CorefileError } from "./corefileSyntax";
import { type Contents, type StubFormat, without } from "./stubFormat";

/** The key that holds one zone. The Corefile imports every key that ends like this. */
function keyOf(zone: string): string {
    return `istio-multicluster-${zone}.server`;
}

/** Tells of a problem in the key where it is, since a reader of the Corefile itself would not find it there. */
function inKey<T>(key: string, work: () => T): T {
    try {
        return work();
    } catch (error) {
        if (!(error instanceof CorefileError)) throw error;
        throw new CorefileError(error.message.replaceAll("the Corefile", `the key "${key}"`), error.line);
    }
}

function withText(contents: Contents, key: string, text: string): Contents {
    const data = text === "" ? without(contents.data, key) : { ...contents.data, [key]: text };
    return { ...contents, data };
}

/** Refuses the zones that another key serves. */
function checkOthers({ data }: Contents, zones: readonly string[]): void {
    for (const zone of zones) {
        for (const [key, text] of Object.entries(data)) {
            if (!key.endsWith(".server") || key === keyOf(zone)) continue;
            inKey(key, () => {
                checkForeign(text, zone);
            });
        }
    }
}

/** Zones of the owner, by the markers in the keys that are named like ours. */
function ownZones({ data }: Contents, owner: string): string[] {
    return Object.entries(data).flatMap(([key, text]) =>
        markedZones(text, owner).filter((zone) => key === keyOf(zone)),
    );
}

function removeZone(contents: Contents, zone: string, owner: string): Contents {
    const key = keyOf(zone);
    const text = contents.data[key];
    if (text === undefined) return contents;
    return inKey(key, () => withText(contents, key, removeStubDomain(text, { zone, owner })));
}

/**
 * CoreDNS whose Corefile belongs to the cloud or the distribution and imports the keys of a second ConfigMap, as on AKS
 * and k3s: one key for each zone, `istio-multicluster-ZONE.server`, with the zone's marked server block in it.
 */
export const customServersFormat: StubFormat = {
    comesWithCluster: false,
    replacesPods: true,
    // The Corefile is not ours to read; both AKS's and k3s's have the plugin `reload`, which sees imported files too.
    reloadsByItself: () => true,
    text: ({ zones, forwardTo }) => zones.map((zone) => stubDomainContent({ zone, forwardTo })).join(""),
    read: ({ data }, zones) =>
        zones
            .map((zone) => {
                const key = keyOf(zone);
                return inKey(key, () => readStubDomain(data[key] ?? "", zone)?.content ?? "");
            })
            .join(""),
    merge(contents, { zones, forwardTo, owner }, options) {
        checkOthers(contents, zones);
        const dropped = ownZones(contents, owner).filter((zone) => !zones.includes(zone));
        const kept = dropped.reduce((left, zone) => removeZone(left, zone, owner), contents);
        return zones.reduce((left, zone) => {
            const key = keyOf(zone);
            return inKey(key, () =>
                withText(
                    left,
                    key,
                    mergeStubDomain(left.data[key] ?? "", { zone, forwardTo, owner }, options),
                ),
            );
        }, kept);
    },
    remove: (contents, zones, owner) =>
        [...new Set([...zones, ...ownZones(contents, owner)])].reduce(
            (left, zone) => removeZone(left, zone, owner),
            contents,
        ),
    check(contents, zones) {
        checkOthers(contents, zones);
        for (const zone of zones) {
            const key = keyOf(zone);
            inKey(key, () => {
                checkStubDomain(contents.data[key] ?? "", zone);
            });
        }
    },
};
