import { createHash } from "node:crypto";
import { isCiphertext, isEncrypted } from "../base/encrypted";
import { configMessage, refusalMessage } from "../base/problem";
import { shapeProblem } from "../base/stackFileText";
import type { CaSettings } from "../config/ca";
import { type ClusterStackSettings, importVia, mainSuffix } from "../config/clusterStack";
import { exportAddress, type ExportSettings } from "../config/exports";
import type { ImportSettings } from "../config/imports";
import { parseConfig } from "../config/parse";
import { isOfTeamFile, teamFilesOf, type TeamTexts } from "../config/teamFiles";
import { withTeams } from "../config/withTeams";
import { type Admitting, judgeConsent } from "./consent";
import type { Declared } from "./handover";
import { resolveImports, type ResolvedImport } from "./imports";
import { foreignImports, type Mesh } from "./membership";
import { declaredPlace, type Member, meshOf } from "./mesh";
import { strayTeamFiles } from "./strayTeams";
import { settingsOf } from "./settings";
import { callersOf, isToldApart, refusedByExporters } from "./trustDomains";

/** The texts of a mesh's files. */
export interface MeshFiles {
    /** Name of the Pulumi project. */
    readonly project: string;
    /** Text of `Pulumi.yaml`. */
    readonly projectText: string;
    /** Texts of `Pulumi.STACK.yaml`, by stack. */
    readonly stacks: Readonly<Record<string, string>>;
    /** The teams' files. */
    readonly teams: TeamTexts;
}

/** A mesh as its files alone describe it, without any cluster, state or key. */
export interface DeclaredMesh {
    /** Settings of the certificate stack; undefined where they can't be known. */
    readonly ca: CaSettings | undefined;
    /** By stack. */
    readonly clusters: ReadonlyMap<string, DeclaredCluster>;
    /** Why a stack's settings, or a part of what it imports, can't be known: clauses by stack. */
    readonly unknown: ReadonlyMap<string, readonly string[]>;
    /** What a preview would refuse, in its words. */
    readonly problems: readonly string[];
}

export interface DeclaredCluster {
    readonly settings: ClusterStackSettings;
    /** What its pods can call by a mesh-wide name, by host. */
    readonly callable: ReadonlyMap<string, Callable>;
    /** Hosts that it imports, of which the files don't tell whether they are served. */
    readonly open: readonly string[];
    /** Puts places in teams' files into a text, see {@link withTeams}. */
    readonly placed: (text: string) => string;
}

/** A service as the pods of one cluster can call it. */
export interface Callable {
    readonly host: string;
    /** `NUMBER PROTOCOL` of each port. */
    readonly ports: readonly string[];
    readonly virtualAddress: string;
    /** The clusters that serve it, in the order of preference, the own one first. */
    readonly servers: readonly Server[];
    readonly via: "direct" | "egress";
    /** Team that answers for its import. */
    readonly owner?: string;
    /** Everything else that its import says: routes, balance, outlier detection, connections, timeout, retries. */
    readonly handling: Readonly<Record<string, unknown>>;
}

export interface Server {
    readonly cluster: string;
    /** What the service is there: its namespace, pods and service account. */
    readonly workload: string;
    /** Who of the calling cluster may call it, each as `NAMESPACE/SERVICEACCOUNT`; everybody where undefined. */
    readonly callers?: readonly string[];
    /** Team that answers for it there. */
    readonly owner?: string;
}

/**
 * Reads a mesh from its files. What can't be read is among the problems or the unknown, and left out of the rest.
 *
 * @param caStack name of the certificate stack, which names the clusters
 */
export function declaredMesh(
    caStack: string,
    { project, projectText, stacks, teams: texts }: MeshFiles,
): DeclaredMesh {
    // Without the project's name no key of a stack's file is known.
    if (project === "" && Object.keys(stacks).length > 0) return unnamedProject(projectText);
    const teams = teamFilesOf(texts);
    const problems: string[] = [];
    const unknown = new Map<string, string[]>();
    const say = (stack: string, why: string) => unknown.set(stack, [...(unknown.get(stack) ?? []), why]);
    const inherited = Object.keys(settingsOf("", projectText, project) ?? {});
    const read = (stack: string) => {
        const text = stacks[stack];
        const declared = text === undefined ? undefined : settingsOf(text, projectText, project);
        if (text === undefined) say(stack, `there is no Pulumi.${stack}.yaml`);
        else if (declared === undefined) say(stack, "an environment decides it too");
        if (text === undefined || declared === undefined) return undefined;
        const fault = shapeProblem(text);
        if (fault !== undefined) {
            problems.push(`Pulumi.${stack}.yaml ${fault}`);
            return undefined;
        }
        const legible = legibleOf(declared) as Declared;
        const result = parseConfig(stack, legible, inherited, { teams });
        if (result.kind !== "invalid") return { ...result, declared: legible };
        // What a team's file has wrong is so whatever is encrypted beside.
        const certain = isEncrypted(declared) ? result.problems.filter(isOfTeamFile) : result.problems;
        if (certain.length > 0) problems.push(configMessage(stack, certain));
        else say(stack, "it holds encrypted values that decide it");
        return undefined;
    };
    // A folder without any stack has no mesh, of which nothing is unknown.
    const certificates = Object.keys(stacks).length > 0 ? read(caStack) : undefined;
    const ca = certificates?.kind === "ca" ? certificates.settings : undefined;
    const readable = new Map(
        (ca?.clusters ?? []).flatMap((stack): [string, Readable][] => {
            const result = read(stack);
            if (result?.kind !== "cluster") return [];
            const { settings, declared } = result;
            const { placed } = withTeams(stack, declared, teams);
            return [[stack, { settings, declared, placed, exports: exportsOf(settings) }]];
        }),
    );
    const { members } = meshOf(
        Object.fromEntries([...readable].map(([stack, { declared }]) => [stack, declared])),
        teams,
    );
    const clusters = new Map(
        [...readable].map(([stack, { settings, placed }]) => {
            const found = resolve(stack, settings, members, { caStack, clusters: ca?.clusters ?? [] });
            if (found.problems.length > 0) problems.push(refusalMessage(stack, found.problems.map(placed)));
            for (const why of found.unknown) say(stack, why);
            const callable = callableOf(stack, settings, found.imports, readable);
            return [stack, { settings, callable, open: found.open, placed }] as const;
        }),
    );
    if (ca) problems.push(...strayTeamFiles(teams, ca.clusters));
    return { ca, clusters, unknown, problems };
}

/** What is left of a mesh where its `Pulumi.yaml` does not even tell the project's name. */
function unnamedProject(projectText: string): DeclaredMesh {
    const fault = shapeProblem(projectText) ?? "does not say the project's name; it must have a name";
    return {
        ca: undefined,
        clusters: new Map(),
        unknown: new Map(),
        problems: [`Pulumi.yaml ${fault}`],
    };
}

/** What a cluster imports, as far as the files of its peers tell it. */
function resolve(
    stack: string,
    settings: ClusterStackSettings,
    members: ReadonlyMap<string, Member>,
    { caStack, clusters }: Mesh,
) {
    const suffix = mainSuffix(settings);
    const own = settings.exports.map((entry) => ({ ...entry, ...exportAddress(entry, suffix) }));
    const peers = new Map<string, Admitting>(
        [...members].map(([name, member]) => {
            const { exports, locality, places } = member;
            const gateway = declaredPlace(member, stack);
            const planned = {
                exports,
                ...(locality !== undefined && { locality }),
                ...(gateway && { gateway }),
            };
            return [name, { planned, places }];
        }),
    );
    const { active, pending, problems } = resolveImports(
        stack,
        settings.imports,
        peers,
        suffix,
        own,
        settings.cluster.ranges,
    );
    const trust = {
        cluster: stack,
        own: { trustDomain: settings.mesh.trustDomain, accepted: settings.mesh.acceptedTrustDomains },
        clusters,
        peers: new Map(
            [...members].filter(([name]) => name !== stack).map(([name, each]) => [name, each.trust]),
        ),
    };
    const { requireConsent } = settings.mesh;
    const callers = settings.exports.flatMap(
        ({ allowedFrom }, index) =>
            callersOf(`exports[${index}].allowedFrom`, allowedFrom, requireConsent, trust)?.problems ?? [],
    );
    const consent = judgeConsent(settings.imports, peers, {
        cluster: stack,
        suffix,
        isToldApart: isToldApart(trust),
    });
    const refused = refusedByExporters(
        settings.imports.flatMap(({ from }) => from),
        trust,
    );
    return {
        imports: active,
        problems: [
            ...foreignImports(settings.imports, { caStack, clusters }),
            ...problems,
            ...consent.problems,
            ...callers,
            ...refused,
        ],
        unknown: pending
            .filter(({ from }) => clusters.includes(from))
            .map(({ host, from }) => `whether ${from} serves ${host}`),
        open: pending.map(({ host }) => host),
    };
}

/** A cluster whose settings can be read, with its exports by host. */
interface Readable {
    readonly settings: ClusterStackSettings;
    readonly declared: Declared;
    /** Puts places in teams' files into a text, see {@link withTeams}. */
    readonly placed: (text: string) => string;
    readonly exports: ReadonlyMap<string, ExportSettings>;
}

function exportsOf(settings: ClusterStackSettings): Readable["exports"] {
    const suffix = mainSuffix(settings);
    return new Map(settings.exports.map((entry) => [exportAddress(entry, suffix).host, entry]));
}

function callableOf(
    stack: string,
    settings: ClusterStackSettings,
    imports: readonly ResolvedImport[],
    readable: ReadonlyMap<string, Readable>,
): ReadonlyMap<string, Callable> {
    const suffix = mainSuffix(settings);
    const own = new Map(
        settings.exports.map((entry): [string, Callable] => {
            const { host, virtualAddress } = exportAddress(entry, suffix);
            const ports = entry.ports.map(portText);
            const servers = [serverOf(stack, stack, entry, settings)];
            return [host, { host, ports, virtualAddress, servers, via: "direct", handling: {} }];
        }),
    );
    const imported = imports.map((entry): [string, Callable] => {
        const { host, virtualAddress } = entry;
        const { owner } = entry.settings;
        const servers = entry.exporters.flatMap(({ from: server }) => {
            const there = readable.get(server);
            const offered = there?.exports.get(host);
            return there && offered ? [serverOf(stack, server, offered, there.settings)] : [];
        });
        return [
            host,
            {
                host,
                ports: entry.ports.map(portText),
                virtualAddress,
                servers: [...(own.get(host)?.servers ?? []), ...servers],
                via: importVia(settings, entry.settings),
                handling: handlingOf(entry.settings),
                ...(owner !== undefined && { owner }),
            },
        ];
    });
    return new Map([...own, ...imported]);
}

function handlingOf(settings: ImportSettings): Callable["handling"] {
    const { balance, outlierDetection, connectionPool, timeout, retries, routes, namespaces } = settings;
    return { balance, outlierDetection, connectionPool, timeout, retries, routes, namespaces };
}

function portText({ number, protocol }: { readonly number: number; readonly protocol: string }): string {
    return `${number} ${protocol}`;
}

function serverOf(
    caller: string,
    cluster: string,
    entry: ExportSettings,
    { mesh }: ClusterStackSettings,
): Server {
    const { namespace, selector, serviceAccount, allowedFrom, owner } = entry;
    // Where consent is required, whoever is not named is somebody of the own cluster.
    const nobody = mesh.requireConsent && caller !== cluster ? [] : undefined;
    const callers = allowedFrom
        ?.filter((each) => each.cluster === undefined || each.cluster === caller)
        .map((each) => `${each.namespace ?? "*"}/${each.serviceAccount ?? "*"}`)
        .sort();
    const labels = Object.entries(selector)
        .map(([key, value]) => `${key}=${value}`)
        .sort();
    const workload = `${namespace}: ${labels.join(",")} as ${serviceAccount}`;
    const who = callers ?? nobody;
    return {
        cluster,
        workload,
        ...(who && { callers: who }),
        ...(owner !== undefined && { owner }),
    };
}

/**
 * The same settings with a text in the place of everything that is encrypted, which changes with what is encrypted, so that what
 * stands beside it can be read.
 */
function legibleOf(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(legibleOf);
    if (typeof value !== "object" || value === null) return value;
    if (isCiphertext(value)) {
        const hash = createHash("sha256").update(String(value.secure)).digest("hex").slice(0, 8);
        return `(encrypted ${hash})`;
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, legibleOf(inner)]));
}
