import { isWithin } from "../base/names";
import { isKind, listAt, mapAt, type Rule } from "./rule";

/** A host of a Gateway may have the namespace of those who see it before a slash. */
const hostOf = (entry: unknown) => String(entry).split("/").at(-1) ?? "";

/** What a gateway names, it lets in. */
export const gatewayHosts: Rule = {
    name: "gateway-hosts",
    description: "Gateways name hosts of the mesh only.",
    concerns: (type) => isKind(type, "networking.istio.io", "Gateway"),
    judge: ({ props }, { suffixes }) =>
        listAt(mapAt(props, "spec"), "servers").flatMap((server, index) =>
            listAt(mapAt({ server }, "server"), "hosts").flatMap((host, at) => {
                if (host === undefined || suffixes.some((suffix) => isWithin(hostOf(host), suffix)))
                    return [];
                return [
                    `spec.servers[${index}].hosts[${at}] is in no domain of mesh.suffixes, so the gateway would let in calls for ` +
                        `something else than the mesh's services; remove it, or add its domain to mesh.suffixes.`,
                ];
            }),
        ),
};
