import type { ObjectName } from "../../kube/clusterDns";
import type { ClusterAccess } from "../../kube/kubectl";
import type { StubAdapter } from "../../lib/base/dnsAdapter";
import type { StubDomains } from "../../lib/dns/stubFormat";

/** What the resource is told. Kept in the state, so that a later version of this file must still understand it. */
export interface StubDomainInputs extends ClusterAccess, StubDomains {
    readonly adapter: StubAdapter;
    readonly configMap: ObjectName;
    readonly deployment: ObjectName;
    readonly primaryServer?: string;
    /** What the ConfigMap shall have, computed here; a refresh puts what the cluster has in its place. */
    readonly block?: string;
}

/** What is known after a create or an update. */
export interface StubDomainOutputs extends StubDomainInputs {
    readonly block: string;
    /** Identity of the cluster: the uid of its namespace kube-system. Only inputs that a refresh has read are without. */
    readonly clusterUid?: string;
}

/** The id of the resource: its ConfigMap. */
export function idOf({ configMap }: StubDomainInputs): string {
    return `${configMap.namespace}/${configMap.name}`;
}
