import { type Edited, editConfigMap } from "../../kube/clusterDns";
import { newContents, stubFormats, withoutStubDomains } from "../../lib/dns/stubDomains";
import type { Contents } from "../../lib/dns/stubFormat";
import { missing } from "./errors";
import type { StubDomainInputs } from "./state";

/**
 * Merges the zones into the ConfigMap.
 *
 * @param takeOver whether zones of another owner become ours
 */
export function mergeZones(inputs: StubDomainInputs, takeOver: boolean): Promise<Edited> {
    const { adapter, configMap, owner } = inputs;
    const format = stubFormats[adapter];
    return editConfigMap(inputs, configMap, (found) => {
        if (found === undefined && format.comesWithCluster) throw missing("ConfigMap", configMap, inputs);
        return format.merge(found ?? newContents(owner), inputs, { takeOver });
    });
}

/** What a ConfigMap holds beside our zones; undefined for no ConfigMap at all. */
export function withoutOurs(
    { adapter, zones, owner }: StubDomainInputs,
    found: Contents | undefined,
): Contents | undefined {
    return found && withoutStubDomains(stubFormats[adapter], found, zones, owner);
}
