import { ownerText } from "../../lib/mesh/consent";
import type { ClusterOutputs, GatewayPlace } from "../../lib/mesh/contract";
import { table } from "../print/tables";

/** One cluster's outputs, or none when it was never brought up. */
export interface ClusterRow {
    readonly stack: string;
    readonly outputs?: ClusterOutputs;
}

function places({ addresses, port }: GatewayPlace): readonly string[] {
    return addresses.map((address) => `${address}:${port}`);
}

/** The text of `mesh outputs`. It holds nothing secret: the outputs it is made of are plain ones. */
export function outputsText(rows: readonly ClusterRow[]): string {
    const lines = rows.map(({ stack, outputs }) => {
        if (outputs === undefined) return [stack, "not up yet", "", "", "", ""];
        const { gateway, exports, imports, pendingImports, rootFingerprint } = outputs;
        return [
            stack,
            gateway.addresses.length === 0
                ? `${gateway.kind}, no address yet`
                : [
                      ...places(gateway),
                      ...Object.entries(gateway.peers ?? {}).flatMap(([peer, place]) =>
                          places(place).map((text) => `${text} for ${peer}`),
                      ),
                  ].join("\n"),
            exports.map((each) => `${each.host} = ${each.virtualAddress}${ownerText(each)}`).join("\n"),
            imports.map((each) => `${each.host} from ${each.from.join(", ")}${ownerText(each)}`).join("\n"),
            pendingImports
                .map((each) => `${each.host} from ${each.from}${ownerText(each)}: ${each.reason}`)
                .join("\n"),
            rootFingerprint.slice(0, 16),
        ];
    });
    return table(["cluster", "gateway", "exports", "imports", "pending", "root certificate"], lines);
}
