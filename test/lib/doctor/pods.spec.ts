import * as assert from "node:assert/strict";
import { codesOf, findingsOf, pod, serverLists, callerLists, deployment, failed } from "../../support/doctor";

const others = serverLists().Pod;
const bare = { containers: [{ name: "httpbin" }] };
/** The exporter's pods, with the gateway's. */
const withPods = (...pods: readonly ReturnType<typeof pod>[]) => ({
    Pod: [...others.filter(({ metadata }) => metadata.namespace !== "bar"), ...pods],
});

describe("a healthy mesh", () => {
    it("gives no cause, wherever a call ends", () => {
        for (const endedAt of ["name", "sidecar", "gateway", "passage", "workload"] as const)
            assert.deepEqual(codesOf({ call: { endedAt } }), []);
    });
});

describe("the pods behind a host", () => {
    it("are missing where none has the export's labels", () => {
        const [finding, ...more] = findingsOf({ there: withPods(pod("bar", "other")) });
        assert.deepEqual(more, []);
        assert.equal(finding?.code, "no-pods");
        assert.equal(
            finding.cause,
            "No pod in bar has the labels app=httpbin, by which the export selects its pods.",
        );
    });

    it("are not called missing where the pods could not be read, nor where one that ends is not counted", () => {
        assert.deepEqual(codesOf({ there: { Pod: undefined } }), []);
        assert.deepEqual(
            codesOf({
                there: withPods(
                    pod("bar", "httpbin"),
                    pod("bar", "httpbin", { deletionTimestamp: "x", spec: bare }),
                ),
            }),
            [],
        );
    });

    it("are not ready, and one that is ready is enough", () => {
        const waits = pod("bar", "httpbin", { isReady: false });
        assert.deepEqual(codesOf({ there: withPods(waits) }), ["pod-not-ready"]);
        assert.equal(findingsOf({ there: withPods(waits) })[0]?.since, "2026-11-02T00:00:00Z");
        assert.deepEqual(codesOf({ there: withPods(waits, pod("bar", "httpbin")) }), []);
    });

    it("have no sidecar because the pod says no", () => {
        const byLabel = pod("bar", "httpbin", {
            spec: bare,
            labels: { app: "httpbin", "sidecar.istio.io/inject": "false" },
        });
        const byAnnotation = pod("bar", "httpbin", {
            spec: bare,
            annotations: { "sidecar.istio.io/inject": "false" },
        });
        const inNode = pod("bar", "httpbin", { spec: { ...bare, hostNetwork: true } });
        for (const each of [byLabel, byAnnotation, inNode])
            assert.deepEqual(codesOf({ there: withPods(each) }), ["injection-off"]);
        assert.match(
            findingsOf({ there: withPods(byAnnotation) })[0]?.cause ?? "",
            /^pod bar\/httpbin-abc-1, the pod that is called, has no proxy: its annotation sidecar\.istio\.io\/inject is "false"\.$/,
        );
    });

    it("have no sidecar because the namespace asks for none", () => {
        const without = { Namespace: [{ metadata: { name: "bar", labels: { team: "x" } } }] };
        const there = { ...withPods(pod("bar", "httpbin", { spec: bare })), ...without };
        const [finding] = findingsOf({ there });
        assert.equal(finding?.code, "injection-label-missing");
        assert.deepEqual(finding.next, [
            "Label the namespace, then restart the pods: ",
            {
                kubectl: "label namespace bar istio-injection=enabled --overwrite",
                access: { kubeconfig: "cluster2.yaml", context: "cluster2" },
                writes: true,
            },
            " && ",
            {
                kubectl: "-n bar rollout restart deployment/httpbin",
                access: { kubeconfig: "cluster2.yaml", context: "cluster2" },
                writes: true,
            },
        ]);
        // A label that was taken away harms nobody whose pods have their sidecars still.
        assert.deepEqual(codesOf({ there: without }), []);
    });

    it("have no sidecar because the injector is gone, or was not there when they were made", () => {
        const there = withPods(pod("bar", "httpbin", { spec: bare }));
        assert.deepEqual(codesOf({ there: { ...there, MutatingWebhookConfiguration: [] } }), [
            "injector-missing",
        ]);
        assert.deepEqual(codesOf({ there }), ["pod-older-than-injection"]);
    });

    it("need no sidecar beside one that has it, and as an init container it is one", () => {
        const native = pod("bar", "httpbin", {
            spec: { ...bare, initContainers: [{ name: "istio-proxy" }] },
        });
        assert.deepEqual(codesOf({ there: withPods(native) }), []);
        assert.deepEqual(
            codesOf({ there: withPods(pod("bar", "httpbin", { spec: bare }), pod("bar", "httpbin")) }),
            [],
        );
    });

    it("need none for a call of their own cluster", () => {
        const there = withPods(pod("bar", "httpbin", { spec: bare }), pod("foo", "sleep"));
        const call = { caller: { ...failed.caller, cluster: "cluster2" } };
        assert.deepEqual(
            codesOf({
                call,
                there: { ...there, Deployment: [...serverLists().Deployment, deployment("foo", "sleep")] },
            }),
            [],
        );
    });

    it("have a sidecar of a revision that is not there, which is said where nothing else is found", () => {
        const annotations = { "sidecar.istio.io/status": '{"containers":["istio-proxy"],"revision":"1-20"}' };
        const there = withPods(pod("bar", "httpbin", { annotations }));
        assert.deepEqual(codesOf({ there }), ["sidecar-of-another-revision"]);
        const same = { "sidecar.istio.io/status": '{"revision":"default"}' };
        assert.deepEqual(codesOf({ there: withPods(pod("bar", "httpbin", { annotations: same })) }), []);
    });
});

describe("the pod that calls", () => {
    it("has no sidecar", () => {
        const Pod = [
            ...callerLists().Pod.filter(({ metadata }) => metadata.namespace !== "foo"),
            pod("foo", "sleep", { spec: bare }),
        ];
        const call = { endedAt: "sidecar" } as const;
        assert.deepEqual(codesOf({ call, here: { Pod } }), ["caller-without-sidecar"]);
        const neighbour = pod("foo", "other", { spec: bare });
        assert.deepEqual(codesOf({ call, here: { Pod: [...callerLists().Pod, neighbour] } }), []);
    });
});
