import * as pulumi from "@pulumi/pulumi";
import { IntermediateCa } from "../components/intermediateCa";
import { RootCa } from "../components/rootCa";
import type { CaSettings } from "../lib/config/ca";
import { type CaOutputs, contractVersion } from "../lib/contract";
import type { Outputs } from "../outputs";

/** The stack that holds the mesh's root key and signs an intermediate for each cluster. */
export function certificateStack(settings: CaSettings): Outputs<CaOutputs> {
    const { keyAlgorithm, organization } = settings;
    const root = new RootCa("root", {
        keyAlgorithm,
        organization,
        validityDays: settings.rootValidityDays,
        protect: settings.protectRoot,
    });
    const intermediates = settings.clusters.map((cluster) => ({
        cluster,
        ca: new IntermediateCa(cluster, {
            cluster,
            root,
            keyAlgorithm,
            organization,
            validityDays: settings.intermediateValidityDays,
            renewalDays: settings.intermediateRenewalDays,
        }),
    }));
    const byCluster = <T>(value: (ca: IntermediateCa) => T) =>
        Object.fromEntries(intermediates.map(({ cluster, ca }) => [cluster, value(ca)]));
    return {
        contractVersion,
        rootCertPem: root.certPem,
        rootExpiry: root.validityEndTime,
        intermediates: pulumi.secret(byCluster(({ certPem, privateKeyPem }) => ({ certPem, privateKeyPem }))),
        intermediateExpiry: byCluster((ca) => ca.validityEndTime),
    };
}
