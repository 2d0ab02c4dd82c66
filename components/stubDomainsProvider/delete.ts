import { clusterUid, editConfigMap, setTemplateAnnotation } from "../../kube/clusterDns";
import { type ClusterAccess, unlessAbsent } from "../../kube/kubectl";
import { mayAbandon } from "../../kube/unreachable";
import { stubFormats } from "../../lib/dns/stubDomains";
import { withoutOurs } from "./configMap";
import { annotation } from "./pods";
import type { StubDomainOutputs } from "./state";
import { deletePatience, firstAnswerSeconds, type Waits } from "./waits";

/** Takes our zones out of the ConfigMap, and our annotation off the pods. */
export async function deleteZones(props: StubDomainOutputs, waits: Waits): Promise<void> {
    // Asked first, with less patience than an edit has.
    if (!(await answers(props))) return;
    const { configMap, deployment: target } = props;
    // Whatever is gone already needs nothing taken out of it.
    await unlessAbsent(editConfigMap(props, configMap, (found) => withoutOurs(props, found)));
    if (!stubFormats[props.adapter].replacesPods) return;
    const edited = await unlessAbsent(setTemplateAnnotation(props, target, annotation, undefined));
    if (edited?.before !== undefined) await unlessAbsent(waits.waitForRollout(props, target, deletePatience));
}

/** Whether the cluster answers. One that does not, and that the user has given up, has nothing left to take out. */
async function answers(access: ClusterAccess): Promise<boolean> {
    try {
        await clusterUid(access, firstAnswerSeconds);
        return true;
    } catch (error) {
        if (mayAbandon(error)) return false;
        throw error;
    }
}
