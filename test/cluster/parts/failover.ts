import { setTimeout as pause } from "node:timers/promises";
import type { Settings } from "../../support/program";
import { inPod, onCluster, proxyAdmin } from "../../support/cluster";
import { type Cluster, type LabMesh, rolledOut, sleep } from "../../support/labMesh";
import { nodePlan } from "../../../lab/node/plan";

const host = "httpbin.bar.global";
const url = `http://${host}:8000`;
const namespace = "bar";
const subsets = { v1: { version: "v1" }, v2: { version: "v2" } };

/** Calls a second, and how long the sidecar is called while a backend is stopped and started again. */
const load = { rate: 30, seconds: 20 };

/** One host that several clusters export: failover between them, own pods first, and versions. */
export function failover(mesh: LabMesh): void {
    const exportsOf = (cluster: Cluster, changes: Settings = {}) => {
        const [entry] = mesh.settings(cluster)["exports"] as readonly Settings[];
        return [{ ...entry, namespace, virtualAddress: "240.0.0.2", ...changes }];
    };
    const samplesOf = (cluster: Cluster) => ({
        ...(mesh.settings(cluster)["sampleApps"] as Settings),
        httpbin: { namespace, image: "lab.local/httpbin:lab" },
    });
    const wanted = { service: "httpbin", namespace, from: ["cluster2", "cluster3"] };
    const peers = {
        cluster2: { exports: exportsOf("cluster2", { subsets }), imports: [] },
        cluster3: {
            sampleApps: samplesOf("cluster3"),
            exports: exportsOf("cluster3", { subsets: { v1: subsets.v1 } }),
            imports: [],
        },
    };

    describe("failover of one host that several clusters export", () => {
        it("comes up, with the clusters in the order of the import", async () => {
            const routes = [
                { headers: { "x-version": "v2" }, to: { v2: 1 } },
                { headers: { "x-version": "some" }, to: { v1: 1, v2: 1 } },
                { to: { v1: 1 } },
            ];
            mesh.configure({ ...peers, cluster1: { imports: [{ ...wanted, routes }] } });
            await mesh.up();
            await secondVersion();
            mesh.check(
                `${host} of cluster2 and cluster3`,
                "200",
                await mesh.call("cluster1", `${url}/headers`),
            );
            mesh.check(
                "priorities in the caller's sidecar",
                "cluster2 0, cluster3 1",
                await priorities(`outbound|8000|v1|${host}`),
            );
        });

        it("goes on while the first cluster's backend is stopped, and comes back", async () => {
            const { failed, made } = await callsWhile(() => stopAndStart("cluster2"));
            report(mesh, "with cluster2's backend stopped and started", failed, made);
            mesh.check(
                "the other cluster took over",
                "yes",
                (await requests("cluster3")) > 30 ? "yes" : "no",
            );
            const back = await requests("cluster2");
            const end = Date.now() + 30_000;
            let again = false;
            while (!again && Date.now() < end) {
                await mesh.call("cluster1", `${url}/get`);
                await pause(1000);
                again = (await requests("cluster2")) > back;
            }
            mesh.check("the first cluster is called again", "yes", again ? "yes" : "no");
        });

        it("goes by version", async () => {
            const all = await hostnames("v2", 20);
            mesh.check(
                "20 calls that ask for v2",
                "20 of v2",
                `${all.filter((name) => name.startsWith("httpbin-v2")).length} of v2`,
            );
            const some = await hostnames("some", 60);
            const second = some.filter((name) => name.startsWith("httpbin-v2")).length;
            mesh.check(
                "60 calls shared between v1 and v2",
                "10 to 50 of v2",
                second >= 10 && second <= 50 ? "10 to 50 of v2" : `${second} of v2`,
            );
        });

        it("prefers own pods, and goes on without them", async () => {
            mesh.configure({
                ...peers,
                cluster1: {
                    sampleApps: samplesOf("cluster1"),
                    exports: exportsOf("cluster1"),
                    imports: [wanted],
                },
            });
            await mesh.up(["--clusters", "cluster1"]);
            await rolledOut("cluster1", namespace, "httpbin");
            mesh.check("own pods", "200", await mesh.call("cluster1", `${url}/headers`));
            mesh.check(
                "priorities with own pods",
                "own 0, cluster2 1, cluster3 2",
                await priorities(`outbound|8000||${host}`),
            );
            mesh.check(
                "endpoints of cluster1's gateway, which must not pass calls on to other clusters",
                "own",
                await places(
                    { namespace: "istio-system", name: "istio-eastwestgateway" },
                    `outbound_.8000_._.${host}`,
                ),
            );
            const { failed, made } = await callsWhile(() => stopAndStart("cluster1"));
            report(mesh, "with the own backend stopped and started", failed, made);
        });

        after(() =>
            onCluster("cluster2", [
                ...["delete", "deployment", "httpbin-v2", "-n", namespace],
                "--ignore-not-found",
            ]),
        );
    });
}

/** Takes a cluster's backend of version v1 away for a few seconds. */
async function stopAndStart(cluster: Cluster): Promise<void> {
    const replicas = (count: number) =>
        onCluster(cluster, ["scale", "deployment/httpbin", "-n", namespace, `--replicas=${count}`]);
    await replicas(0);
    // A second version's pods have the same label `app`, and stay.
    await onCluster(
        cluster,
        ["wait", "pod", "-n", namespace, "-l", "app=httpbin,version=v1", "--for=delete", "--timeout=30s"],
        { timeoutSeconds: 40 },
    );
    await pause(3000);
    await replicas(1);
    await rolledOut(cluster, namespace, "httpbin");
}

function report(mesh: LabMesh, what: string, failed: number, made: number): void {
    const enough = made >= load.rate * load.seconds * 0.5;
    const few = failed <= made / 100;
    mesh.check(
        `calls that failed ${what}: ${failed} of ${made}`,
        "at most 1 %",
        enough && few ? "at most 1 %" : `${failed} of ${made}`,
    );
}

/** Calls the host all the time while something happens. */
async function callsWhile(happening: () => Promise<unknown>): Promise<{ failed: number; made: number }> {
    const last = load.rate * load.seconds;
    const calls = inPod(
        "cluster1",
        sleep,
        `curl -s -m 5 -o /dev/null -w '%{http_code}\\n' --rate ${load.rate}/s '${url}/get?call=[1-${last}]'`,
    );
    await pause(2000);
    await happening();
    const text = await calls;
    const codes = text.trim().split("\n");
    return { failed: codes.filter((code) => code !== "200").length, made: codes.length };
}

/** Who answered, by the name that it has set for itself. */
async function hostnames(version: string, calls: number): Promise<readonly string[]> {
    const text = await inPod(
        "cluster1",
        sleep,
        `curl -s -m 5 -H 'x-version: ${version}' '${url}/hostname?call=[1-${calls}]'`,
    );
    return [...text.matchAll(/"hostname":\s*"([^"]*)"/g)].map(([, name = ""]) => name);
}

/** A second version of cluster2's backend, which tells its pod's name. */
async function secondVersion(): Promise<void> {
    const labels = { app: "httpbin", version: "v2" };
    const deployment = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "httpbin-v2", namespace },
        spec: {
            selector: { matchLabels: labels },
            template: {
                metadata: { labels },
                spec: {
                    serviceAccountName: "httpbin",
                    terminationGracePeriodSeconds: 2,
                    containers: [
                        {
                            name: "httpbin",
                            image: "lab.local/httpbin:lab",
                            imagePullPolicy: "IfNotPresent",
                            env: [{ name: "USE_REAL_HOSTNAME", value: "true" }],
                        },
                    ],
                },
            },
        },
    };
    await onCluster("cluster2", ["apply", "-f", "-"], { input: JSON.stringify(deployment) });
    await rolledOut("cluster2", namespace, "httpbin-v2");
}

/** Whose an endpoint is, by its address. */
function ownerOf(address: string): string {
    const ip = address.split(":")[0] ?? "";
    const peer = [2, 3].find((number) => nodePlan(number).address.split("/")[0] === ip);
    return peer === undefined ? "own" : `cluster${peer}`;
}

/** One value of each endpoint of an Envoy cluster, by the endpoint's address. */
async function values(
    proxy: { namespace: string; name: string },
    cluster: string,
    key: string,
): Promise<readonly (readonly [string, string])[]> {
    const page = await proxyAdmin("cluster1", proxy, "clusters");
    return page
        .split("\n")
        .map((line) => line.trim().split("::"))
        .filter(([name, , field]) => name === cluster && field === key)
        .map(([, address = "", , value = ""]) => [ownerOf(address), value] as const);
}

async function priorities(cluster: string): Promise<string> {
    const all = await values(sleep, cluster, "priority");
    return all
        .map(([owner, value]) => `${owner} ${value}`)
        .sort((a, b) => Number(a.slice(-1)) - Number(b.slice(-1)))
        .join(", ");
}

async function places(proxy: { namespace: string; name: string }, cluster: string): Promise<string> {
    const all = await values(proxy, cluster, "priority");
    return [...new Set(all.map(([owner]) => owner))].sort().join(", ");
}

/** Requests that cluster1's sidecar has sent to a peer's gateway since it started. */
async function requests(peer: Cluster): Promise<number> {
    const all = await values(sleep, `outbound|8000|v1|${host}`, "rq_total");
    return all.filter(([owner]) => owner === peer).reduce((sum, [, value]) => sum + Number(value), 0);
}
