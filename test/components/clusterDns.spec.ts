import assert from "node:assert/strict";
import { ClusterDnsError, rollsWithoutGap } from "../../kube/clusterDns";
import { waitForRollout } from "../../kube/rollout";
import { waitForZone } from "../../kube/zoneCheck";
import type { SoaAnswer } from "../../lib/dns/message";
import { FakeApi } from "../support/fakeApi";

const deploymentPath = "/apis/apps/v1/namespaces/kube-system/deployments/coredns";
const podsPath = "/api/v1/namespaces/kube-system/pods";
const target = { namespace: "kube-system", name: "coredns" };
const impatient = { limitSeconds: 0, intervalMilliseconds: 10 };
const expected = { zone: "global", primaryServer: "dns.global", forwardTo: ["10.91.0.53", "10.91.0.54"] };

function deployment(
    status: Record<string, number>,
    spec: Record<string, unknown> = {},
): Record<string, unknown> {
    return {
        metadata: { name: "coredns", generation: 2 },
        spec: { replicas: 2, selector: { matchLabels: { app: "dns" } }, template: {}, ...spec },
        status: { observedGeneration: 2, ...status },
    };
}

function pod(name: string, ready: boolean, metadata: Record<string, string> = {}): Record<string, unknown> {
    return {
        metadata: { name, ...metadata },
        status: { conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
    };
}

async function messageOf(work: Promise<unknown>): Promise<string> {
    const error: unknown = await work.catch((reason: unknown) => reason);
    assert(error instanceof ClusterDnsError);
    return error.message;
}

describe("clusterDns", () => {
    let api: FakeApi;

    beforeEach(async () => {
        api = await FakeApi.start();
    });

    afterEach(async () => {
        await api.stop();
    });

    describe("waitForRollout", () => {
        const done = { replicas: 2, updatedReplicas: 2, availableReplicas: 2 };

        beforeEach(() => {
            api.set("/api/v1/namespaces/kube-system", { apiVersion: "v1", kind: "Namespace" });
        });

        it("ends when all pods are new and available", async () => {
            api.set(deploymentPath, deployment(done));
            await waitForRollout(api.access, target, impatient);
        });

        for (const [status, progress] of [
            [{ ...done, observedGeneration: 1 }, "its controller has not seen the change"],
            [{ ...done, updatedReplicas: 1 }, "1 of 2 pods are new"],
            [{ ...done, replicas: 3 }, "1 old pods are still there"],
            [{ ...done, availableReplicas: 0 }, "0 of 2 new pods are available"],
        ] as const) {
            it(`says what it waits for: ${progress}`, async () => {
                api.set(deploymentPath, deployment(status));
                assert.equal(
                    await messageOf(waitForRollout(api.access, target, impatient)),
                    `The Deployment kube-system/coredns was not rolled out within 0 seconds: ${progress}. ` +
                        `See "kubectl --kubeconfig ${api.access.kubeconfig} --context fake -n kube-system describe deployment coredns".`,
                );
            });
        }

        describe("that will not come", () => {
            const list = (apiVersion: string, kind: string, ...items: readonly object[]) => ({
                apiVersion,
                kind: `${kind}List`,
                items: items.map((item) => ({ apiVersion, kind, ...item })),
            });
            const owned = (uid: string) => ({ ownerReferences: [{ uid }] });
            const set = (status: object, ...events: readonly object[]) => {
                const found = deployment({ ...done, availableReplicas: 1 });
                api.set(deploymentPath, found);
                const namespaced = "/apis/apps/v1/namespaces/kube-system";
                const metadata = { name: "coredns", generation: 2, uid: "d" };
                api.set(`${namespaced}/deployments`, list("apps/v1", "Deployment", { ...found, metadata }));
                api.set(
                    `${namespaced}/replicasets`,
                    list("apps/v1", "ReplicaSet", { metadata: { name: "s", uid: "s", ...owned("d") } }),
                );
                api.set(
                    podsPath,
                    list("v1", "Pod", { metadata: { name: "dns-1", uid: "p", ...owned("s") }, status }),
                );
                api.set("/api/v1/namespaces/kube-system/events", list("v1", "Event", ...events));
            };
            const patience = { limitSeconds: 20, intervalMilliseconds: 10 };

            it("ends at a pod that keeps crashing", async () => {
                const waiting = { reason: "CrashLoopBackOff" };
                set({ containerStatuses: [{ name: "coredns", restartCount: 1, state: { waiting } }] });
                assert.equal(
                    await messageOf(waitForRollout(api.access, target, patience)),
                    "The Deployment kube-system/coredns does not come up: pod dns-1 keeps crashing (container coredns); " +
                        'its log says "(log not to be had)".',
                );
            });

            it("is told with its cause at the end", async () => {
                const message = "0/1 nodes are available: 1 Insufficient cpu. preemption: none.";
                set({ conditions: [{ type: "PodScheduled", status: "False", message }] });
                assert.equal(
                    await messageOf(waitForRollout(api.access, target, impatient)),
                    "The Deployment kube-system/coredns was not rolled out within 0 seconds: 1 of 2 new pods are available; " +
                        "pod dns-1 can't be scheduled: 0/1 nodes are available: 1 Insufficient cpu. " +
                        `See "kubectl --kubeconfig ${api.access.kubeconfig} --context fake -n kube-system describe deployment coredns".`,
                );
            });
        });
    });

    describe("waitForZone", () => {
        const good: SoaAnswer = { code: "NOERROR", primary: "dns.global" };
        const failure = (problem: string): string =>
            `The cluster DNS of context "fake" did not resolve the zone "global" within 0 seconds: ${problem}.`;

        beforeEach(() => {
            api.set(deploymentPath, deployment({}));
            const leaving = pod("leaving", true, { deletionTimestamp: "now" });
            api.set(podsPath, {
                items: [pod("dns-1", true), pod("dns-2", true), pod("new", false), leaving],
            });
        });

        it("asks every ready pod until each has answered once", async () => {
            const asked: string[] = [];
            await waitForZone(
                api.access,
                target,
                expected,
                { limitSeconds: 20, intervalMilliseconds: 10 },
                (_access, { namespace, name }, zone) => {
                    asked.push(`${namespace}/${name} ${zone}`);
                    return Promise.resolve(
                        asked.length < 3 && name === "dns-2" ? { ...good, code: "SERVFAIL" } : good,
                    );
                },
            );
            assert.deepEqual(asked, [
                "kube-system/dns-1 global",
                "kube-system/dns-2 global",
                "kube-system/dns-2 global",
            ]);
        });

        const name = "pod kube-system/dns-1";
        for (const [answer, problem] of [
            [
                { code: "SERVFAIL", primary: undefined },
                `${name} answers SERVFAIL: the servers that it forwards to (10.91.0.53, 10.91.0.54) do not answer; ` +
                    "check that their pods are ready",
            ],
            [
                { code: "NXDOMAIN", primary: undefined },
                `${name} answers NXDOMAIN without the zone's start: it does not forward the zone to 10.91.0.53, 10.91.0.54 yet`,
            ],
            [
                { code: "NOERROR", primary: "a.nic.global" },
                `${name} answers from another server of that zone, a.nic.global instead of dns.global: ` +
                    "it does not forward the zone to 10.91.0.53, 10.91.0.54 yet",
            ],
        ] as const) {
            it(`names the layer for ${answer.code} from ${answer.primary ?? "nobody"}`, async () => {
                const work = waitForZone(api.access, target, expected, impatient, () =>
                    Promise.resolve(answer),
                );
                assert.equal(await messageOf(work), failure(problem));
            });
        }

        it("says when a pod cannot be asked, or none is ready", async () => {
            assert.equal(
                await messageOf(
                    waitForZone(api.access, target, expected, impatient, () =>
                        Promise.reject(new Error("no tunnel")),
                    ),
                ),
                failure(
                    `${name} could not be asked (no tunnel); check that port-forward to it works and that it listens on port 53`,
                ),
            );
            api.set(podsPath, { items: [pod("new", false)] });
            assert.equal(
                await messageOf(waitForZone(api.access, target, expected, impatient)),
                failure("no pod of the Deployment kube-system/coredns is ready"),
            );
        });
    });

    it("knows when a rolling update leaves a pod serving", () => {
        const rolls = (replicas: number, maxUnavailable?: number | string): boolean =>
            rollsWithoutGap({
                metadata: { name: "coredns" },
                spec: {
                    replicas,
                    selector: {},
                    template: {},
                    ...(maxUnavailable === undefined
                        ? {}
                        : { strategy: { rollingUpdate: { maxUnavailable } } }),
                },
            });
        assert.deepEqual(
            [rolls(2, 1), rolls(1, 1), rolls(1), rolls(1, "25%"), rolls(2, "100%"), rolls(1, 0)],
            [true, false, true, true, false, true],
        );
    });
});
