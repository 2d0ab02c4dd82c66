import { setTimeout as pause } from "node:timers/promises";
import { networkingApiVersion } from "../lib/istio/types";
import { type ClusterAccess, postJson, KubectlError } from "./kubectl";
import type { Patience } from "./rollout";

/** An entry that no call could ever meet; a dry run writes nothing. */
const entry = {
    apiVersion: networkingApiVersion,
    kind: "ServiceEntry",
    metadata: { name: "istiod-answers" },
    spec: {
        hosts: ["istiod-answers.invalid"],
        location: "MESH_INTERNAL",
        resolution: "NONE",
        ports: [{ number: 80, name: "http", protocol: "HTTP" }],
        exportTo: ["."],
    },
};

/**
 * Waits until the API server takes an object of Istio's, about which it asks istiod. It may not reach istiod yet when istiod's
 * Deployment is ready: the nodes learn of a new pod behind a Service some moments later.
 *
 * @throws KubectlError with the last answer when that takes longer than the limit, or when it will not come by waiting
 */
export async function waitForWebhook(
    access: ClusterAccess,
    namespace: string,
    { limitSeconds, intervalMilliseconds }: Patience = { limitSeconds: 60, intervalMilliseconds: 250 },
): Promise<void> {
    const path = `/apis/${networkingApiVersion}/namespaces/${namespace}/serviceentries?dryRun=All`;
    const end = Date.now() + limitSeconds * 1000;
    for (;;) {
        try {
            await postJson(access, path, entry);
            return;
        } catch (error) {
            if (!(error instanceof KubectlError)) throw error;
            // Who may write no entries in that namespace has none to write.
            if (error.reason === "Forbidden") return;
            if (!mayHeal(error) || Date.now() >= end) throw error;
        }
        await pause(intervalMilliseconds);
    }
}

/** Whether waiting may help: istiod can't be asked yet, or the API server does not serve its kinds yet. */
function mayHeal({ reason, detail }: KubectlError): boolean {
    return reason === "NotFound" || /failed calling webhook/.test(detail);
}
