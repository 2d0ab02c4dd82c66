import type { dynamic } from "@pulumi/pulumi";
import { ClusterDnsError, readConfigMap } from "../../kube/clusterDns";
import { stubFormats } from "../../lib/dns/stubDomains";
import type { StubDomainOutputs } from "./state";

/** Reads what the cluster has of the zones. */
export async function read(
    id: string,
    props: StubDomainOutputs | undefined,
): Promise<dynamic.ReadResult<StubDomainOutputs>> {
    if (props?.zones === undefined) {
        throw new ClusterDnsError(
            "StubDomains cannot be imported: an update adopts what this stack made earlier.",
        );
    }
    const { clusterUid, ...inputs } = props;
    const found = await readConfigMap(props, props.configMap);
    if (found === undefined) return { id: "" };
    const block = stubFormats[props.adapter].read(found, props.zones);
    // As an input too: so a preview shows the text that the cluster has beside the one it should have.
    return { id, props: { ...inputs, block, clusterUid }, inputs: { ...inputs, block } };
}
