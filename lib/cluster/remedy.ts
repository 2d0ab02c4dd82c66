import type { Cause } from "./causes";
import { targetText, type WaitTarget } from "./waiting";

/** Where an object that waits comes from. */
export interface Origin {
    readonly target: WaitTarget;
    /** Types of the components that it belongs to, such as `GlobalDns`. */
    readonly components: readonly string[];
    /** Name of its stack. */
    readonly stack: string;
    /** How kubectl is called for its cluster, such as `kubectl --context west`. */
    readonly kubectl: string;
}

/** Containers that istiod puts into pods. */
const proxies = ["istio-proxy", "istio-init", "istio-validation"];

/** Settings that decide something of an object's pods. */
interface Settings {
    readonly image: string;
    /** What the pods ask for, and how many there are. */
    readonly size: string;
}

/** The settings behind an object's pods, or undefined where it is not one of the mesh's own. */
function settingsOf({ components, target }: Origin, container: string): Settings | undefined {
    const istioImage = "istio.hub and istio.tag";
    const settings: Readonly<Record<string, Settings>> = {
        GlobalDns: { image: "dns.image", size: "dns.replicas" },
        EastWestGateway: { image: istioImage, size: "gateway.resources or gateway.replicas" },
        EgressGateway: { image: istioImage, size: "egress.resources or egress.replicas" },
        Istio: { image: istioImage, size: "istio.values" },
        SampleApps: { image: `sampleApps.${target.name}.image`, size: `sampleApps.${target.name}` },
    };
    const found = components.map((name) => settings[name]).find((each) => each !== undefined);
    return found && proxies.includes(container) ? { ...found, image: istioImage } : found;
}

/** What to do about a cause, as the begin of a sentence without a full stop. */
export function remedyOf(cause: Cause, origin: Origin): string {
    const { target, stack, kubectl } = origin;
    const { kind, pod, container = "" } = cause;
    const file = `Pulumi.${stack}.yaml`;
    const settings = settingsOf(origin, container);
    const inNamespace = target.namespace === undefined ? kubectl : `${kubectl} -n ${target.namespace}`;
    const object = `${target.kind.toLowerCase()} ${target.name}`;
    const look = `${inNamespace} describe ${pod === undefined ? object : `pod ${pod}`}`;
    switch (kind) {
        case "image":
            return settings === undefined
                ? `Correct the image of ${targetText(target)}, or see that the nodes can pull it (${look})`
                : `Correct ${settings.image} in ${file}, or see that the nodes can pull it (${look})`;
        case "crash": {
            const log = `${inNamespace} logs ${pod ?? ""} -c ${container} --previous`;
            return settings === undefined
                ? `See its log (${log})`
                : `See its log (${log}), and whether ${settings.image} in ${file} is right`;
        }
        case "quota":
            return (
                `Raise the quota (${inNamespace} describe resourcequota)` +
                (settings === undefined ? "" : `, or ask for less by ${settings.size} in ${file}`)
            );
        case "schedule":
            return (
                `Make room for it on a node (${kubectl} describe nodes shows the taints and what is free)` +
                (settings === undefined ? "" : `, or change ${settings.size} in ${file}`)
            );
        case "config":
            return `Make what it lacks, or correct what asks for it (${look})`;
        case "refused":
            return `Change what refuses it, or what it is refused for (${inNamespace} get events)`;
        case "namespace":
            return `Make the namespace (${kubectl} create namespace ${target.namespace ?? ""}), or name another in ${file}`;
        case "loadBalancer":
            return (
                `See why no address comes (${look}); in a cluster without load balancers leave out gateway.type in ` +
                file
            );
        case "deletion":
            return `See what it waits for (${inNamespace} get ${object} -o yaml)`;
        default:
            return `See what it waits for (${look})`;
    }
}
