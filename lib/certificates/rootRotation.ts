import type { CaSettings, RootSettings } from "../config/ca";
import type { CaOutputs, TrustedRoot } from "../mesh/contract";

/** Which roots a mesh trusts, and which of them signs. */
export interface RootPlan {
    /**
     * The old root before the new one, during the whole change: istiod takes a new bundle only when one of the two texts is
     * a part of the other.
     */
    readonly trusted: readonly RootSettings[];
    readonly signing: RootSettings;
}

/** What the settings ask for. */
export function rootPlan({ root, rotation }: Pick<CaSettings, "root" | "rotation">): RootPlan {
    if (rotation === undefined) return { trusted: [root], signing: root };
    const { step, to } = rotation;
    if (step === "trust") return { trusted: [root, to], signing: root };
    if (step === "reissue") return { trusted: [root, to], signing: to };
    return { trusted: [to], signing: to };
}

/** Whether a root is made by the stack or given by the user. */
export function sourceOf(root: RootSettings): TrustedRoot["source"] {
    return root.certPem === undefined && root.certFile === undefined ? "made" : "given";
}

/** What changes for the proxies from the last update to this one. */
export interface RootChange {
    /** The root that is to sign from now on, if that is another one. Every proxy has to trust it by now. */
    readonly signsNow?: string;
    /** Roots that are to be trusted no longer. No proxy may have a certificate of one any more. */
    readonly goes: readonly string[];
}

/** What the step from the last update's roots to these ones changes. */
export function rootChange(
    before: Pick<CaOutputs, "roots" | "signingRoot">,
    { trusted, signing }: RootPlan,
): RootChange {
    const names = trusted.map(({ name }) => name);
    const goes = before.roots.map(({ name }) => name).filter((name) => !names.includes(name));
    return signing.name === before.signingRoot ? { goes } : { signsNow: signing.name, goes };
}

/** Fingerprints of the roots that the stack has had, up to this update, and lets go or has let go. */
export function formerRoots(
    before: Pick<CaOutputs, "roots" | "formerRoots"> | undefined,
    { trusted }: RootPlan,
): readonly string[] {
    const names = trusted.map(({ name }) => name);
    const gone = (before?.roots ?? []).filter(({ name }) => !names.includes(name));
    return [...new Set([...(before?.formerRoots ?? []), ...gone.map((root) => root.fingerprint)])];
}

/**
 * Says what can't follow the last update, whatever the proxies hold.
 *
 * @param stack name of the certificate stack
 * @param before outputs of the last update
 * @param fingerprints fingerprints of the roots that are given, by name
 */
export function orderProblems(
    stack: string,
    before: Pick<CaOutputs, "roots" | "signingRoot">,
    plan: RootPlan,
    fingerprints: ReadonlyMap<string, string>,
): readonly string[] {
    const file = `Pulumi.${stack}.yaml`;
    const problems: string[] = [];
    for (const root of plan.trusted) {
        const known = before.roots.find(({ name }) => name === root.name);
        if (known === undefined) continue;
        const source = sourceOf(root);
        if (
            source !== known.source ||
            (source === "given" && fingerprints.get(root.name) !== known.fingerprint)
        )
            problems.push(
                `Root "${root.name}" would become another certificate than the one that proxies trust (SHA-256 ` +
                    `${known.fingerprint}, ${known.source === "given" ? "given in the settings" : "made by this stack"}). ` +
                    `Put back what ${file} said of it; a new root comes in beside it, under another name, by ca.rotation.`,
            );
    }
    const { signsNow, goes } = rootChange(before, plan);
    if (signsNow !== undefined && !before.roots.some(({ name }) => name === signsNow))
        problems.push(
            `Root "${signsNow}" can't sign yet, because no proxy trusts it. In ${file}, let ca.root.name be ` +
                `"${before.signingRoot}" and ca.rotation be { step: trust, to: { name: "${signsNow}" } }, and update ` +
                `all stacks; step reissue comes after that.`,
        );
    else if (goes.includes(before.signingRoot))
        problems.push(
            `Root "${before.signingRoot}" can't go yet, because the intermediates are signed by it. Set ` +
                `ca.rotation.step to reissue in ${file} and update all stacks; step retire comes after that.`,
        );
    return problems;
}
