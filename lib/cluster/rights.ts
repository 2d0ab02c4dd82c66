import { kubeconfigText } from "../base/kubeconfigSource";
import { type Access, kubectlText } from "../base/shownCommands";

/** Something that has to be allowed, in the words of Kubernetes' roles. */
export interface Right {
    readonly verbs: readonly string[];
    /** API group; empty for the core. */
    readonly group: string;
    /** Resource, or `RESOURCE/SUBRESOURCE`. */
    readonly resource: string;
    /** Where; everywhere in the cluster, or of something that is in no namespace, where undefined. */
    readonly namespace?: string | undefined;
    /** Name of the one object that it is about; any where undefined. */
    readonly name?: string | undefined;
}

/** What a user may do, as the API answers a SelfSubjectRulesReview. */
export interface Rule {
    readonly verbs: readonly string[];
    readonly apiGroups?: readonly string[];
    readonly resources?: readonly string[];
    /** Names of the only objects that it is about; any where there are none. */
    readonly resourceNames?: readonly string[];
}

/** The rules that hold everywhere, and those of single namespaces. */
export interface KnownRules {
    readonly everywhere: readonly Rule[];
    readonly byNamespace: ReadonlyMap<string, readonly Rule[]>;
}

/** Those of some rights, and of their verbs, that no rule gives. */
export function missingRights(
    needed: readonly Right[],
    { everywhere, byNamespace }: KnownRules,
): readonly Right[] {
    const mayGrant = holdsEverything(everywhere);
    return merged(needed).flatMap((right) => {
        const rules = [...everywhere, ...(byNamespace.get(right.namespace ?? "") ?? [])];
        const verbs = right.verbs
            .filter((verb) => !allows(rules, verb, right))
            // Whoever has every right may grant every right.
            .filter((verb) => !(mayGrant && granting.includes(verb)));
        return verbs.length === 0 ? [] : [{ ...right, verbs }];
    });
}

/** Verbs by which somebody may grant more than they have. */
const granting = ["escalate", "bind"];

function holdsEverything(rules: readonly Rule[]): boolean {
    const all = { group: "*", resource: "*" };
    return ["get", "list", "watch", "create", "update", "patch", "delete"].every((verb) =>
        allows(rules, verb, all),
    );
}

function allows(
    rules: readonly Rule[],
    verb: string,
    { group, resource, name }: Pick<Right, "group" | "resource" | "name">,
): boolean {
    const has = (list: readonly string[] = [], wanted: string) => list.includes("*") || list.includes(wanted);
    const [, sub] = resource.split("/");
    return rules.some(
        ({ verbs, apiGroups, resources = [], resourceNames = [] }) =>
            (resourceNames.length === 0 || resourceNames.includes(name ?? "")) &&
            has(verbs, verb) &&
            has(apiGroups, group) &&
            (has(resources, resource) || (sub !== undefined && resources.includes(`*/${sub}`))),
    );
}

/** Rights of which each is there once, with all of its verbs. */
function merged(rights: readonly Right[]): readonly Right[] {
    const all = new Map<string, Right>();
    for (const right of rights) {
        const key = `${right.group}/${right.resource}/${right.namespace ?? ""}`;
        const verbs = [...new Set([...(all.get(key)?.verbs ?? []), ...right.verbs])];
        all.set(key, { ...right, verbs });
    }
    return [...all.values()];
}

/**
 * A message about rights that a user lacks, as rules for a role.
 *
 * @param what what they are lacked for, such as `an update needs`
 * @param most how many rules to write out
 */
export function rightsMessage(
    what: string,
    { kubeconfig, context }: Access,
    missing: readonly Right[],
    most = Infinity,
): string {
    const rules = rulesText(missing);
    const [first] = missing;
    const { verbs = [], group = "", resource = "", namespace } = first ?? {};
    const asked = `${verbs[0] ?? ""} ${resource}${group && `.${group}`}`;
    const where = namespace === undefined ? "" : ` -n ${namespace}`;
    const can = kubectlText({ kubeconfig, context }, `auth can-i ${asked}${where}`);
    return [
        `the user of context ${context} of ${kubeconfigText(kubeconfig)} lacks rights that ${what}. Add these rules to the user's ClusterRole, ` +
            `or to a Role where a namespace is named, or use another user; docs/security.md has the whole roles:`,
        ...rules.slice(0, most).map((line) => `      ${line}`),
        ...(rules.length > most ? [`      and ${rules.length - most} more`] : []),
        `    To see the first: ${can}`,
    ].join("\n");
}

/** Rules for a role, one a line: those of the same verbs and places in one. */
function rulesText(rights: readonly Right[]): readonly string[] {
    const placed = new Map<string, Right & { readonly places: readonly string[] }>();
    for (const right of rights) {
        const key = [right.group, right.resource, ...right.verbs].join(" ");
        const before = placed.get(key)?.places ?? [];
        placed.set(key, {
            ...right,
            places: [...before, ...(right.namespace === undefined ? [] : [right.namespace])],
        });
    }
    const rules = new Map<string, Right & { places: readonly string[]; resources: readonly string[] }>();
    for (const right of placed.values()) {
        const key = [right.group, ...right.places, ...right.verbs].join(" ");
        rules.set(key, { ...right, resources: [...(rules.get(key)?.resources ?? []), right.resource] });
    }
    return [...rules.values()].map(({ group, resources, verbs, places }) => {
        const where = places.length === 0 ? "" : ` # in ${places.join(", ")}`;
        return `- { apiGroups: [${group === "" ? '""' : group}], resources: [${resources.join(", ")}], verbs: [${verbs.join(", ")}] }${where}`;
    });
}
