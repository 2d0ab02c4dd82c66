import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import CliTable from "cli-table3";
import { onCluster } from "../support/cluster";
import { type Cluster, LabMesh, replacePods, rolledOut, serverOf } from "../support/labMesh";
import {
    accessLogs,
    clockOf,
    type Counted,
    countLoad,
    failedInProxies,
    installLoad,
    settleSeconds,
    startLoad,
    stopLoad,
    type Stream,
} from "../support/load";
import type { Settings } from "../support/program";
import { intermediatesOf, proxiesHold, renewedSoon, signedBy } from "../support/workloadCertificates";

const from = "cluster1";
const to = "cluster2";
const other = "cluster3";
const namespace = "bar";
const host = serverOf(to);

/**
 * What calls the server in cluster2 from a pod in cluster1, all the time. The port of `raw` is TCP, so that each of its
 * requests is a connection of its own all the way: through the gateway, to the pod, with a TLS handshake of its own.
 */
const streams: readonly Stream[] = [
    { name: "kept", url: `http://${host}:8000/status/200`, requestsPerSecond: 200, connections: 8 },
    {
        name: "fresh",
        url: "http://raw.bar.global:9000/status/200",
        requestsPerSecond: 20,
        connections: 4,
        fresh: true,
    },
    {
        name: "egress",
        url: "http://out.bar.global:8000/status/200",
        requestsPerSecond: 20,
        connections: 4,
    },
];

const exportOf = (service: string, number: number, protocol: string): Settings => ({
    service,
    namespace,
    selector: { app: "httpbin" },
    serviceAccount: "httpbin",
    ports: [{ name: protocol === "TCP" ? "tcp1" : "http1", number, targetPort: 8080, protocol }],
});

/** Changes of a mesh that is in use. No request may fail, whichever step it falls into. */
describe("a mesh under constant load", function () {
    this.timeout(300_000);
    // Without the load there is nothing to count.
    this.bail(true);
    const mesh = new LabMesh([from, to, other]);
    const table = new CliTable({
        head: ["Tried", "Seconds", ...streams.map(({ name }) => `${name}: requests / failed / slowest`)],
        style: { head: [], border: [] },
    });
    const total = { requests: 0, failed: 0 };
    let counted = 0;
    let began = 0;

    const twice = { gateway: { replicas: 2 }, egress: { replicas: 2 }, dns: dns(from, 2) };
    const [httpbin] = mesh.settings(to)["exports"] as readonly Settings[];
    const offered = [httpbin, exportOf("raw", 9000, "TCP"), exportOf("out", 8000, "HTTP")];
    const used = ["httpbin", "raw", "out"].map((service) => ({
        service,
        namespace,
        from: to,
        via: service === "out" ? "egress" : "direct",
    }));
    const istio = (cluster: Cluster): Settings => ({
        istio: renewedSoon(mesh.settings(cluster)["istio"] as Settings, accessLogs.meshConfig),
    });
    /** The same server in the same namespace of another cluster, which at first offers it to nobody. */
    const second = {
        ...twice,
        dns: dns(other, 2),
        sampleApps: { httpbin: { namespace, image: "lab.local/httpbin:lab" } },
        exports: [],
        imports: [],
    };
    const configure = (change: { ca?: Settings; from?: Settings; to?: Settings; other?: Settings } = {}) => {
        mesh.configure({
            ...(change.ca && { ca: { ca: { ...(mesh.settings("ca")["ca"] as Settings), ...change.ca } } }),
            [from]: { ...istio(from), ...twice, imports: used, ...change.from },
            [to]: { ...istio(to), ...twice, dns: dns(to, 2), exports: offered, imports: [], ...change.to },
            [other]: { ...istio(other), ...second, ...change.other },
        });
    };

    function dns(cluster: Cluster, replicas: number): Settings {
        return { ...(mesh.settings(cluster)["dns"] as Settings), replicas };
    }

    before(() => mesh.record());

    afterEach(async function () {
        if (this.currentTest?.state !== "failed") return;
        for (const cluster of mesh.clusters) console.log(cluster, await failedInProxies(cluster));
    });

    after(async () => {
        console.log(table.toString());
        // A run that never came to the load has no pod to stop it in, and that is no failure.
        await stopLoad(from).catch(() => undefined);
        await forgetRestart(from, "kube-system", "coredns");
        await mesh.remove();
    });

    it("comes up, and is called all the time from then on", async () => {
        configure();
        await mesh.up();
        for (const { url } of streams) assert.equal(await mesh.call(from, url, "200", 40), "200", url);
        await installLoad(from);
        began = counted = await clockOf(from);
        for (const stream of streams) await startLoad(from, stream);
        await pause(10_000);
        await count("nothing is changed");
    });

    it("loses no request when the gateway is rolled", () =>
        step("gateway of cluster2 rolled", () => roll(to, "istio-system", "istio-eastwestgateway")));

    it("loses no request when the egress gateway is rolled", () =>
        step("egress gateway of cluster1 rolled", () => roll(from, "istio-egress", "istio-egressgateway")));

    it("loses no request when the cluster DNS is rolled", () =>
        step("CoreDNS of cluster1 rolled", () => roll(from, "kube-system", "coredns")));

    it("loses no request when GlobalDns is rolled", () =>
        step("GlobalDns of cluster1 rolled", () => roll(from, "istio-system", "global-dns")));

    const addExtra = () =>
        step("a service exported and imported in one command", async () => {
            configure({
                from: { imports: [...used, { service: "extra", namespace, from: to, via: "direct" }] },
                to: { exports: [...offered, exportOf("extra", 8000, "HTTP")] },
            });
            await mesh.up();
            const url = "http://extra.bar.global:8000/status/200";
            assert.equal(await mesh.call(from, url, "200", 40), "200", url);
        });

    it("loses no request when a service is added", addExtra);

    it("loses no request when a service is removed in one command", () =>
        step("its import and its export removed in one command", async () => {
            configure();
            await mesh.up();
        }));

    it("loses no request when an exporter is added, leaves, and fails while its gateway moves", async () => {
        const both = [{ ...used[0], from: [to, other] }, ...used.slice(1)];
        const alone = [{ ...used[0], from: [other] }, ...used.slice(1)];
        const serving = { exports: [httpbin] };
        await step("an exporter added to an import", async () => {
            configure({ from: { imports: both }, other: serving });
            await mesh.up();
        });
        await step("the first of two exporters leaves", async () => {
            configure({ from: { imports: alone }, to: { exports: offered.slice(1) }, other: serving });
            await mesh.up();
        });
        await step("it comes back in the place of the other", async () => {
            configure();
            await mesh.up();
        });
        await step("the exporter fails while its gateway becomes a load balancer", async () => {
            const broken = { ...dns(to, 2), image: "lab.local/coredns:nowhere" };
            configure({ to: { gateway: { ...twice.gateway, type: "LoadBalancer" }, dns: broken } });
            const { code, text } = await mesh.project.mesh(["up"], { limitSeconds: 240 });
            assert.equal(code, 1, text);
        });
        await step("and goes on", async () => {
            configure();
            await mesh.up();
        });
    });

    it("loses no request when a service is removed step by step, and one pod of GlobalDns is enough", async () => {
        await addExtra();
        await step("its import removed, and GlobalDns reduced to one pod", async () => {
            configure({
                from: { dns: dns(from, 1) },
                to: { exports: [...offered, exportOf("extra", 8000, "HTTP")] },
            });
            await mesh.up(["--clusters", from]);
        });
        await step("its export removed", async () => {
            configure({ from: { dns: dns(from, 1) } });
            await mesh.up(["--clusters", to]);
        });
        await step("GlobalDns of one pod rolled", () => roll(from, "istio-system", "global-dns"));
    });

    it("loses no request when the intermediates are renewed", () =>
        step("intermediates renewed, and signing for every proxy", async () => {
            const before = await intermediatesOf(mesh);
            configure({ ca: { intermediateValidityDays: 366 } });
            await mesh.up();
            const after = await intermediatesOf(mesh);
            for (const [index, serial] of after.entries()) assert.notEqual(serial, before[index]);
            await signedBy(mesh, after);
        }));

    const rotation = (name: string) => ({ step: name, to: { name: "next" } });

    it("loses no request when a second root is trusted", () =>
        step("root: trust", async () => {
            configure({ ca: { rotation: rotation("trust") } });
            await mesh.up();
            await proxiesHold(to, ({ trusted }) => trusted.length === 2);
        }));

    it("loses no request when the second root signs", () =>
        step("root: reissue, and signing for every proxy", async () => {
            configure({ ca: { rotation: rotation("reissue") } });
            await mesh.up();
            await signedBy(mesh, await intermediatesOf(mesh));
        }));

    it("loses no request when the first root is retired", () =>
        step("root: retire, and gone from every proxy", async () => {
            configure({ ca: { rotation: rotation("retire") } });
            await mesh.up();
            for (const cluster of mesh.clusters)
                await proxiesHold(cluster, ({ trusted }) => trusted.length === 1);
        }));

    it("lost nothing in all", () => {
        const seconds = counted - began;
        const row = [`in all: ${total.requests} requests, ${total.failed} failed`, String(seconds)];
        table.push(row);
        assert.equal(total.failed, 0);
        assert.ok(total.requests / seconds >= 200, `only ${total.requests} requests in ${seconds} s`);
    });

    /** Makes a change, and waits until it is over; then counts what it cost. */
    async function step(tried: string, change: () => Promise<void>): Promise<void> {
        await change();
        await count(tried);
    }

    /** Counts what has been asked since the last count, and fails when a request did. */
    async function count(tried: string): Promise<void> {
        const end = await clockOf(from);
        await pause(settleSeconds * 1000);
        const results = await Promise.all(streams.map((stream) => countLoad(from, stream, counted, end)));
        table.push([tried, String(end - counted), ...results.map(text)]);
        counted = end;
        for (const { requests, failed } of results) {
            assert.ok(requests > 0, "there was no load");
            total.requests += requests;
            total.failed += failed;
        }
        const failures = results.flatMap(({ failures }, index) =>
            failures.map((line) => `${streams[index]?.name ?? ""} ${line}`),
        );
        assert.deepEqual(failures, [], tried);
    }

    function text({ requests, failed, slowestMs }: Counted): string {
        return `${requests} / ${failed} / ${slowestMs} ms`;
    }
});

/** Restarts the pods of a Deployment one after the other, and waits until the old ones are gone. */
function roll(cluster: Cluster, namespace: string, deployment: string): Promise<void> {
    return replacePods(cluster, namespace, deployment, ["rollout", "restart", `deployment/${deployment}`]);
}

/** Takes the mark of {@link roll} off a Deployment that is not the mesh's and so does not go with it. */
async function forgetRestart(cluster: Cluster, namespace: string, deployment: string): Promise<void> {
    const annotations = { "kubectl.kubernetes.io/restartedAt": null };
    const patch = JSON.stringify({ spec: { template: { metadata: { annotations } } } });
    await onCluster(cluster, [
        "patch",
        "deployment",
        deployment,
        "-n",
        namespace,
        "--type=merge",
        "-p",
        patch,
    ]);
    await rolledOut(cluster, namespace, deployment);
}
