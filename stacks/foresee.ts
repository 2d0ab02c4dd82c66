import * as pulumi from "@pulumi/pulumi";
import { notKnown } from "../components/notKnown";
import type { CaMaterial } from "../components/caCerts";
import type { HandoverClient } from "../handover/client";
import type { OwnCa } from "../outputs";

/**
 * Tells the clusters' previews what the certificate stack's own preview foresees: which of them get another intermediate, and
 * which roots they are to trust. Nothing secret is told.
 */
export async function foreseeCertificates(
    handover: HandoverClient | undefined,
    intermediates: readonly {
        readonly cluster: string;
        readonly ca: { readonly certPem: pulumi.Output<string> };
    }[],
    trustBundlePem: pulumi.Output<string>,
): Promise<void> {
    if (handover === undefined || !pulumi.runtime.isDryRun()) return;
    const bundle = await knownText(trustBundlePem);
    await Promise.all(
        intermediates.map(async ({ cluster, ca }) => {
            const certificate = await knownText(ca.certPem);
            await handover.foresee(cluster, {
                renewed: certificate === undefined,
                trustBundlePem: bundle ?? null,
            });
        }),
    );
}

/** What a cluster's `cacerts` is made of: what the certificate stack holds, or in a preview what it will hold. */
export async function foreseenMaterial(
    cluster: string,
    own: OwnCa,
    handover: HandoverClient | undefined,
): Promise<CaMaterial> {
    if (!pulumi.runtime.isDryRun()) return own;
    const foreseen = await handover?.foreseen(cluster);
    const { renewed = own.isStandIn === true, trustBundlePem = own.isStandIn ? null : own.trustBundlePem } =
        foreseen ?? {};
    return {
        ...own,
        trustBundlePem: trustBundlePem ?? pulumi.output<string>(notKnown),
        ...(renewed && {
            certPem: pulumi.output<string>(notKnown),
            privateKeyPem: pulumi.secret<string>(notKnown),
            rootCertPem: pulumi.output<string>(notKnown),
        }),
    };
}

/** The value of an output, or undefined where only an update can tell it. */
async function knownText(text: pulumi.Output<string>): Promise<string | undefined> {
    const { value } = await pulumi.runtime.serializeProperties("certificate", { value: text });
    return typeof value === "string" && value !== pulumi.runtime.unknownValue ? value : undefined;
}
