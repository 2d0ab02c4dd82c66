/** A condition in an object's status. */
export interface Condition {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
}

/** What the kubelet says of one container. */
export interface ContainerState {
    readonly name?: string;
    readonly image?: string;
    readonly ready?: boolean;
    readonly restartCount?: number;
    readonly state?: {
        readonly waiting?: { readonly reason?: string; readonly message?: string };
        readonly running?: object;
        readonly terminated?: { readonly reason?: string; readonly exitCode?: number };
    };
    readonly lastState?: {
        readonly terminated?: { readonly reason?: string; readonly exitCode?: number };
    };
}

/** What keeps pods off a node. */
export interface Taint {
    readonly key: string;
    readonly value?: string;
    readonly effect: string;
}

/** The parts of any object of the Kubernetes API, events included, that tell what it waits for. */
export interface ClusterObject {
    readonly kind: string;
    readonly metadata: {
        readonly name: string;
        readonly namespace?: string;
        readonly uid?: string;
        readonly generation?: number;
        readonly deletionTimestamp?: string;
        readonly finalizers?: readonly string[];
        readonly annotations?: Readonly<Record<string, string>>;
        readonly ownerReferences?: readonly { readonly uid: string }[];
    };
    readonly spec?: {
        readonly type?: string;
        readonly replicas?: number;
        readonly nodeName?: string;
        readonly taints?: readonly Taint[];
        readonly containers?: readonly { readonly name: string; readonly image?: string }[];
        readonly initContainers?: readonly { readonly name: string; readonly image?: string }[];
    };
    readonly status?: {
        readonly phase?: string;
        readonly reason?: string;
        readonly message?: string;
        readonly conditions?: readonly Condition[];
        readonly observedGeneration?: number;
        readonly replicas?: number;
        readonly updatedReplicas?: number;
        readonly availableReplicas?: number;
        readonly initContainerStatuses?: readonly ContainerState[];
        readonly containerStatuses?: readonly ContainerState[];
        readonly loadBalancer?: { readonly ingress?: readonly object[] };
    };
    /** Of an event: what it is about, why, and when it was last seen, and how often. */
    readonly involvedObject?: { readonly uid?: string; readonly kind?: string; readonly name?: string };
    readonly reason?: string;
    readonly message?: string;
    readonly count?: number;
    readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
    readonly lastTimestamp?: string | null;
    readonly eventTime?: string | null;
}

/** Objects of one kind. */
export function ofKind(objects: readonly ClusterObject[], kind: string): readonly ClusterObject[] {
    return objects.filter((object) => object.kind === kind);
}

/** Objects of one kind that another object owns. */
export function ownedBy(
    objects: readonly ClusterObject[],
    kind: string,
    owner: ClusterObject,
): readonly ClusterObject[] {
    return ofKind(objects, kind).filter(({ metadata }) =>
        metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid),
    );
}

/** Events about an object, the latest first. */
export function eventsOf(objects: readonly ClusterObject[], about: ClusterObject): readonly ClusterObject[] {
    return ofKind(objects, "Event")
        .filter(({ involvedObject }) => involvedObject?.uid === about.metadata.uid)
        .sort((one, other) => Date.parse(lastSeen(other)) - Date.parse(lastSeen(one)));
}

/** How often events were seen, all together. */
export function totalTimes(events: readonly ClusterObject[]): number {
    return events.reduce((sum, { count, series }) => sum + (series?.count ?? count ?? 1), 0);
}

function lastSeen({ series, lastTimestamp, eventTime }: ClusterObject): string {
    return series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? "1970-01-01T00:00:00Z";
}

/** A condition of a type, if it is true. */
export function trueCondition(object: ClusterObject, type: string): Condition | undefined {
    return object.status?.conditions?.find((each) => each.type === type && each.status === "True");
}
