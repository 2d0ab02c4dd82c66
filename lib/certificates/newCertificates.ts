import type { X509Certificate } from "node:crypto";
import type { CaSettings } from "../config/ca";
import type { CaOutputs } from "../mesh/contract";
import { certificateOf, daysUntil } from "./certificates";
import { type RootPlan, sourceOf } from "./rootRotation";

type Wanted = Pick<
    CaSettings,
    "clusters" | "intermediateRenewalDays" | "intermediateValidityDays" | "keyAlgorithm" | "organization"
>;

/**
 * Whether an update of the certificate stack makes a certificate, or trusts another root. What it only lets go does not
 * count: that is looked at by the rules for a change of the root.
 *
 * @param before outputs of the last update, if there was one
 */
export function makesCertificates(
    before: CaOutputs | undefined,
    plan: RootPlan,
    settings: Wanted,
    now: Date,
): boolean {
    // Of a root whose key is elsewhere the intermediates come from there too.
    const signs = plan.signing.intermediates === undefined;
    if (before === undefined) return signs || plan.trusted.some((root) => sourceOf(root) === "made");
    if (plan.signing.name !== before.signingRoot) return true;
    const known = before.roots.map(({ name }) => name);
    if (plan.trusted.some(({ name }) => !known.includes(name))) return true;
    if (!signs) return false;
    return settings.clusters.some((cluster) => {
        const cert = certificateOf(before.intermediates[cluster]?.certPem ?? "");
        return cert === undefined || isDue(cert, settings, now) || isOtherwise(cert, settings);
    });
}

function isDue({ validTo }: X509Certificate, { intermediateRenewalDays }: Wanted, now: Date): boolean {
    return daysUntil(validTo, now) < intermediateRenewalDays;
}

/** Whether the settings ask for another intermediate than the one that there is. */
function isOtherwise(cert: X509Certificate, settings: Wanted): boolean {
    const days = daysUntil(cert.validTo, new Date(cert.validFrom));
    const keyType = settings.keyAlgorithm.startsWith("RSA") ? "rsa" : "ec";
    return (
        days !== settings.intermediateValidityDays ||
        cert.publicKey.asymmetricKeyType !== keyType ||
        !cert.subject.split("\n").includes(`O=${settings.organization}`)
    );
}
