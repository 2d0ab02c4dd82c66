import * as path from "node:path";
import { readGatewayService } from "../../kube/gatewayService";
import { KubectlError } from "../../kube/kubectl";
import type { ShownCommand } from "../commandLine";
import { systemNamespace } from "../../lib/config/istio";
import type { ClusterOutputs, GatewayAddress, GatewayPlace } from "../../lib/mesh/contract";
import { gatewayDrift } from "../../lib/mesh/gatewayDrift";
import { gatewayPlace } from "../../lib/mesh/gatewayPlace";

/**
 * Says how a cluster's gateway differs from what its stack's outputs tell the others, or undefined where it does not.
 *
 * An update compares with the state alone and would miss it, while every importing cluster's calls fail. A cluster that
 * does not answer counts as unchanged: its own update says what is wrong with it.
 *
 * @param folder the project folder, which the kubeconfig's path is relative to
 */
export async function findGatewayDrift(folder: string, outputs: ClusterOutputs): Promise<string | undefined> {
    const access = { kubeconfig: path.resolve(folder, outputs.kubeconfig), context: outputs.context };
    try {
        const { namespace = systemNamespace } = outputs.gateway;
        return gatewayDrift(outputs.gateway, await readGatewayService(access, namespace));
    } catch (error) {
        if (error instanceof KubectlError) return undefined;
        throw error;
    }
}

/** The line that says why a run reads a cluster's real state first, without being told to. */
export function driftSentence(cluster: string, drift: string): string {
    return `${cluster}: ${drift}, so its real state is read first, as with --refresh.`;
}

/**
 * Where a previewed update moves a cluster's gateway to, and which of the importing clusters then have to follow.
 * Undefined where nobody has to.
 *
 * @param importers outputs of the clusters that import from it
 * @param up the command that would make the update
 */
export function gatewayMove(
    { before, after }: { readonly before?: ClusterOutputs; readonly after?: ClusterOutputs },
    importers: readonly ClusterOutputs[],
    up: ShownCommand,
): string | undefined {
    if (before === undefined || after === undefined || !isKnown(after.gateway)) return undefined;
    const moves = importers.flatMap(({ cluster }) => {
        const [from, to] = [before, after].map(({ gateway }) => placeText(gatewayPlace(gateway, cluster)));
        return from === to ? [] : [`${cluster} (${from} becomes ${to})`];
    });
    return moves.length === 0
        ? undefined
        : `its gateway moves, and "${up.text}" then also updates: ${moves.join(", ")}`;
}

/** In a preview, what only an update can tell is a text in place of a number or a list. */
function isKnown({ addresses, port, peers = {} }: GatewayAddress): boolean {
    const places: readonly GatewayPlace[] = [{ addresses, port }, ...Object.values(peers)];
    return places.every((place) => Array.isArray(place.addresses) && typeof place.port === "number");
}

function placeText({ addresses, port }: GatewayPlace): string {
    return addresses.length === 0 ? "no address" : addresses.map((each) => `${each}:${port}`).join(", ");
}
