import type { StubAdapter } from "../../base/dnsAdapter";
import { CorefileError, tokenize } from "../../dns/corefileSyntax";
import { stubFormats } from "../../dns/stubDomains";
import type { ConfigMap } from "../objects";
import { leftOut } from "./redact";

/** What the names of the mesh go through in one cluster. */
export interface DnsState {
    /** The mesh's part of the cluster DNS's configuration; absent where it has none there. */
    readonly meshPart?: string;
    /** The cluster DNS's own configuration, where it is a Corefile, without what may be secret. */
    readonly corefile?: string;
    /** GlobalDns's configuration and zones, by file; absent where they could not be read, or where there is none. */
    readonly globalDns?: Readonly<Record<string, string>>;
}

/** Plugins of CoreDNS whose words say how names are resolved, and hold no key. */
const openPlugins = [
    ...["autopath", "bind", "cache", "dns64", "errors", "file", "forward", "health", "import", "kubernetes"],
    ...["loadbalance", "log", "loop", "ready", "reload", "rewrite", "ttl"],
];

/** Words of those plugins' own blocks behind which a key, or the place of one, stands. */
const closedWords = ["kubeconfig", "tls"];

const ownMarker = /^# (?:BEGIN|END) istio-multicluster /;

/**
 * A Corefile without what may be secret in it: all names of servers and plugins, and the words of those plugins alone that hold
 * no key.
 */
export function corefileOutline(corefile: string): string {
    let tokens: ReturnType<typeof tokenize>;
    try {
        tokens = tokenize(corefile);
    } catch (error) {
        if (error instanceof CorefileError) return `(it can't be read: ${error.message})`;
        throw error;
    }
    let depth = 0;
    let isOpen = false;
    const lines = corefile.split("\n").map((line, index) => {
        if (ownMarker.test(line)) return line.trimEnd();
        const words = tokens.filter((token) => token.line === index + 1).map((token) => token.text);
        const [first = ""] = words;
        if (depth === 1 && first !== "}") isOpen = openPlugins.includes(first);
        const isShown = depth > 0 && isOpen && !(depth > 1 && closedWords.includes(first));
        const shown = isShown ? words : depth === 0 ? words.map(asKey) : withoutWords(words, depth);
        const indent = first === "}" ? depth - 1 : depth;
        for (const word of words) depth += word === "{" ? 1 : word === "}" ? -1 : 0;
        return "    ".repeat(Math.max(indent, 0)) + shown.join(" ");
    });
    return lines.filter((line) => line.trim() !== "").join("\n");
}

/** A name of a server or a plugin; what can't be one is not shown. */
function asKey(word: string): string {
    return /^(?:[a-z0-9.:/_(),*-]+|[{}])$/.test(word) ? word : leftOut;
}

function withoutWords(words: readonly string[], depth: number): readonly string[] {
    const isBrace = (word: string | undefined) => word === "{" || word === "}";
    const [first, ...rest] = words;
    if (first === undefined || isBrace(first)) return words.filter(isBrace);
    const kept = depth === 1 ? [asKey(first)] : [];
    const isMore = depth > 1 || rest.some((word) => !isBrace(word));
    return [...kept, ...(isMore ? [leftOut] : []), ...rest.filter(isBrace)];
}

/** Reduces the ConfigMaps that decide about the mesh's names to what is no secret. */
export function dnsState(
    maps: readonly ConfigMap[],
    globalDns: readonly ConfigMap[] | undefined,
    adapter: StubAdapter | undefined,
    zones: readonly string[],
): DnsState {
    const mapOf = (name: string) =>
        maps.find(({ metadata }) => metadata.namespace === "kube-system" && metadata.name === name)?.data;
    const data = adapter && mapOf(adapter);
    const meshPart = adapter === undefined || data === undefined ? "" : meshPartOf(adapter, data, zones);
    const corefile = mapOf("coredns")?.["Corefile"];
    const own = globalDns?.map((map) => map.data ?? {});
    return {
        ...(meshPart !== "" && { meshPart }),
        ...(corefile !== undefined && { corefile: corefileOutline(corefile) }),
        ...(own !== undefined && {
            globalDns: Object.fromEntries(own.flatMap((files) => globalDnsFiles(files))),
        }),
    };
}

function meshPartOf(
    adapter: StubAdapter,
    data: NonNullable<ConfigMap["data"]>,
    zones: readonly string[],
): string {
    try {
        return stubFormats[adapter].read({ data, annotations: {} }, zones);
    } catch (error) {
        return error instanceof Error ? `(it can't be read: ${error.message})` : "";
    }
}

/** GlobalDns's own files; it has no others. */
function globalDnsFiles(files: NonNullable<ConfigMap["data"]>): readonly (readonly [string, string])[] {
    return Object.entries(files).flatMap(([name, text]) => {
        if (name === "Corefile") return [[name, corefileOutline(text)] as const];
        return name.startsWith("zone.") ? [[name, zoneLines(text)] as const] : [];
    });
}

/** The lines of a zone that are addresses or its own settings; a text record may say anything. */
function zoneLines(zone: string): string {
    const isKept = (line: string) => /^\$|\s(?:SOA|NS|A|AAAA|CNAME)\s/.test(line);
    return zone.split("\n").filter(isKept).join("\n");
}
