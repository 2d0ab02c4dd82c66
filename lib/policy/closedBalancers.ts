import { listAt, mapAt, type Rule } from "./rule";

/** The annotations by which clouds keep a load balancer to their own network. */
const internal: readonly (readonly [key: string, value: RegExp])[] = [
    ["service.beta.kubernetes.io/aws-load-balancer-internal", /^(true|0\.0\.0\.0\/0)$/],
    ["service.beta.kubernetes.io/aws-load-balancer-scheme", /^internal$/],
    ["networking.gke.io/load-balancer-type", /^Internal$/],
    ["cloud.google.com/load-balancer-type", /^Internal$/],
    ["service.beta.kubernetes.io/azure-load-balancer-internal", /^true$/],
    ["service.beta.kubernetes.io/oci-load-balancer-internal", /^true$/],
    ["service.beta.kubernetes.io/openstack-internal-load-balancer", /^true$/],
    ["service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", /^intranet$/],
    ["service.beta.kubernetes.io/do-loadbalancer-network", /^INTERNAL$/],
    ["service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", /^private$/],
];
const isText = (value: unknown, pattern: RegExp) => typeof value === "string" && pattern.test(value);
const everywhere = ["0.0.0.0/0", "::/0"];

/** A balancer has an address of the internet unless something says otherwise. */
export const closedBalancers: Rule = {
    name: "closed-balancers",
    description: "No load balancer takes connections from any address, unless policy.openBalancers says so.",
    concerns: (type) => type === "kubernetes:core/v1:Service",
    judge: ({ props }, { policy: { openBalancers } }) => {
        const spec = mapAt(props, "spec");
        if (openBalancers || spec["type"] !== "LoadBalancer") return [];
        const annotations = mapAt(props, "metadata", "annotations");
        const ranges = listAt(spec, "loadBalancerSourceRanges").map(String);
        const isLimited = ranges.length > 0 && !ranges.some((range) => everywhere.includes(range));
        if (isLimited || internal.some(([name, value]) => isText(annotations[name], value))) return [];
        return [
            "The load balancer takes connections from any address; name those of the other clusters in gateway.sourceRanges, keep it " +
                "to the cloud's own network by an annotation in gateway.annotations, or say policy.openBalancers: true.",
        ];
    },
};
