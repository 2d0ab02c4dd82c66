import { isDeepStrictEqual } from "node:util";
import type { Callable, DeclaredCluster, DeclaredMesh, Server } from "./declaredMesh";
import { ownerText } from "./consent";
import { type MeshChange, type Topic, topics } from "./meshChange";
import { caChanges, clusterSettingChanges } from "./settingChanges";

/**
 * What a change of files does to a mesh: who can call what, from where and through what, and what else becomes another. A change
 * that no file tells is not among it, but what the files leave open is.
 */
export function meshChanges(before: DeclaredMesh, after: DeclaredMesh): readonly MeshChange[] {
    const stacks = [...new Set([...before.clusters.keys(), ...after.clusters.keys()])].sort();
    const all = [
        ...membershipChanges(before, after),
        ...stacks.flatMap((stack) => callChanges(stack, before, after)),
        ...caChanges(before, after),
        ...stacks.flatMap((stack) => clusterSettingChanges(stack, before, after)),
        ...unknownChanges(before, after),
    ];
    return topics.flatMap((topic) => all.filter((change) => change.topic === topic));
}

function membershipChanges({ ca: old }: DeclaredMesh, { ca: now }: DeclaredMesh): readonly MeshChange[] {
    if (old === undefined || now === undefined) return [];
    const joined = now.clusters.filter((name) => !old.clusters.includes(name));
    const left = old.clusters.filter((name) => !now.clusters.includes(name));
    return [
        ...joined.map((stack) => ({
            topic: "clusters" as const,
            sign: "+" as const,
            stack,
            text: "joins the mesh, with an intermediate of its own",
        })),
        ...left.map((stack) => ({
            topic: "clusters" as const,
            sign: "-" as const,
            stack,
            text: "leaves the mesh: its intermediate goes",
            effect: `run "mesh destroy --clusters ${stack}" before, or its objects stay`,
        })),
    ];
}

function callChanges(stack: string, before: DeclaredMesh, after: DeclaredMesh): readonly MeshChange[] {
    // What a cluster can call is no news where its own file can't be read.
    if ([before, after].some((mesh) => isUnread(mesh, stack))) return [];
    const old = callableIn(before, stack);
    const now = callableIn(after, stack);
    const lost = [...old.values()].filter(({ host }) => !now.has(host) && !isOpen(after, stack, host));
    const gained = [...now.values()].filter(({ host }) => !old.has(host) && !isOpen(before, stack, host));
    const renamed = gained.flatMap((each) => {
        const former = lost.find((candidate) => isSameService(candidate, each));
        return former === undefined ? [] : [{ former, each }];
    });
    const isRenamed = ({ host }: Callable) =>
        renamed.some(({ former, each }) => former.host === host || each.host === host);
    const say = (sign: Sign, host: string, text: string, effect?: string) =>
        hostChange({ topic: "calls", sign, stack, host, text }, effect);
    return [
        ...gained
            .filter((each) => !isRenamed(each))
            .map((each) => say("+", each.host, `can call ${described(each)}`)),
        ...lost
            .filter((each) => !isRenamed(each))
            .map((each) => say("-", each.host, `can no longer call ${described(each)}`, callsFail)),
        ...renamed.map(({ former, each }) =>
            say(
                "~",
                each.host,
                `calls ${former.host} by another name: ${each.host}`,
                "calls by the old name fail from then on",
            ),
        ),
        ...[...now.values()].flatMap((each) => {
            const former = old.get(each.host);
            return former === undefined ? [] : serviceChanges(stack, former, each);
        }),
    ];
}

function callableIn({ clusters }: DeclaredMesh, stack: string): DeclaredCluster["callable"] {
    return clusters.get(stack)?.callable ?? new Map<string, Callable>();
}

/** Whether a cluster may well be in a mesh, but its settings could not be read. */
function isUnread({ ca, clusters, unknown, problems }: DeclaredMesh, stack: string): boolean {
    if (clusters.has(stack)) return false;
    return ca === undefined ? unknown.size + problems.length > 0 : ca.clusters.includes(stack);
}

/** Whether a cluster imports a host of which the files don't tell whether it is served. */
function isOpen({ clusters }: DeclaredMesh, stack: string, host: string): boolean {
    return clusters.get(stack)?.open.includes(host) ?? false;
}

/** Whether two services are the same pods of the same clusters under two names. */
function isSameService(one: Callable, other: Callable): boolean {
    const places = ({ servers }: Callable) =>
        servers.map(({ cluster, workload }) => `${cluster} ${workload}`);
    return isDeepStrictEqual(places(one), places(other)) && isDeepStrictEqual(one.ports, other.ports);
}

/** `httpbin.bar.global (8000 HTTP), served by cluster2, through the egress gateway, only as foo/sleep`. */
function described(callable: Callable): string {
    const { host, ports, servers, via } = callable;
    const way = via === "egress" ? ", out through the egress gateway" : "";
    const server = servers.map((each) => `${each.cluster}${ownerText(each)}`).join(", then ");
    return `${host} (${ports.join(", ")})${ownerText(callable)}, served by ${server}${way}${callersText(servers)}`;
}

/** `cluster2, then cluster3`. */
function serversText({ servers }: Callable): string {
    return servers.map(({ cluster }) => cluster).join(", then ");
}

function callersText(servers: readonly Server[]): string {
    const texts = new Set(servers.map(({ callers }) => (callers ? whoText(callers) : "")));
    const [only] = texts;
    if (texts.size === 1) return only === "" || only === undefined ? "" : `, ${only}`;
    const each = servers.map(
        ({ cluster, callers }) => `${cluster}: ${callers ? whoText(callers) : "everybody"}`,
    );
    return `, ${each.join("; ")}`;
}

function whoText(callers: readonly string[]): string {
    return callers.length === 0 ? "by nobody of this cluster" : `only by ${callers.join(", ")}`;
}

/** What changes of a service that a cluster calls before and after. */
function serviceChanges(stack: string, before: Callable, after: Callable): readonly MeshChange[] {
    const { host } = after;
    const say: Say = (topic, text, effect, sign = "~") =>
        hostChange({ topic, sign, stack, host, text: `${host}: ${text}` }, effect);
    const gonePorts = before.ports.filter((port) => !after.ports.includes(port));
    const newPorts = after.ports.filter((port) => !before.ports.includes(port));
    return [
        ...(serversText(before) === serversText(after)
            ? []
            : [say("services", `served by ${serversText(after)} instead of ${serversText(before)}`)]),
        ...newPorts.map((port) => say("services", `port ${port} can be called`, undefined, "+")),
        ...gonePorts.map((port) => say("services", `port ${port} can no longer be called`, callsFail, "-")),
        ...(before.virtualAddress === after.virtualAddress
            ? []
            : [
                  say(
                      "services",
                      `virtual address ${after.virtualAddress} instead of ${before.virtualAddress}`,
                      "callers ask for the name again within 5 seconds",
                  ),
              ]),
        ...(before.via === after.via
            ? []
            : [
                  say(
                      "services",
                      after.via === "egress"
                          ? "out through the egress gateway"
                          : "no longer through the egress gateway",
                  ),
              ]),
        ...(isDeepStrictEqual(before.handling, after.handling)
            ? []
            : [say("services", `${handlingNames(before, after)} of the import`)]),
        ...callerChanges(before, after, say),
        ...ownerChanges(before, after, say),
        ...workloadChanges(before, after, say),
    ];
}

function handlingNames(before: Callable, after: Callable): string {
    const names = [...new Set([...Object.keys(before.handling), ...Object.keys(after.handling)])];
    return `changed ${names.filter((name) => !isDeepStrictEqual(before.handling[name], after.handling[name])).join(", ")}`;
}

type Sign = MeshChange["sign"];
type Say = (topic: Topic, text: string, effect?: string, sign?: Sign) => MeshChange;

const callsFail = "calls to it fail from then on";

/** A change that is about one host, with what comes with it, if anything does. */
function hostChange(change: Omit<MeshChange, "effect">, effect: string | undefined): MeshChange {
    return { ...change, ...(effect !== undefined && { effect }) };
}

function callerChanges(before: Callable, after: Callable, say: Say): readonly MeshChange[] {
    return after.servers.flatMap(({ cluster, callers: now }) => {
        const former = before.servers.find((each) => each.cluster === cluster);
        if (former === undefined || isDeepStrictEqual(former.callers, now)) return [];
        const old = former.callers;
        if (now === undefined) return [say("callers", `${cluster} lets every caller in`, undefined, "+")];
        const importer = ownerText(after);
        if (old === undefined) {
            const effect = `any other caller${importer} gets 403`;
            return [say("callers", `${cluster} lets it be called ${whoText(now)}`, effect, "-")];
        }
        const added = now.filter((each) => !old.includes(each));
        const removed = old.filter((each) => !now.includes(each));
        return [
            ...added.map((each) => say("callers", `${cluster} lets ${each} in`, undefined, "+")),
            ...removed.map((each) =>
                say("callers", `${cluster} no longer lets ${each} in`, `it${importer} gets 403`, "-"),
            ),
        ];
    });
}

function ownerChanges(before: Callable, after: Callable, say: Say): readonly MeshChange[] {
    const change = (what: string, old: string | undefined, now: string | undefined) =>
        old === now ? [] : [say("services", `${what} is ${now ?? "nobody"} instead of ${old ?? "nobody"}`)];
    return [
        ...change("owner of the import", before.owner, after.owner),
        ...after.servers.flatMap(({ cluster, owner }) => {
            const former = before.servers.find((each) => each.cluster === cluster);
            return former === undefined ? [] : change(`owner in ${cluster}`, former.owner, owner);
        }),
    ];
}

function workloadChanges(before: Callable, after: Callable, say: Say): readonly MeshChange[] {
    return after.servers.flatMap(({ cluster, workload }) => {
        const former = before.servers.find((each) => each.cluster === cluster)?.workload;
        if (former === undefined || former === workload) return [];
        return [say("services", `in ${cluster} it is other pods: ${workload} instead of ${former}`)];
    });
}

function unknownChanges(before: DeclaredMesh, after: DeclaredMesh): readonly MeshChange[] {
    const now = openIn(after);
    const then = openIn(before).filter((each) => !now.some((other) => isDeepStrictEqual(each, other)));
    return [...now, ...then.map((each) => ({ ...each, text: `${each.text} (before the change)` }))];
}

/** What the files of a mesh leave open. */
function openIn({ unknown }: DeclaredMesh): readonly MeshChange[] {
    return [...unknown].flatMap(([stack, reasons]) =>
        reasons.map((text) => ({ topic: "unknown" as const, sign: "?" as const, stack, text })),
    );
}
