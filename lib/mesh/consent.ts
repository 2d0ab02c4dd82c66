import type { ExportSettings } from "../config/exports";
import type { ImportSettings } from "../config/imports";
import { hostOf } from "../base/names";
import type { Export } from "./contract";
import type { Peer } from "./peers";

/** Which clusters may import an export, as a cluster's outputs say it. */
export type Consent = Pick<Export, "admits" | "needsConsent">;

/**
 * Which clusters an export admits: those that its `allowedFrom` names, any where an entry of it names none. Without a list it
 * admits any, or where consent is required nobody.
 */
export function consentOf(
    { allowedFrom }: Pick<ExportSettings, "allowedFrom">,
    isRequired: boolean,
): Consent {
    const required = isRequired && ({ needsConsent: true } as const);
    if (allowedFrom === undefined) return isRequired ? { admits: [], needsConsent: true } : {};
    const clusters = allowedFrom.map(({ cluster }) => cluster);
    const named = clusters.flatMap((cluster) => cluster ?? []);
    return { ...(named.length === clusters.length && { admits: [...new Set(named)].sort() }), ...required };
}

/** Whether an export lets calls of another cluster in. */
export function isAdmitted({ admits }: Consent, cluster: string): boolean {
    return admits === undefined || admits.includes(cluster);
}

/** What is known of an exporter when an import needs its consent. */
export interface Admitting extends Peer {
    /** Its exports as its file has them, where it is not run and the file can be read whole. */
    readonly declaredExports?: readonly Export[];
    /** Places in teams' files of its exports, by host. */
    readonly places?: ReadonlyMap<string, string>;
}

/** The cluster that imports. */
export interface Importing {
    readonly cluster: string;
    readonly suffix: string;
    /** Whether others can tell this cluster's callers from those of any other. */
    readonly isToldApart: boolean;
}

/** Imports that their exporters don't admit: refused where consent is required, and else told, since every call gets 403. */
export function judgeConsent(
    imports: readonly ImportSettings[],
    peers: ReadonlyMap<string, Admitting>,
    importing: Importing,
): { readonly problems: readonly string[]; readonly warnings: readonly string[] } {
    const found = imports.flatMap((entry, index) =>
        entry.from.flatMap((from) =>
            judgeImport(`imports[${index}]`, entry, from, peers.get(from), importing),
        ),
    );
    return {
        problems: found.flatMap(({ problem }) => problem ?? []),
        warnings: found.flatMap(({ warning }) => warning ?? []),
    };
}

type Finding =
    | { readonly problem: string; readonly warning?: never }
    | { readonly warning: string; readonly problem?: never };

function judgeImport(
    path: string,
    entry: ImportSettings,
    from: string,
    peer: Admitting = {},
    { cluster, suffix, isToldApart }: Importing,
): readonly Finding[] {
    const host = hostOf(entry, suffix);
    const of = (exports: readonly Export[] = []) => exports.find((each) => each.host === host);
    const offer = of((peer.planned ?? peer.outputs)?.exports);
    if (offer === undefined || isAdmitted(offer, cluster)) return [];
    const what = `${path} is ${host} of ${from}${ownerText(entry)}`;
    const declared = of(peer.declaredExports);
    if (declared && isAdmitted(declared, cluster))
        return [
            {
                warning: `${what}, which ${from} has not admitted ${cluster} to yet; its calls get 403 until ${from} is updated.`,
            },
        ];
    const { admits = [] } = offer;
    const whom = admits.length === 0 ? "no other cluster" : `only ${admits.join(", ")}`;
    const place = peer.places?.get(host) ?? `its entry in Pulumi.${from}.yaml`;
    const denial = `${what}, which admits ${whom} to it (${place}${ownerText(offer, ", ")})`;
    const line = consentLine(cluster, entry, isToldApart);
    const remedy = `to be admitted, "${line}" has to be added to its allowedFrom there`;
    return offer.needsConsent
        ? [{ problem: `${denial}; ${remedy}, or remove the import` }]
        : [{ warning: `${denial}: every call gets 403; ${remedy}.` }];
}

/** The line of `allowedFrom` by which an exporter consents. Callers of a cluster without a trust domain of its own go by namespace. */
function consentLine(
    cluster: string,
    { namespaces }: Pick<ImportSettings, "namespaces">,
    isToldApart: boolean,
): string {
    const [namespace = "NAMESPACE OF THE CALLERS", ...more] = namespaces ?? [];
    const names = [namespace, ...more].map((each) =>
        isToldApart ? `{ cluster: ${cluster}, namespace: ${each} }` : `{ namespace: ${each} }`,
    );
    return isToldApart && namespaces === undefined
        ? `- { cluster: ${cluster} }`
        : names.map((each) => `- ${each}`).join(" ");
}

/**
 * The lines by which an exporter lets an importer in, below the keys of its export. Without `allowedFrom` it has served callers
 * of its own cluster, and goes on only if they are named too.
 *
 * @param isToldApart whether the callers of each of the two can be told from those of every other cluster
 */
export function consentLines(
    exporter: string,
    importer: string,
    { allowedFrom }: Pick<ExportSettings, "allowedFrom">,
    isToldApart: { readonly exporter: boolean; readonly importer: boolean },
): readonly string[] {
    const line = `  ${consentLine(importer, {}, isToldApart.importer)}`;
    const own = `  ${consentLine(exporter, {}, isToldApart.exporter)} # callers of ${exporter} itself, as until now`;
    return ["allowedFrom:", ...(allowedFrom === undefined && isToldApart.exporter ? [own] : []), line];
}

/** ` (owner shop)`, or nothing. */
export function ownerText({ owner }: { readonly owner?: string | undefined }, before?: string): string {
    if (owner === undefined) return "";
    return before === undefined ? ` (owner ${owner})` : `${before}owner ${owner}`;
}

/** A cluster's use of a host. */
export interface HostUse {
    readonly host: string;
    /** Team that answers for the import. */
    readonly owner?: string | undefined;
}

/**
 * Warnings of what a cluster does not admit others to that they import from it.
 *
 * @param exports its exports, in the order of its settings
 * @param before its exports by its last update
 * @param uses what each other cluster imports from it
 */
export function withdrawnConsent(
    exports: readonly (HostUse & { readonly consent: Consent })[],
    before: readonly Export[],
    uses: ReadonlyMap<string, readonly HostUse[]>,
): readonly string[] {
    return exports.flatMap(({ host, owner, consent }, index) =>
        [...uses].flatMap(([cluster, used]) => {
            const use = used.find((each) => each.host === host);
            if (use === undefined || isAdmitted(consent, cluster)) return [];
            const former = before.find((each) => each.host === host);
            const [verb, still] =
                former && isAdmitted(former, cluster)
                    ? ["no longer admits", " still"]
                    : ["does not admit", ""];
            return [
                `exports[${index}] ${verb} ${cluster} to ${host}${ownerText({ owner })}, but ${cluster}${still} imports it` +
                    `${ownerText(use)}: its calls get 403 from this update on.`,
            ];
        }),
    );
}
