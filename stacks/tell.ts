import * as pulumi from "@pulumi/pulumi";
import type { EastWestGateway } from "../components/eastWestGateway";
import type { ExistingIstio } from "../components/existingIstio";
import type { Istio } from "../components/istio";
import { missingChains } from "../kube/gatewayChains";
import { KubectlError } from "../kube/kubectl";
import { gatewayNamespace } from "../lib/cluster/findings";
import type { ClusterStackSettings } from "../lib/config/clusterStack";
import type { GatewayAddress } from "../lib/mesh/contract";
import { wasOffered } from "../lib/mesh/leaving";
import { inParts } from "../lib/base/inParts";
import { sni } from "../lib/base/names";
import { exportOutput } from "./exportOutput";
import { gatewayAddress } from "./gatewayAddress";
import type { Exported } from "./leave";
import type { Sources } from "./places";
import type { ClusterPlan, PlannedExport } from "./plan";
import { settled } from "./settled";

/** The components that serve a cluster's exports. */
interface Serving {
    readonly istio: Istio | ExistingIstio;
    readonly gateway: EastWestGateway;
    readonly exported: Exported;
}

/** How long new exports are gathered before the gateway is asked for them, milliseconds; each time its proxies dump all they have. */
const partMs = 5000;

/**
 * Tells the peers of the `mesh` command that goes on where this cluster's gateway is, as soon as it serves: in a preview
 * what of that is known, in an update what was served before at once, and what is new when the gateway's proxies have it.
 */
export async function tellPeers(plan: ClusterPlan, serving: Serving, sources: Sources): Promise<void> {
    const { handover, last } = sources;
    if (handover === undefined) return;
    const { settings, name, exports } = plan;
    const address = gatewayAddress(settings, serving.istio, serving.gateway);
    if (pulumi.runtime.isDryRun()) {
        const hosts = exports.map(({ host }) => host);
        await handover.tell(name, { hosts, gateway: await knownOf(address) });
        return;
    }
    const isServed = (entry: PlannedExport) =>
        last !== undefined && wasOffered(last.exports, exportOutput(entry));
    const tell = async (entries: readonly PlannedExport[]) => {
        const gateway = await settled(address);
        await handover.tell(name, { hosts: entries.map(({ host }) => host), gateway });
    };
    await settled(serving.gateway.ready);
    await tell(exports.filter(isServed));
    const added = exports.filter((entry) => !isServed(entry));
    const written = added.map(async (entry) => {
        const alias = await serving.exported.get(entry.host);
        if (alias === undefined) return [];
        await settled([serving.gateway.passesOn, alias.id]);
        return [entry];
    });
    // Who imports many begins with the first ones while the last ones are still written.
    for await (const part of inParts(written, partMs)) {
        const served = await servedOf(settings, part.flat());
        if (served.length > 0) await tell(served);
    }
}

/** Those exports that the gateway's proxies pass calls on for, once they had the time to learn of them. */
async function servedOf(
    settings: ClusterStackSettings,
    written: readonly PlannedExport[],
): Promise<readonly PlannedExport[]> {
    const namesOf = ({ host, ports }: PlannedExport) => ports.map(({ number }) => sni(host, number));
    try {
        const names = written.flatMap(namesOf);
        const missing = new Set(await missingChains(settings.cluster, gatewayNamespace(settings), names));
        if (missing.size === 0) return written;
        await pulumi.log.warn(
            `The gateway does not pass on calls to ${[...missing].join(", ")} yet, so nobody is told of it. The next update does.`,
        );
        return written.filter((entry) => !namesOf(entry).some((name) => missing.has(name)));
    } catch (error) {
        if (!(error instanceof KubectlError)) throw error;
        // Whoever may not look into the gateway's pods may export all the same.
        await pulumi.log.warn(`Whether the gateway serves what is new can't be seen: ${error.detail}`);
        return written;
    }
}

/** The value of an output in a preview, or null where an update alone can tell it. */
async function knownOf(address: pulumi.Input<unknown>): Promise<GatewayAddress | null> {
    const sent = await pulumi.runtime.serializeProperties("gateway", { address });
    const isUnknown = JSON.stringify(sent).includes(pulumi.runtime.unknownValue);
    return isUnknown ? null : (sent as { readonly address: GatewayAddress }).address;
}
