import assert from "node:assert/strict";
import fc from "fast-check";
import type { Cause, CauseKind } from "../../../lib/cluster/causes";
import { refusalCause, scheduleCause, squeezed } from "../../../lib/cluster/causes";
import type { ClusterObject, ContainerState, Taint } from "../../../lib/cluster/kubeObjects";
import { causeOf, type WaitTarget } from "../../../lib/cluster/waiting";

const namespace = "istio-system";
const target: WaitTarget = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    namespace,
    name: "global-dns",
    isDeleted: false,
};
const image = "lab.local/corends:1";

function object(kind: string, name: string, more: Partial<ClusterObject> = {}): ClusterObject {
    const { metadata, ...rest } = more;
    return { kind, ...rest, metadata: { name, namespace, uid: `${kind}-${name}`, ...metadata } };
}

function ownedBy(owner: string): Partial<ClusterObject["metadata"]> {
    return { ownerReferences: [{ uid: owner }] };
}

function event(about: string, reason: string, message: string, count = 1, second = 1): ClusterObject {
    return object("Event", `${about}.${reason}`, {
        involvedObject: { uid: about },
        reason,
        message,
        count,
        lastTimestamp: `2026-01-01T00:00:0${second}Z`,
    });
}

const deployment = object("Deployment", "global-dns", {
    spec: { replicas: 1 },
    status: { replicas: 2, updatedReplicas: 1, availableReplicas: 1 },
});
const oldSet = object("ReplicaSet", "global-dns-old", {
    metadata: {
        name: "global-dns-old",
        ...ownedBy("Deployment-global-dns"),
        annotations: { "deployment.kubernetes.io/revision": "9" },
    },
});
const newSet = object("ReplicaSet", "global-dns-new", {
    metadata: {
        name: "global-dns-new",
        ...ownedBy("Deployment-global-dns"),
        annotations: { "deployment.kubernetes.io/revision": "10" },
    },
});

/** A pod of the new ReplicaSet, whose node is known. */
function pod(container: ContainerState, conditions: NonNullable<ClusterObject["status"]>["conditions"] = []) {
    return object("Pod", "global-dns-new-x", {
        metadata: { name: "global-dns-new-x", ...ownedBy("ReplicaSet-global-dns-new") },
        spec: { nodeName: "cluster2", containers: [{ name: "coredns", image }] },
        status: { phase: "Pending", conditions, containerStatuses: [{ name: "coredns", ...container }] },
    });
}

function causeWith(...more: readonly ClusterObject[]): Cause | undefined {
    return causeOf(target, [deployment, oldSet, newSet, ...more]);
}

const uid = "Pod-global-dns-new-x";
const waiting = (reason: string, message = "") => ({ state: { waiting: { reason, message } } });
const pulled = (words: string) => `Failed to pull image "${image}": ${words}`;
const notFound =
    `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": ` +
    `failed to resolve reference "${image}": ${image}: not found`;
const noHost =
    `failed to pull and unpack image "${image}": failed to resolve reference "${image}": failed to do request: ` +
    `Head "https://lab.local/v2/corends/manifests/1": dial tcp: lookup lab.local: no such host`;
const slow =
    `failed to pull and unpack image "${image}": failed to resolve reference "${image}": failed to do request: ` +
    `Head "https://lab.local/v2/corends/manifests/1": dial tcp 10.0.0.1:443: i/o timeout`;

function pulls(words: string, tries: number): Cause | undefined {
    return causeWith(
        pod(waiting("ImagePullBackOff", `Back-off pulling image "${image}"`)),
        event(uid, "Pulling", `Pulling image "${image}"`, tries, 1),
        event(uid, "Failed", pulled(words), tries, 2),
        event(uid, "Failed", "Error: ErrImagePull", tries, 3),
    );
}

/** What is seen, the kind it is taken for, whether it heals, and a part of what is said. */
const table: readonly (readonly [string, () => Cause | undefined, CauseKind, boolean, string])[] = [
    [
        "an image that the registry doesn't know, once",
        () => pulls(notFound, 1),
        "image",
        true,
        `pod global-dns-new-x can't pull the image ${image}: failed to pull and unpack`,
    ],
    [
        "an image that the registry doesn't know, twice",
        () => pulls(notFound, 2),
        "image",
        false,
        `pod global-dns-new-x can't pull the image ${image} (tried 2 times): failed to pull and unpack`,
    ],
    ["a registry that no name server knows, twice", () => pulls(noHost, 2), "image", true, "no such host"],
    [
        "a registry that no name server knows, three times",
        () => pulls(noHost, 3),
        "image",
        false,
        "no such host",
    ],
    [
        "a registry whose name servers fail, three times",
        () => pulls(noHost.replace("no such host", "Temporary failure in name resolution"), 3),
        "image",
        false,
        "Temporary failure in name resolution",
    ],
    ["a registry that is slow, ever so often", () => pulls(slow, 9), "image", true, "i/o timeout"],
    [
        "an image name that is none",
        () => causeWith(pod(waiting("InvalidImageName", 'couldn\'t parse image name "A B"'))),
        "image",
        false,
        "InvalidImageName: couldn't parse image name",
    ],
    [
        "a ConfigMap that a container's environment names",
        () => causeWith(pod(waiting("CreateContainerConfigError", 'configmap "gone" not found'))),
        "config",
        false,
        'pod global-dns-new-x can\'t be started: CreateContainerConfigError: configmap "gone" not found',
    ],
    [
        "a ConfigMap that a volume names",
        () =>
            causeWith(
                pod(waiting("ContainerCreating")),
                event(
                    uid,
                    "FailedMount",
                    'MountVolume.SetUp failed for volume "config" : configmap "gone" not found',
                ),
            ),
        "config",
        false,
        'configmap "gone" not found',
    ],
    [
        "the ConfigMap that istiod will write",
        () =>
            causeWith(
                pod(waiting("ContainerCreating")),
                event(
                    uid,
                    "FailedMount",
                    'MountVolume.SetUp failed: configmap "istio-ca-root-cert" not found',
                ),
            ),
        "config",
        true,
        "istio-ca-root-cert",
    ],
    [
        "a container that has crashed twice",
        () =>
            causeWith(
                pod({
                    ...waiting("CrashLoopBackOff", "back-off 20s restarting failed container"),
                    restartCount: 2,
                    lastState: { terminated: { reason: "Error", exitCode: 1 } },
                }),
            ),
        "crash",
        true,
        "pod global-dns-new-x keeps crashing (container coredns, it ended with 1)",
    ],
    [
        "a container that has crashed three times",
        () =>
            causeWith(
                pod({
                    ...waiting("CrashLoopBackOff"),
                    restartCount: 3,
                    lastState: { terminated: { reason: "OOMKilled", exitCode: 137 } },
                }),
            ),
        "crash",
        false,
        "it took more memory than its limit",
    ],
    [
        "a container that has crashed and runs again for a moment",
        () =>
            causeWith(
                pod({
                    state: { running: {} },
                    ready: false,
                    restartCount: 1,
                    lastState: { terminated: { reason: "Completed", exitCode: 0 } },
                }),
            ),
        "crash",
        true,
        "pod global-dns-new-x keeps crashing (container coredns, it ended with 0)",
    ],
    [
        "a program that the image lacks",
        () =>
            causeWith(
                pod(
                    waiting(
                        "RunContainerError",
                        'failed to create containerd task: exec: "/coredns": stat /coredns: no such file or directory',
                    ),
                ),
            ),
        "config",
        false,
        "no such file or directory",
    ],
    [
        "a probe that fails",
        () =>
            causeWith(
                pod({ state: { running: {} }, ready: false }),
                event(uid, "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503"),
            ),
        "other",
        true,
        "runs and is not ready yet: Readiness probe failed: HTTP probe failed with statuscode: 503",
    ],
    [
        "a large image under way",
        () => causeWith(pod(waiting("ContainerCreating")), event(uid, "Pulling", `Pulling image "${image}"`)),
        "other",
        true,
        `pod global-dns-new-x is pulling image "${image}"`,
    ],
    [
        "a pod without network",
        () =>
            causeWith(
                pod(waiting("ContainerCreating")),
                event(
                    uid,
                    "FailedCreatePodSandBox",
                    "Failed to create pod sandbox: plugin type=bridge failed",
                ),
            ),
        "other",
        true,
        "is not started yet: Failed to create pod sandbox: plugin type=bridge failed",
    ],
    [
        "a node's taint",
        () =>
            causeWith(
                pod({}, [
                    {
                        type: "PodScheduled",
                        status: "False",
                        reason: "Unschedulable",
                        message:
                            "0/1 nodes are available: 1 node(s) had untolerated taint {dedicated: others}. no new claims to " +
                            "deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
                    },
                ]),
            ),
        "schedule",
        false,
        "pod global-dns-new-x can't be scheduled: 0/1 nodes are available: 1 node(s) had untolerated taint {dedicated: others}",
    ],
    [
        "a quota",
        () =>
            causeOf(target, [
                {
                    ...deployment,
                    status: {
                        ...deployment.status,
                        updatedReplicas: 0,
                        conditions: [
                            {
                                type: "ReplicaFailure",
                                status: "True",
                                reason: "FailedCreate",
                                message:
                                    'pods "global-dns-new-x" is forbidden: exceeded quota: few, requested: pods=1, used: ' +
                                    "pods=2, limited: pods=2",
                            },
                        ],
                    },
                },
                newSet,
            ]),
        "quota",
        false,
        'no pod can be made: pods "global-dns-new-x" is forbidden: exceeded quota: few, requested: pods=1',
    ],
    [
        "old pods that stay",
        () =>
            causeOf(target, [
                {
                    ...deployment,
                    status: { replicas: 2, updatedReplicas: 1, availableReplicas: 2 },
                },
                newSet,
            ]),
        "other",
        true,
        "1 of its old pods are still there",
    ],
    [
        "a controller that sleeps",
        () =>
            causeOf(target, [
                { ...deployment, metadata: { ...deployment.metadata, generation: 2 }, status: {} },
            ]),
        "other",
        true,
        "its controller has not seen it yet",
    ],
    [
        "a load balancer without an address",
        () =>
            causeOf({ ...target, apiVersion: "v1", kind: "Service", name: "gateway" }, [
                object("Service", "gateway", {
                    spec: { type: "LoadBalancer" },
                    status: { loadBalancer: {} },
                }),
                event(
                    "Service-gateway",
                    "SyncLoadBalancerFailed",
                    "Error syncing load balancer: quota of addresses",
                ),
            ]),
        "loadBalancer",
        true,
        "it has no load balancer's address yet: SyncLoadBalancerFailed: Error syncing load balancer: quota of addresses",
    ],
    [
        "a load balancer that nobody makes",
        () =>
            causeOf({ ...target, apiVersion: "v1", kind: "Service", name: "gateway" }, [
                object("Service", "gateway", { spec: { type: "LoadBalancer" } }),
            ]),
        "loadBalancer",
        true,
        "nothing in the cluster has said that it makes one",
    ],
    [
        "a claim",
        () =>
            causeOf({ ...target, apiVersion: "v1", kind: "PersistentVolumeClaim", name: "disk" }, [
                object("PersistentVolumeClaim", "disk", { status: { phase: "Pending" } }),
                event("PersistentVolumeClaim-disk", "ProvisioningFailed", 'storageclass "fast" not found'),
            ]),
        "claim",
        true,
        'it is Pending: storageclass "fast" not found',
    ],
    [
        "a namespace that stays",
        () =>
            causeOf({ apiVersion: "v1", kind: "Namespace", name: "bar", isDeleted: true }, [
                {
                    kind: "Namespace",
                    metadata: { name: "bar", deletionTimestamp: "now" },
                    status: {
                        conditions: [
                            { type: "NamespaceDeletionDiscoveryFailure", status: "False", message: "ok" },
                            {
                                type: "NamespaceFinalizersRemaining",
                                status: "True",
                                message:
                                    "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances",
                            },
                        ],
                    },
                },
            ]),
        "deletion",
        true,
        "its deletion has begun and waits: Some content in the namespace has finalizers remaining: example.com/hold in 1",
    ],
    [
        "an object with somebody's finalizer",
        () =>
            causeOf({ ...target, isDeleted: true }, [
                {
                    ...deployment,
                    metadata: {
                        ...deployment.metadata,
                        deletionTimestamp: "now",
                        finalizers: ["foregroundDeletion", "example.com/hold"],
                    },
                },
            ]),
        "deletion",
        true,
        "its deletion has begun and waits until whoever set its finalizer example.com/hold takes that off",
    ],
    [
        "a pod that does not end",
        () =>
            causeOf({ ...target, isDeleted: true }, [
                { ...deployment, metadata: { ...deployment.metadata, deletionTimestamp: "now" } },
                newSet,
                pod({ state: { running: {} } }),
            ]),
        "deletion",
        true,
        "its deletion has begun and waits for pod global-dns-new-x on node cluster2 to end",
    ],
];

describe("what an object waits for", () => {
    for (const [what, make, kind, heals, said] of table) {
        it(`is told by the cluster: ${what}`, () => {
            const cause = make();
            assert.ok(cause, "no cause");
            assert.equal(cause.kind, kind, cause.text);
            assert.equal(cause.patienceSeconds === undefined, heals, cause.text);
            assert.ok(cause.text.includes(said), cause.text);
            assert.doesNotMatch(cause.text, /rpc error|preemption/);
        });
    }

    it("is nothing where all is well", () => {
        const done = { replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
        assert.equal(causeOf(target, [{ ...deployment, status: done }, newSet]), undefined);
        assert.equal(causeOf(target, []), undefined);
    });

    it("is not what a pod of an older template says", () => {
        const old = object("Pod", "global-dns-old-x", {
            metadata: { name: "global-dns-old-x", ...ownedBy("ReplicaSet-global-dns-old") },
            status: {
                containerStatuses: [{ name: "coredns", ...waiting("InvalidImageName", "no") }],
            },
        });
        assert.equal(causeWith(old)?.kind, "other");
    });
});

describe("what no node takes", () => {
    const heals = (words: string, isGrowing = false) =>
        scheduleCause("x", words, isGrowing).patienceSeconds === undefined;

    for (const [words, expected] of [
        ["0/3 nodes are available: 3 node(s) had untolerated taint {a: b}.", false],
        ["0/3 nodes are available: 3 node(s) had untolerated taint(s).", true],
        ["0/1 nodes are available: 1 node(s) were unschedulable.", false],
        ["0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory.", false],
        ["0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {a: b}.", false],
        ["0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }.", true],
        [
            "0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }.",
            true,
        ],
        [
            "0/1 nodes are available: 1 node(s) had untolerated taint {node.cloudprovider.kubernetes.io/uninitialized: true}.",
            true,
        ],
        [
            "0/1 nodes are available: 1 node(s) had untolerated taint {node.cilium.io/agent-not-ready: }.",
            true,
        ],
        [
            "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }.",
            true,
        ],
        ["no nodes available to schedule pods", true],
        ["0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.", true],
    ] as const) {
        it(`${expected ? "may be taken later" : "stays"}: ${words}`, () => {
            assert.equal(heals(words), expected);
            assert.ok(heals(words, true), "more nodes may come");
        });
    }
});

describe("what no node takes for its taints, which the scheduler does not name", () => {
    const words =
        "0/1 nodes are available: 1 node(s) had untolerated taint(s). no new claims to deallocate, preemption: none.";
    const tainted = (...taints: readonly Taint[]) =>
        scheduleCause("x", words, false, [{ kind: "Node", metadata: { name: "n" }, spec: { taints } }]);
    const others = { key: "dedicated", value: "others", effect: "NoSchedule" };

    it("stays with a taint that somebody has set", () => {
        assert.deepEqual(tainted(others, { key: "soft", effect: "PreferNoSchedule" }), {
            kind: "schedule",
            text:
                "pod x can't be scheduled: 0/1 nodes are available: 1 node(s) had untolerated taint(s) " +
                "(taints: dedicated=others:NoSchedule)",
            patienceSeconds: 20,
            pod: "x",
        });
    });

    it("may be taken later with one of a node that is not ready yet", () => {
        const cause = tainted(others, { key: "node.kubernetes.io/not-ready", effect: "NoExecute" });
        assert.equal(cause.patienceSeconds, undefined);
    });
});

describe("what the API server refuses", () => {
    for (const [words, kind, patience] of [
        ['pods "x" is forbidden: failed quota: q: must specify limits.cpu for: coredns', "quota", 15],
        [
            'pods "x" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false',
            "refused",
            15,
        ],
        ['admission webhook "check.example.com" denied the request: no images of others', "refused", 15],
        [
            'pods "x" is forbidden: maximum memory usage per Container is 64Mi, but limit is 128Mi',
            "refused",
            15,
        ],
        [
            'Internal error occurred: failed calling webhook "namespace.sidecar-injector.istio.io": failed to call webhook: ' +
                'Post "https://istiod.istio-system.svc:443/inject?timeout=10s": dial tcp 10.91.0.7:443: connect: connection refused',
            "refused",
            undefined,
        ],
        [
            'pods "x" is forbidden: error looking up service account bar/httpbin: serviceaccount "httpbin" not found',
            "refused",
            undefined,
        ],
        ["etcdserver: request timed out", "refused", undefined],
    ] as const) {
        it(words.slice(0, 70), () => {
            const cause = refusalCause(words);
            assert.equal(cause.kind, kind);
            assert.equal(cause.patienceSeconds, patience);
            assert.ok(cause.text.startsWith("no pod can be made: "));
        });
    }
});

it("the cluster's words become one line of bounded length", () => {
    fc.assert(
        fc.property(fc.string({ maxLength: 2000 }), (words) => {
            const text = squeezed(words);
            assert.ok(text.length <= 403 && !text.includes("\n"));
        }),
    );
});
