import type { dynamic } from "@pulumi/pulumi";
import { isSameAccess } from "../../kube/access";
import { clusterUid, type ObjectName } from "../../kube/clusterDns";
import { KubectlError } from "../../kube/kubectl";
import type { StubDomainInputs, StubDomainOutputs } from "./state";
import { isKnown } from "./unknown";
import { previewPatienceSeconds } from "./waits";

/** Tells what another ConfigMap or another cluster needs, a replacement, from what an update can do in place. */
export async function diff(olds: StubDomainOutputs, news: StubDomainInputs): Promise<dynamic.DiffResult> {
    const replaces = (["adapter", "configMap", "deployment"] as const).filter(
        (property) => !same(olds[property], news[property]),
    );
    const movedAccess = !isSameAccess(olds, news);
    if (movedAccess && (await isOtherCluster(olds, news))) {
        return { changes: true, replaces: [...replaces, "context"], deleteBeforeReplace: true };
    }
    const changes =
        replaces.length > 0 ||
        movedAccess ||
        olds.block !== news.block ||
        olds.owner !== news.owner ||
        olds.primaryServer !== news.primaryServer;
    return { changes, replaces: [...replaces], deleteBeforeReplace: true };
}

/** Whether new access leads to another cluster. A cluster that does not answer counts as the same: the update will tell. */
async function isOtherCluster(olds: StubDomainOutputs, news: StubDomainInputs): Promise<boolean> {
    if (!isKnown([news.stack, news.context])) return false;
    try {
        return (await clusterUid(news, previewPatienceSeconds)) !== olds.clusterUid;
    } catch (error) {
        if (error instanceof KubectlError) return false;
        throw error;
    }
}

function same(a: ObjectName | string, b: ObjectName | string): boolean {
    if (typeof a === "string" || typeof b === "string") return a === b;
    const entries = (value: ObjectName): string => JSON.stringify(Object.entries(value).sort());
    return entries(a) === entries(b);
}
