import ipaddr from "ipaddr.js";
import { CorefileError, parseCorefile, type ServerBlock, type ServerKey } from "./corefileSyntax";
import type { StubDomains } from "./stubFormat";
import { unknownTtlSeconds } from "./zoneFile";

export { CorefileError } from "./corefileSyntax";

/** Port on which a cluster's DNS listens inside its pods, and on which a zone of ours is served. */
export const dnsPort = 53;

/** A zone that the cluster's DNS hands on to other servers. */
export interface StubDomain {
    /** DNS zone without a final dot, such as `global`. */
    readonly zone: string;
    /** Addresses of the servers of the zone: `IP`, `IPv4:PORT` or `[IPv6]:PORT`. At least one, at most 15 (CoreDNS's limit). */
    readonly forwardTo: readonly string[];
    /** Who put the block there, one word. A block of another owner is not touched. */
    readonly owner: string;
}

/** Our block as it stands in a Corefile. */
export interface StubDomainBlock {
    /** Text between the marker lines, with `\n` line ends. */
    readonly content: string;
    /** Owner named in the marker line; empty if somebody took it out. */
    readonly owner: string;
}

/**
 * The text of a stub domain's server block, with `\n` line ends.
 *
 * Answers are cached for at most 30 seconds, as long as kubeadm's own Corefile caches, and for as short as the zone says where there
 * is no such name: CoreDNS keeps that for five seconds unless it is told a shortest time (since 1.2.3; 9984 is its capacity).
 */
export function stubDomainContent({ zone, forwardTo }: Pick<StubDomain, "zone" | "forwardTo">): string {
    return [
        `${zone}:${dnsPort} {`,
        "    errors",
        "    cache 30 {",
        `        denial 9984 30 ${unknownTtlSeconds}`,
        "    }",
        `    forward . ${forwardTo.join(" ")}`,
        "}",
        "",
    ].join("\n");
}

/**
 * Says what is wrong with stub domains, or nothing if they can be merged.
 *
 * @returns sentences, one per problem
 */
export function stubDomainProblems({ zones, forwardTo, owner }: StubDomains): string[] {
    const label = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;
    const problems = zones
        .filter((zone) => zone.length > 253 || !zone.split(".").every((part) => label.test(part)))
        .map(
            (zone) =>
                `The zone "${zone}" is not a DNS name: use labels of a-z, 0-9 and - separated by dots, such as "global".`,
        );
    if (forwardTo.length === 0)
        problems.push(`${zoneList(zones)} no server to forward to; name at least one.`);
    if (forwardTo.length > 15) {
        problems.push(
            `${zoneList(zones)} ${forwardTo.length} servers to forward to; CoreDNS takes at most 15.`,
        );
    }
    for (const server of forwardTo) {
        if (!isServerAddress(server)) {
            problems.push(
                `"${server}" is not an address to forward to: write an IP address, with ":PORT" after it if the ` +
                    "port isn't 53.",
            );
        }
    }
    if (!/^[\w./:@-]+$/.test(owner)) {
        problems.push(`The owner "${owner}" must be one word of letters, digits and . / : @ _ -.`);
    }
    return problems;
}

/** `The zone "a" has`, or `The zones "a", "b" have`. */
function zoneList(zones: readonly string[]): string {
    const names = zones.map((zone) => `"${zone}"`).join(", ");
    return zones.length === 1 ? `The zone ${names} has` : `The zones ${names} have`;
}

function isServerAddress(text: string): boolean {
    if (isIpv4(text) || ipaddr.IPv6.isValid(text)) return true;
    const parts = /^(?:\[(?<v6>[^\]]+)\]|(?<v4>[^:]+)):(?<port>\d{1,5})$/.exec(text)?.groups;
    const port = Number(parts?.["port"]);
    if (!(port >= 1 && port <= 65535)) return false;
    return isIpv4(parts?.["v4"] ?? "") || ipaddr.IPv6.isValid(parts?.["v6"] ?? "");
}

function isIpv4(text: string): boolean {
    return ipaddr.IPv4.isValidFourPartDecimal(text);
}

/**
 * Adds a stub domain to a Corefile, or brings the one that is there up to date. A new block is appended between two
 * marker lines; an existing one is replaced where it stands. Every other byte stays as it is, and so does the file's
 * kind of line end. Merging twice gives the same text as merging once.
 *
 * @param takeOver replace the block of another owner too
 * @throws CorefileError when the Corefile cannot be parsed, serves the zone already in a server block of somebody
 * else, or has damaged markers
 */
export function mergeStubDomain(
    corefile: string,
    stub: StubDomain,
    { takeOver = false }: { takeOver?: boolean } = {},
): string {
    const marked = checked(corefile, stub.zone);
    if (marked !== undefined && marked.owner !== stub.owner && marked.owner !== "" && !takeOver) {
        throw new CorefileError(
            `The stub domain "${stub.zone}" at line ${marked.line} of the Corefile belongs to "${marked.owner}", ` +
                `not to "${stub.owner}". Destroy it there first, or use another zone here.`,
            marked.line,
        );
    }
    const eol = lineEnd(corefile);
    const content = stubDomainContent(stub);
    const write = (newlineAdded: boolean): string =>
        [
            beginMarker(stub.zone, stub.owner, newlineAdded),
            ...content.trimEnd().split("\n"),
            endMarker(stub.zone),
        ].join(eol);

    if (marked !== undefined) {
        const { begin, endText } = marked;
        return corefile.slice(0, begin) + write(marked.newlineAdded) + corefile.slice(endText);
    }
    const complete = corefile === "" || corefile.endsWith("\n");
    return (complete ? corefile : corefile + eol) + write(!complete) + eol;
}

/**
 * Takes our stub domain out of a Corefile: the result is, byte for byte, what the Corefile would be if it had never
 * been there, with all that others have written in the meantime. A Corefile without it comes back unchanged.
 *
 * @param owner if given, a block of another owner is left alone
 * @throws CorefileError when the Corefile cannot be parsed or has damaged markers
 */
export function removeStubDomain(
    corefile: string,
    { zone, owner }: { zone: string; owner?: string },
): string {
    const marked = locate(corefile, zone);
    if (marked === undefined) return corefile;
    if (owner !== undefined && marked.owner !== "" && marked.owner !== owner) return corefile;
    checkSurroundings(corefile, zone, marked);

    const before = corefile.slice(0, marked.begin);
    const after = corefile.slice(marked.end);
    // The file had no final line break when the block came, or has lost its final line break since.
    const unended = after === "" && (marked.newlineAdded || marked.end === marked.endText);
    return (
        (unended ? withoutFinalBreak(before, marked.eol) : before) +
        (marked.newlineAdded ? inherited(after) : after)
    );
}

/**
 * Reads our stub domain from a Corefile, to compare it with what it should be.
 *
 * @returns undefined when the Corefile has none
 * @throws CorefileError when the markers are damaged
 */
export function readStubDomain(corefile: string, zone: string): StubDomainBlock | undefined {
    const marked = locate(corefile, zone);
    return marked && { content: marked.content, owner: marked.owner };
}

/**
 * Checks that a stub domain can be merged into a Corefile, without knowing where it will forward to.
 *
 * @throws CorefileError as mergeStubDomain does
 */
export function checkStubDomain(corefile: string, zone: string): void {
    checked(corefile, zone);
}

/**
 * Checks that a Corefile, which is nobody of ours, does not serve a zone.
 *
 * @throws CorefileError when it does, or can't be parsed
 */
export function checkForeign(corefile: string, zone: string): void {
    refuseServed(parseCorefile(corefile), zone);
}

/** The zones whose blocks an owner has marked in a Corefile, in order. */
export function markedZones(corefile: string, owner: string): string[] {
    const zones = linesOf(corefile).flatMap(({ text }) => {
        const marker = markerLine.exec(text)?.groups;
        const words = (marker?.["attributes"] ?? "").split(" ");
        const own = marker?.["side"] === "BEGIN" && words.includes(`owner=${owner}`);
        return own ? [marker["zone"] ?? ""] : [];
    });
    return [...new Set(zones)];
}

/** Whether the Corefile makes CoreDNS load changes by itself (its `reload` plugin). */
export function reloadsByItself(corefile: string): boolean {
    return /^[ \t]*reload\b/m.test(corefile);
}

/** Where our block is in a Corefile. */
interface Marked {
    readonly line: number;
    readonly endLine: number;
    /** Position of the first character of the BEGIN line. */
    readonly begin: number;
    /** Position after the END line's text, before its line break. */
    readonly endText: number;
    /** Position after the END line's line break. */
    readonly end: number;
    readonly content: string;
    readonly owner: string;
    readonly newlineAdded: boolean;
    /** Line break after the BEGIN line. */
    readonly eol: string;
}

const markerLine =
    /^[ \t]*# (?<side>BEGIN|END) istio-multicluster zone (?<zone>[^\s]+)(?<attributes>(?: [^\s]+)*)[ \t]*$/;

/** Remembers, in the marker line, that the Corefile had no final line break before the block came. */
const newlineAddedWord = "final-newline=added";

function beginMarker(zone: string, owner: string, newlineAdded: boolean): string {
    const attributes = [`owner=${owner}`, ...(newlineAdded ? [newlineAddedWord] : [])];
    return `# BEGIN istio-multicluster zone ${zone} ${attributes.join(" ")}`;
}

function endMarker(zone: string): string {
    return `# END istio-multicluster zone ${zone}`;
}

interface Line {
    readonly text: string;
    readonly number: number;
    readonly start: number;
    /** Position after the text, before the line break. */
    readonly endText: number;
    /** Position after the line break. */
    readonly end: number;
}

function linesOf(text: string): Line[] {
    let start = 0;
    return text.split(/(?<=\n)/).map((whole, index) => {
        const bare = whole.replace(/\r?\n$/, "");
        const line = {
            text: bare,
            number: index + 1,
            start,
            endText: start + bare.length,
            end: start + whole.length,
        };
        start = line.end;
        return line;
    });
}

function locate(corefile: string, zone: string): Marked | undefined {
    let begin: (Line & { attributes: string[] }) | undefined;
    let found: Marked | undefined;
    for (const line of linesOf(corefile)) {
        const marker = markerLine.exec(line.text)?.groups;
        if (marker?.["zone"] !== zone) continue;
        if (marker["side"] === "BEGIN") {
            if (begin) throw damaged(zone, begin.number, "has a BEGIN marker with no END marker after it");
            if (found)
                throw damaged(
                    zone,
                    line.number,
                    `is marked a second time; the first is at line ${found.line}`,
                );
            begin = { ...line, attributes: (marker["attributes"] ?? "").trim().split(" ") };
            continue;
        }
        if (!begin) throw damaged(zone, line.number, "has an END marker with no BEGIN marker before it");
        found = {
            line: begin.number,
            endLine: line.number,
            begin: begin.start,
            endText: line.endText,
            end: line.end,
            content: corefile.slice(begin.end, line.start).replaceAll("\r\n", "\n"),
            owner: begin.attributes.find((word) => word.startsWith("owner="))?.slice("owner=".length) ?? "",
            newlineAdded: begin.attributes.includes(newlineAddedWord),
            eol: corefile.slice(begin.endText, begin.end),
        };
        begin = undefined;
    }
    if (begin) throw damaged(zone, begin.number, "has a BEGIN marker with no END marker after it");
    return found;
}

function damaged(zone: string, line: number, what: string): CorefileError {
    return new CorefileError(
        `The stub domain "${zone}" at line ${line} of the Corefile ${what}. ` +
            "Take its block and its marker comments out by hand, then run this again.",
        line,
    );
}

function checked(corefile: string, zone: string): Marked | undefined {
    const marked = locate(corefile, zone);
    refuseServed(checkSurroundings(corefile, zone, marked), zone);
    return marked;
}

/** Refuses a zone that one of these blocks serves. */
function refuseServed(blocks: readonly ServerBlock[], zone: string): void {
    for (const block of blocks) {
        const key =
            block.kind === "server" ? block.keys.find((candidate) => serves(candidate, zone)) : undefined;
        if (key === undefined) continue;
        throw new CorefileError(
            `Line ${key.line} of the Corefile already serves the zone "${zone}" on port ${dnsPort} ("${key.text}"), ` +
                "in a server block of somebody else. Remove it there, or use another zone.",
            key.line,
        );
    }
}

/** Parses what is not ours, and makes sure that nothing of others stands between our markers. */
function checkSurroundings(corefile: string, zone: string, marked: Marked | undefined): ServerBlock[] {
    if (marked === undefined) return parseCorefile(corefile);
    const inside = corefile.slice(marked.begin, marked.end);
    // Our own block may be damaged, and is replaced then: only the others' text must be sound. It keeps its line numbers.
    const others =
        corefile.slice(0, marked.begin) + inside.replace(/[^\n]/g, " ") + corefile.slice(marked.end);
    const blocks = parseCorefile(others);
    const around = blocks.find((block) => block.start < marked.begin && block.end > marked.begin);
    if (around) throw damaged(zone, marked.line, `stands inside the server block of line ${around.line}`);

    for (const block of parsedOrNone(inside)) {
        const stranger =
            block.kind === "snippet" ? block.keys[0] : block.keys.find((key) => !serves(key, zone));
        if (stranger === undefined) continue;
        const line = marked.line + stranger.line - 1;
        throw new CorefileError(
            `The server block "${stranger.text}" at line ${line} of the Corefile stands between the markers of the ` +
                `stub domain "${zone}" (lines ${marked.line} to ${marked.endLine}), where only its own block belongs. ` +
                "Move it below the END marker, then run this again.",
            line,
        );
    }
    return blocks;
}

function parsedOrNone(text: string): ServerBlock[] {
    try {
        return parseCorefile(text);
    } catch (error) {
        if (error instanceof CorefileError) return [];
        throw error;
    }
}

/** Default port of each transport that CoreDNS knows (plugin/pkg/transport). */
const transportPorts: Readonly<Record<string, number | undefined>> = {
    dns: 53,
    tls: 853,
    quic: 853,
    grpc: 443,
    https: 443,
    https3: 443,
};

/**
 * Whether a server block's name means the zone on the plain DNS port, read as CoreDNS reads it
 * (core/dnsserver/register.go). A name that holds an environment variable is not known here and counts as another one.
 */
function serves(key: ServerKey, zone: string): boolean {
    const parts =
        /^(?:(?<transport>dns|tls|quic|grpc|https3|https):\/\/)?(?<name>.*?)(?::(?<port>\d+))?$/s.exec(
            key.text,
        )?.groups;
    if (parts === undefined) return false;
    const transport = parts["transport"] ?? "dns";
    const port = parts["port"] === undefined ? transportPorts[transport] : Number(parts["port"]);
    const name = parts["name"]?.toLowerCase().replace(/\.$/, "");
    return transport === "dns" && port === dnsPort && name === zone;
}

/** The line end that most lines of a text have. */
function lineEnd(text: string): "\n" | "\r\n" {
    const all = text.split("\n").length - 1;
    const withReturn = text.split("\r\n").length - 1;
    return withReturn > all - withReturn ? "\r\n" : "\n";
}

/** Hands the memory of the added line break on to the next block of ours, which may be the one to take it out. */
function inherited(after: string): string {
    const [first] = linesOf(after);
    const marker = first && markerLine.exec(first.text)?.groups;
    if (marker?.["side"] !== "BEGIN" || first === undefined) return after;
    return `${first.text} ${newlineAddedWord}${after.slice(first.endText)}`;
}

function withoutFinalBreak(text: string, eol: string): string {
    return text.endsWith(eol) ? text.slice(0, -eol.length) : text;
}
