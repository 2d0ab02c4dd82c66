import * as pulumi from "@pulumi/pulumi";
import type { ClusterAccess } from "../kube/kubectl";
import { everywhere, readOwnRules, refusedRights, type RulesAnswer } from "../kube/ownRights";
import { neededRights } from "../lib/cluster/neededRights";
import { missingRights, type Right, rightsMessage } from "../lib/cluster/rights";
import type { ClusterStackSettings } from "../lib/config/clusterStack";
import { type DnsChoice, usualDns } from "../lib/dns/adapter";
import type { Findings } from "./strangers";

/** How many missing rules a preview's warning writes out; the update that is refused has them all. */
const previewRules = 5;

/** Asks for the rights that hold everywhere, which is all that most users' rights come from. */
export function readRights({ cluster }: ClusterStackSettings): Promise<RulesAnswer | undefined> {
    return readOwnRules(cluster, everywhere);
}

/**
 * Finds the rights that an update needs and the user does not have. An update is refused then; a preview goes on with a
 * warning, so that somebody who may only read can look at a change.
 *
 * @param makesNamespace whether the stack makes Istio's namespace
 * @param answer what {@link readRights} was told; nobody is asked again where that suffices
 */
export async function judgeRights(
    settings: ClusterStackSettings,
    dns: DnsChoice,
    makesNamespace: boolean,
    answer: RulesAnswer | undefined,
): Promise<Findings> {
    const { cluster } = settings;
    const chosenDns = "dns" in dns ? dns.dns : usualDns(settings.dns);
    const { look, change } = neededRights(settings, chosenDns, makesNamespace);
    const missing = answer === undefined ? [] : await lacking(cluster, [...look, ...change], answer);
    if (missing.length === 0) return { problems: [], warnings: [] };
    const isPreview = pulumi.runtime.isDryRun();
    // Who may only read lacks nearly all of them, in every preview.
    const message = rightsMessage("an update needs", cluster, missing, isPreview ? previewRules : undefined);
    return isPreview
        ? { problems: [], warnings: [`An update with this kubeconfig would be refused: ${message}`] }
        : { problems: [message], warnings: [] };
}

async function lacking(
    access: ClusterAccess,
    needed: readonly Right[],
    { rules, isIncomplete }: RulesAnswer,
): Promise<readonly Right[]> {
    const first = missingRights(needed, { everywhere: rules, byNamespace: new Map() });
    const namespaces = [...new Set(first.flatMap(({ namespace }) => namespace ?? []))];
    const answers = await Promise.all(
        namespaces.map(async (namespace) => [namespace, await readOwnRules(access, namespace)] as const),
    );
    const byNamespace = new Map(answers.map(([namespace, found]) => [namespace, found?.rules ?? []]));
    const second = missingRights(first, { everywhere: rules, byNamespace });
    return isIncomplete && second.length > 0 ? refused(access, second) : second;
}

/** Asks one by one, and first for everything at once. */
async function refused(access: ClusterAccess, rights: readonly Right[]): Promise<readonly Right[]> {
    const all = { verb: "*", group: "*", resource: "*" };
    if ((await refusedRights(access, [all])).length === 0) return [];
    const single = rights.flatMap(({ verbs, ...right }) => verbs.map((verb) => ({ ...right, verb })));
    const found = await refusedRights(access, single);
    return missingRights(
        found.map(({ verb, ...right }) => ({ ...right, verbs: [verb] })),
        { everywhere: [], byNamespace: new Map() },
    );
}
