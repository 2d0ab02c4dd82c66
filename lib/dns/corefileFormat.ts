import {
    checkStubDomain,
    markedZones,
    mergeStubDomain,
    readStubDomain,
    reloadsByItself,
    removeStubDomain,
    stubDomainContent,
} from "./corefile";
import { StubDomainError } from "./stubDomainError";
import type { Contents, StubFormat } from "./stubFormat";

/** Key of the ConfigMap that holds the Corefile. */
const key = "Corefile";

function corefileOf({ data }: Contents): string {
    const text = data[key];
    if (text !== undefined) return text;
    throw new StubDomainError(
        `The ConfigMap of the cluster DNS has no key "${key}"; name the ConfigMap that has it in dns.configMap.`,
    );
}

function withCorefile(contents: Contents, text: string): Contents {
    return { ...contents, data: { ...contents.data, [key]: text } };
}

/** CoreDNS with a Corefile that may be edited: one marked server block for each zone. */
export const corefileFormat: StubFormat = {
    comesWithCluster: true,
    replacesPods: true,
    reloadsByItself: (contents) => reloadsByItself(corefileOf(contents)),
    text: ({ zones, forwardTo }) => zones.map((zone) => stubDomainContent({ zone, forwardTo })).join(""),
    read: (contents, zones) =>
        zones.map((zone) => readStubDomain(corefileOf(contents), zone)?.content ?? "").join(""),
    merge(contents, { zones, forwardTo, owner }, options) {
        const corefile = corefileOf(contents);
        const dropped = markedZones(corefile, owner).filter((zone) => !zones.includes(zone));
        const kept = dropped.reduce((text, zone) => removeStubDomain(text, { zone, owner }), corefile);
        return withCorefile(
            contents,
            zones.reduce((text, zone) => mergeStubDomain(text, { zone, forwardTo, owner }, options), kept),
        );
    },
    remove(contents, zones, owner) {
        const corefile = corefileOf(contents);
        const all = new Set([...zones, ...markedZones(corefile, owner)]);
        return withCorefile(
            contents,
            [...all].reduce((text, zone) => removeStubDomain(text, { zone, owner }), corefile),
        );
    },
    check(contents, zones) {
        for (const zone of zones) checkStubDomain(corefileOf(contents), zone);
    },
};
