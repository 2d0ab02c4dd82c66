import { isWithin } from "../base/names";
import { isKind, type Judged, listAt, mapAt, type Rule } from "./rule";

const isEntry = (type: string) => isKind(type, "networking.istio.io", "ServiceEntry");
const isPolicy = (type: string) => isKind(type, "security.istio.io", "AuthorizationPolicy");
const nameOf = ({ props }: Judged) => mapAt(props, "metadata")["name"];

/** An export is the alias of pods of this cluster, and who may call it stands in a policy of the same name. */
export const namedCallers: Rule = {
    name: "named-callers",
    description: "In production each export names who may call it.",
    concerns: (type) => isEntry(type) || isPolicy(type),
    judgeAll: (resources, { policy: { production }, suffixes }) => {
        if (!production) return [];
        const closed = new Set(resources.filter(({ type }) => isPolicy(type)).map(nameOf));
        const isExport = ({ type, props }: Judged) =>
            isEntry(type) &&
            "workloadSelector" in mapAt(props, "spec") &&
            listAt(mapAt(props, "spec"), "hosts").some((host) =>
                suffixes.some((suffix) => isWithin(String(host), suffix)),
            );
        return resources
            .filter((resource) => isExport(resource) && !closed.has(nameOf(resource)))
            .map(({ urn }) => ({
                urn,
                sentence:
                    "Every workload of every cluster may call this export, since it names no caller; give its entry in exports an " +
                    "allowedFrom.",
            }));
    },
};
