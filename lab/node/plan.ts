/** The bridge in the machine's own network namespace that joins all nodes. */
export const bridge = {
    name: "imc-br0",
    /** The machine's address on the bridge, and every node's default route. */
    address: "172.30.0.1",
    prefixLength: 24,
    range: "172.30.0.0/24",
    mac: macOf("172.30.0.1"),
} as const;

/** Every kernel object of the lab (bridge, veth, cgroup folder) has a name that starts with this. */
export const objectPrefix = "imc-";

/** Held by every command that changes the lab, of whichever checkout. */
export const labLock = "/run/lock/istio-multicluster-lab";

/** One digit of the addresses below is the cluster's number. */
export const maxClusters = 9;

/** What tells one lab cluster, which is one node, from the others. */
export interface NodePlan {
    /** Name of the cluster, of its one node, and of its kubeconfig context. */
    readonly cluster: string;
    /** 1 to 9. */
    readonly number: number;
    /** The node's address on the bridge. */
    readonly address: string;
    /** Hardware address of the node's end of its cable. */
    readonly mac: string;
    /** Range that the cluster's pods are said to be in. */
    readonly podRange: string;
    /** The part of `podRange` that the controller manager gives to the first node, and so where all pods are. */
    readonly nodePodRange: string;
    readonly serviceRange: string;
    /** The bridge's end of the node's cable. */
    readonly veth: string;
    /** Folder, in every cgroup hierarchy, that holds every process of the node. */
    readonly cgroup: string;
    /** Value of the node's label topology.kubernetes.io/region. */
    readonly region: string;
    /** Value of the node's label topology.kubernetes.io/zone. */
    readonly zone: string;
}

/**
 * The plan of one cluster.
 *
 * @param number 1 to 9
 * @throws RangeError for another number
 */
export function nodePlan(number: number): NodePlan {
    if (!Number.isInteger(number) || number < 1 || number > maxClusters) {
        throw new RangeError(`A lab cluster's number is 1 to ${maxClusters}, not ${number}.`);
    }
    const cluster = `cluster${number}`;
    const address = `172.30.0.1${number}`;
    return {
        cluster,
        number,
        address,
        mac: macOf(address),
        podRange: `10.24${number}.0.0/16`,
        nodePodRange: `10.24${number}.0.0/24`,
        serviceRange: `10.9${number}.0.0/16`,
        veth: `${objectPrefix}v${number}`,
        cgroup: `${objectPrefix}${cluster}`,
        region: `r${number}`,
        zone: `z${number}`,
    };
}

/** How many Services of type LoadBalancer a cluster can have. */
const balancerCount = 10;

/**
 * The addresses on the bridge that the cluster's load balancer has to give away, one for each Service: the first three
 * numbers, the last number of the first, and how many follow one another.
 */
export function balancerAddresses({ number }: NodePlan): [prefix: string, first: number, count: number] {
    return [bridge.range.replace(/\.0\/.*$/, ""), 100 + balancerCount * number, balancerCount];
}

/** The plans of clusters 1 to `count`. */
export function nodePlans(count: number): NodePlan[] {
    return Array.from({ length: count }, (_, index) => nodePlan(index + 1));
}

/**
 * A locally administered hardware address that follows from the IPv4 address. The kernel's own choice is random for a
 * cable, and for a bridge it changes with what is connected: others would go on sending to the old one for a while.
 */
export function macOf(address: string): string {
    const bytes = address.split(".").map((byte) => Number(byte).toString(16).padStart(2, "0"));
    return ["02", "00", ...bytes].join(":");
}
