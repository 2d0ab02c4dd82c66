import type { z } from "zod";
import { isEncrypted } from "../base/encrypted";
import type { ConfigProblem } from "../base/problem";
import { defaultSuffix, hostOf, spiffeId } from "../base/names";
import { clusterSchema, meshSchema } from "../config/cluster";
import { exportAddress, exportSchema } from "../config/exports";
import { type GatewaySettings, gatewaySchema } from "../config/gateway";
import { importSchema } from "../config/imports";
import type { TeamFile } from "../config/teamFiles";
import { withTeams } from "../config/withTeams";
import { gatewayPort } from "../istio/types";
import { consentOf, type HostUse } from "./consent";
import type { Export, GatewayPlace } from "./contract";
import type { Declared } from "./handover";
import type { Trust } from "./trustDomains";

/** What one cluster of a mesh declares, as far as others need it. */
export interface Member {
    readonly name: string;
    readonly exports: readonly Export[];
    /** Places in teams' files of its exports, by host. */
    readonly places: ReadonlyMap<string, string>;
    readonly imports: readonly DeclaredImport[];
    /** `REGION` or `REGION/ZONE`. */
    readonly locality?: string;
    readonly trust: Trust;
    readonly gateway: GatewaySettings;
    /** What of its file can't be read; its own run refuses the rest of it as well. */
    readonly problems: readonly ConfigProblem[];
}

/** What one cluster wants of others, as far as they need to know it. */
export interface DeclaredImport extends HostUse {
    /** Stacks of the exporting clusters. */
    readonly from: readonly string[];
}

/** A mesh as its clusters declare it: who is in it, and what each offers. */
export interface Mesh {
    /** By name of the stack. A cluster whose settings hold something encrypted that others need is not among them. */
    readonly members: ReadonlyMap<string, Member>;
}

/**
 * Makes one mesh out of the settings of its clusters, by stack.
 *
 * @param teams the teams' files
 */
export function meshOf(declared: Readonly<Record<string, Declared>>, teams: readonly TeamFile[] = []): Mesh {
    const members = Object.entries(declared).flatMap(([name, settings]): [string, Member][] => {
        if (!("cluster" in settings)) return [];
        const { settings: whole, placed } = withTeams(name, settings, teams);
        const member = memberOf(name, whole, placed);
        return member === undefined ? [] : [[name, member]];
    });
    return { members: new Map(members) };
}

/** The settings that others need of a cluster. */
const shared = ["cluster", "mesh", "gateway", "exports"];

function memberOf(name: string, settings: Declared, placed: (text: string) => string): Member | undefined {
    if (shared.some((key) => isEncrypted(settings[key]))) return undefined;
    const problems: ConfigProblem[] = [];
    const read = <T extends z.ZodType>(path: string, schema: T, value: unknown): z.output<T> | undefined => {
        const { data, error } = schema.safeParse(value);
        for (const issue of error?.issues ?? [])
            problems.push({ path: placed([path, ...issue.path].join(".")), message: issue.message });
        return data;
    };
    const cluster = read("cluster", clusterSchema, settings["cluster"]);
    const mesh = read("mesh", meshSchema, settings["mesh"] ?? {}) ?? meshSchema.parse({});
    const gateway = read("gateway", gatewaySchema, settings["gateway"] ?? {}) ?? gatewaySchema.parse({});
    const list = (key: "exports" | "imports") =>
        Array.isArray(settings[key]) ? (settings[key] as readonly unknown[]) : [];
    const suffix = mesh.suffixes[0] ?? defaultSuffix;
    const places = new Map<string, string>();
    const exports = list("exports").flatMap((value, index): Export[] => {
        const path = `exports[${index}]`;
        const entry = read(path, exportSchema, value);
        if (entry === undefined) return [];
        const { service, namespace, ports, subsets, serviceAccount, owner } = entry;
        const place = placed(path);
        if (place !== path) places.set(hostOf(entry, suffix), place);
        const versions = Object.keys(subsets).sort();
        return [
            {
                ...exportAddress(entry, suffix),
                name: service,
                namespace,
                ports: ports.map(({ name: port, number, protocol }) => ({ name: port, number, protocol })),
                ...(versions.length > 0 && { subsets: versions }),
                identities: [spiffeId(mesh.trustDomain, namespace, serviceAccount)],
                ...(owner !== undefined && { owner }),
                ...consentOf(entry, mesh.requireConsent),
            },
        ];
    });
    const imports = list("imports").flatMap((value, index): DeclaredImport[] => {
        const entry = read(`imports[${index}]`, importSchema, value);
        return entry === undefined
            ? []
            : [{ host: hostOf(entry, suffix), from: entry.from, owner: entry.owner }];
    });
    return {
        name,
        exports,
        places,
        imports,
        ...(cluster?.locality !== undefined && { locality: cluster.locality }),
        trust: { trustDomain: mesh.trustDomain, accepted: mesh.acceptedTrustDomains },
        gateway,
        problems,
    };
}

/** Where an importer reaches a cluster's gateway, if the cluster's settings alone say it. */
export function declaredPlace({ gateway }: Member, importer: string): GatewayPlace | undefined {
    const own = gateway.type === "NodePort" ? gateway.nodePort : gatewayPort;
    const { addresses, port = own } = gateway.peerAddresses[importer] ?? gateway;
    return addresses === undefined || port === undefined ? undefined : { addresses, port };
}
