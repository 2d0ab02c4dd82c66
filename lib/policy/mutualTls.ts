import { isWithin } from "../base/names";
import { parseStackFile } from "../base/stackFileText";
import { isKind, type Judged, listAt, mapAt, type Properties, type Rule, type Standards } from "./rule";

const isPeers = (type: string) => isKind(type, "security.istio.io", "PeerAuthentication");
const isRule = (type: string) => isKind(type, "networking.istio.io", "DestinationRule");
const isConfigMap = (type: string) => type === "kubernetes:core/v1:ConfigMap";

/** Mutual TLS is off where a proxy takes, or sends, plain text although both sides could do better. */
export const mutualTls: Rule = {
    name: "mutual-tls",
    description: "Nothing turns mutual TLS off.",
    concerns: (type) => isPeers(type) || isRule(type) || isConfigMap(type),
    judge: (resource, standards) => {
        if (isPeers(resource.type)) return plainPeers(resource);
        return isRule(resource.type) ? plainRules(resource, standards) : plainMesh(resource);
    },
};

function plainPeers({ props }: Judged): readonly string[] {
    const spec = mapAt(props, "spec");
    const ports = Object.keys(mapAt(spec, "portLevelMtls")).map((port) => ["portLevelMtls", port]);
    return [["mtls"], ...ports]
        .filter((path) => mapAt(spec, ...path)["mode"] === "DISABLE")
        .map(
            (path) =>
                `${["spec", ...path].join(".")}.mode makes the pods take plain text; make it STRICT, or remove it.`,
        );
}

function plainRules({ props }: Judged, { suffixes }: Standards): readonly string[] {
    const spec = mapAt(props, "spec");
    const ofMesh = suffixes.some((suffix) => isWithin(String(spec["host"]), suffix));
    return policiesOf(spec).flatMap(([path, policy]) => {
        const { mode } = mapAt(policy, "tls");
        const isOff = mode === "DISABLE" || (ofMesh && mode !== undefined && mode !== "ISTIO_MUTUAL");
        return isOff
            ? [`${path}.tls.mode makes callers do without mutual TLS; make it ISTIO_MUTUAL, or remove it.`]
            : [];
    });
}

/** The traffic policies of a rule, each with its path: its own, its ports' and its subsets'. */
function policiesOf(spec: Properties, path = "spec"): readonly (readonly [string, Properties])[] {
    const own = mapAt(spec, "trafficPolicy");
    const ports = listAt(own, "portLevelSettings").map(
        (each, index) => [`${path}.trafficPolicy.portLevelSettings[${index}]`, asMap(each)] as const,
    );
    const subsets = listAt(spec, "subsets").flatMap((each, index) =>
        policiesOf(asMap(each), `${path}.subsets[${index}]`),
    );
    return [[`${path}.trafficPolicy`, own], ...ports, ...subsets];
}

/** The settings of a control plane are a text in its ConfigMap. */
function plainMesh({ props }: Judged): readonly string[] {
    const { mesh } = mapAt(props, "data");
    if (typeof mesh !== "string" || asMap(parsed(mesh))["enableAutoMtls"] !== false) return [];
    return [
        "data.mesh has enableAutoMtls off, by which sidecars send plain text to each other; remove " +
            "meshConfig.enableAutoMtls from istio.values.",
    ];
}

function parsed(text: string): unknown {
    try {
        return parseStackFile(text);
    } catch {
        // Istiod does not read it either.
        return undefined;
    }
}

function asMap(value: unknown): Properties {
    return mapAt({ value }, "value");
}
