import { CommandLine } from "../../../cli/commandLine";
import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { newRun, progressText, type Run } from "../../../cli/engine/events";
import { hopelessFailure } from "../../../cli/engine/waitFailure";
import { componentsOf, waitTargets } from "../../../cli/engine/waitTargets";
import { WaitWatch } from "../../../cli/engine/waitWatch";
import type { Cause } from "../../../lib/cluster/causes";

const urn =
    "urn:pulumi:west::p::istio-multicluster:index:GlobalDns$kubernetes:apps/v1:Deployment::global-dns-pods";
const cluster = { stack: "west", access: { kubeconfig: "k", context: "west" } };
const metadata = { name: "global-dns", namespace: "istio-system" };
const inputs = { apiVersion: "apps/v1", kind: "Deployment", metadata };
const state = (given: Record<string, unknown>) => ({
    type: "",
    urn: "",
    id: "",
    parent: "",
    inputs: given,
    outputs: {},
    provider: "",
});
const target = { apiVersion: "apps/v1", kind: "Deployment", ...metadata, isDeleted: false };
const image: Cause = {
    kind: "image",
    text: "pod x can't pull the image y: not found",
    patienceSeconds: 15,
    pod: "x",
    container: "coredns",
};

function runSince(since: number): Run {
    const run = newRun();
    run.running.set(urn, {
        verb: "updating",
        kind: "Deployment",
        name: "global-dns-pods",
        since,
        waitsFor: [target],
    });
    return run;
}

describe("a watch over what a run waits for", () => {
    it("asks nothing of a run that waits for less than ten seconds, and then every five", async () => {
        const asked: number[] = [];
        let now = 0;
        const watch = new WaitWatch(cluster, () => {
            asked.push(now);
            return Promise.resolve([undefined]);
        });
        const run = runSince(100);
        for (now = 100; now < 122; now += 0.5) {
            watch.tick(run, now);
            await turn();
        }
        assert.deepEqual(asked, [110, 115, 120]);
        assert.equal(watch.wordsOf(urn), undefined);
    });

    it("says what it has found, once as news, and ends a run that waits for what will not come", async () => {
        const watch = new WaitWatch(cluster, () => Promise.resolve([image]));
        const run = runSince(100);
        watch.tick(run, 110);
        await turn();
        assert.equal(watch.takeNews(), true);
        assert.equal(watch.takeNews(), false);
        const text = progressText(run, 111, (each) => watch.wordsOf(each));
        assert.equal(
            text,
            "0 done; updating Deployment global-dns-pods (11 s): pod x can't pull the image y: not found",
        );
        assert.equal(watch.signal.aborted, false);
        run.errors.push({ resource: "other", text: "no such field" });
        watch.tick(run, 126);
        await turn();
        assert.equal(watch.signal.aborted, true);
        run.errors.push({ resource: "global-dns-pods", text: "operation canceled" });
        const { messages, nextStep } = hopelessFailure("west", new CommandLine("x", "up"), watch);
        assert.deepEqual(messages, [
            "other: no such field",
            "Deployment istio-system/global-dns: pod x can't pull the image y: not found",
            "The run was ended, because this does not change by waiting.",
        ]);
        assert.equal(
            nextStep.text,
            "Correct dns.image in Pulumi.west.yaml, or see that the nodes can pull it (kubectl --kubeconfig k --context " +
                'west -n istio-system describe pod x). Then run "npm run mesh -- --env x up" again: it goes on from where ' +
                "this run stopped.",
        );
    });

    it("does not forget a cause for a look that got no answer", async () => {
        const looks: Cause[] = [image, { kind: "access", text: "the cluster does not answer: slow" }, image];
        const watch = new WaitWatch(cluster, () => Promise.resolve([looks.shift()]));
        const run = runSince(100);
        for (const now of [110, 115, 125]) {
            watch.tick(run, now);
            await turn();
            assert.equal(watch.wordsOf(urn), image.text);
        }
        assert.equal(watch.signal.aborted, true);
    });

    it("has the last words of what had not ended well", async () => {
        const watch = new WaitWatch(cluster, () => Promise.resolve([{ kind: "other", text: "starting" }]));
        const run = runSince(100);
        watch.tick(run, 110);
        await turn();
        const words = ["Deployment istio-system/global-dns: starting"];
        assert.deepEqual(watch.lastWords(run), words);
        run.running.delete(urn);
        assert.deepEqual(watch.lastWords(run), []);
        run.failed.add(urn);
        assert.deepEqual(watch.lastWords(run), words);
    });

    it("does not end a run whose step has ended, nor for a look that fails", async () => {
        const watch = new WaitWatch(cluster, () => Promise.resolve([image]));
        const run = runSince(100);
        watch.tick(run, 110);
        await turn();
        watch.tick(run, 130);
        run.running.delete(urn);
        await turn();
        assert.equal(watch.signal.aborted, false);
        const broken = new WaitWatch(cluster, () => Promise.reject(new Error("no")));
        broken.tick(runSince(100), 130);
        await turn();
        assert.equal(broken.wordsOf(urn), undefined);
    });
});

describe("what a step waits for", () => {
    it("is the object that its inputs name", () => {
        const type = "kubernetes:apps/v1:Deployment";
        assert.deepEqual(waitTargets({ op: "create", type, new: state(inputs) }), [target]);
        assert.deepEqual(waitTargets({ op: "delete", type, old: state(inputs) }), [
            { ...target, isDeleted: true },
        ]);
        const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "bar" } };
        assert.deepEqual(
            waitTargets({ op: "create", type: "kubernetes:core/v1:Namespace", new: state(namespace) }),
            [{ apiVersion: "v1", kind: "Namespace", name: "bar", isDeleted: false }],
        );
    });

    it("is the Deployments that a resource of the project's own waits for", () => {
        const type = "pulumi-nodejs:dynamic/istio-multicluster:StubDomains";
        const deployment = { namespace: "kube-system", name: "coredns" };
        const coredns = { ...target, ...deployment };
        assert.deepEqual(waitTargets({ op: "update", type, new: state({ deployment }) }), [coredns]);
        const restart = { namespace: "kube-system", deployments: ["coredns"], when: "created" };
        assert.deepEqual(
            waitTargets({
                op: "create",
                type: "pulumi-nodejs:dynamic/istio-multicluster:IstiodRestart",
                new: state(restart),
            }),
            [coredns],
        );
    });

    it("is never a Secret, and nothing where the inputs don't say", () => {
        const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "cacerts", namespace: "a" } };
        const type = "kubernetes:core/v1:Secret";
        assert.deepEqual(waitTargets({ op: "create", type, new: state(secret) }), []);
        assert.deepEqual(waitTargets({ op: "create", type: "tls:index:PrivateKey", new: state({}) }), []);
        assert.deepEqual(waitTargets({ op: "create", type }), []);
    });

    it("belongs to components that its URN names", () => {
        assert.deepEqual(componentsOf(urn), ["GlobalDns"]);
        assert.deepEqual(componentsOf("urn:pulumi:west::p::kubernetes:apps/v1:Deployment::x"), []);
    });
});
