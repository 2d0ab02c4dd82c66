import { createHash } from "node:crypto";
import {
    ClusterDnsError,
    type Edited,
    editConfigMap,
    readDeployment,
    rollsWithoutGap,
    setTemplateAnnotation,
    templateAnnotation,
} from "../../kube/clusterDns";
import { stubFormats } from "../../lib/dns/stubDomains";
import { withoutOurs } from "./configMap";
import { messageOf } from "./errors";
import { idOf, type StubDomainInputs } from "./state";
import { reloadSeconds, resolveSeconds, type Waits } from "./waits";

/** The pod template's annotation, a change of which replaces the pods. */
export const annotation = "istio-multicluster/stub-domains";

/**
 * Makes the pods take the edited ConfigMap, unless they have it already: replaces them, or, where they need no
 * replacement or one would leave a moment without DNS, leaves it to themselves.
 *
 * @returns how many seconds the pods may take until they resolve the zones
 */
export async function bringUpToDate(
    inputs: StubDomainInputs,
    edited: Edited,
    block: string,
    waits: Waits,
): Promise<number> {
    const { adapter, zones, deployment: target } = inputs;
    const { before: textBefore, after, resourceVersion } = edited;
    const format = stubFormats[adapter];
    if (!format.replacesPods) return reloadSeconds;
    const deployment = await readDeployment(inputs, target);
    const before = templateAnnotation(deployment, annotation);
    const same = textBefore !== undefined && format.read(textBefore, zones) === block;
    const changed = !same || before?.split(".")[0] !== blockHash(block);
    const reloads = after !== undefined && format.reloadsByItself(after);
    if (changed && !rollsWithoutGap(deployment) && reloads) return reloadSeconds;

    // The resourceVersion makes each write of ours a new value, also when it restores what was there once.
    const value = `${blockHash(block)}.${resourceVersion}`;
    if (changed) await setTemplateAnnotation(inputs, target, annotation, value);
    try {
        await waits.waitForRollout(inputs, target);
    } catch (error) {
        if (!changed || hadAll(inputs, edited)) throw error;
        await takeBack(inputs, edited, before);
        throw new ClusterDnsError(
            `${messageOf(error)} The change of the ConfigMap ${idOf(inputs)} was taken back, so that the cluster keeps its DNS.`,
        );
    }
    return resolveSeconds;
}

/** First part of the annotation's value: changes with the block. */
function blockHash(block: string): string {
    return createHash("sha256").update(block).digest("hex").slice(0, 12);
}

/** Whether the ConfigMap had something of each zone before the edit. */
function hadAll({ adapter, zones }: StubDomainInputs, { before }: Edited): boolean {
    return zones.every((zone) => before !== undefined && stubFormats[adapter].read(before, [zone]) !== "");
}

/** Undoes an edit with which the cluster DNS does not start; the pods that still run have not been touched by it. */
async function takeBack(
    inputs: StubDomainInputs,
    { before, after }: Edited,
    annotationBefore: string | undefined,
): Promise<void> {
    await editConfigMap(inputs, inputs.configMap, (found) =>
        JSON.stringify(found) === JSON.stringify(after) ? before : withoutOurs(inputs, found),
    );
    await setTemplateAnnotation(inputs, inputs.deployment, annotation, annotationBefore);
}
