import * as fs from "node:fs";
import * as path from "node:path";
import { binDir } from "../../lab/paths";
import { inPod, onCluster } from "./cluster";
import { type Cluster, serverNamespaces, sleep } from "./labMesh";
import { buildTool } from "./labTool";

/** A stream of requests. */
export interface Stream {
    /** One word. */
    readonly name: string;
    readonly url: string;
    readonly requestsPerSecond: number;
    /** Connections that are open side by side. */
    readonly connections: number;
    /** A new connection, and so a new look-up of the name, for each request. */
    readonly fresh?: boolean;
}

/** What became of the requests that began within some time. */
export interface Counted {
    readonly requests: number;
    readonly failed: number;
    /** Longest time until an answer, milliseconds. */
    readonly slowestMs: number;
    /** Of each failed request the second it began in, what it ended with (-1: no answer at all), and after how long. */
    readonly failures: readonly string[];
}

/** Seconds after which a request without an answer has failed. */
const limitSeconds = 3;

/** Seconds after which every request of a second is in the log. */
export const settleSeconds = limitSeconds + 1;

const fortio = path.join(binDir, "fortio");

/**
 * Puts the load generator into the sleep pod of a cluster, so that what it sends takes the way of any client's: through
 * the pod's own DNS and its sidecar.
 */
export async function installLoad(cluster: Cluster): Promise<void> {
    await buildTool("fortio");
    const pod = await onCluster(cluster, [
        ...["get", "pods", "-n", sleep.namespace, "-l", `app=${sleep.name}`],
        ...["-o", "jsonpath={.items[0].metadata.name}"],
    ]);
    await onCluster(
        cluster,
        ["cp", fs.realpathSync(fortio), `${sleep.namespace}/${pod}:/tmp/fortio`, "-c", sleep.name],
        { timeoutSeconds: 60 },
    );
}

/** Begins a stream, which goes on until {@link stopLoad}. Each request is one line of its log. */
export async function startLoad(cluster: Cluster, stream: Stream): Promise<void> {
    const { name, url, requestsPerSecond, connections, fresh = false } = stream;
    const options = [
        ...["-qps", requestsPerSecond, "-c", connections, "-t", 0, "-timeout", `${limitSeconds}s`],
        ...["-uniform", `-keepalive=${!fresh}`, "-access-log-file", log(name), "-loglevel", "critical"],
    ];
    await inPod(
        cluster,
        sleep,
        `setsid /tmp/fortio load ${options.join(" ")} ${url} >/tmp/${name}.out 2>&1 </dev/null & true`,
    );
}

/** Ends all streams of a cluster. */
export async function stopLoad(cluster: Cluster): Promise<void> {
    await inPod(
        cluster,
        sleep,
        "for p in /proc/[0-9]*; do case $(cat $p/comm) in fortio) kill ${p#/proc/};; esac; done",
    );
}

/**
 * Counts the requests of a stream that began in [from, to), in seconds since 1970 by the cluster's clock.
 *
 * @param to at least {@link settleSeconds} ago, or requests that have no answer yet are missing
 */
export async function countLoad(
    cluster: Cluster,
    { name }: Stream,
    from: number,
    to: number,
): Promise<Counted> {
    // A line: {"latency":0.002,"timestamp":1700000000000000000,"thread":0,"iter":0,"ok":true,"details":"200"}
    const program = [
        `{ second = substr($5, 2, 10) + 0; if (second < ${from} || second >= ${to}) next; n++ }`,
        `{ ms = substr($3, 2) * 1000; if (ms > slowest) slowest = ms }`,
        `/"ok":false/ { failed++; if (failed <= 20) print second, $(NF - 1), ms "ms" }`,
        `END { print "total", n + 0, failed + 0, slowest + 0 }`,
    ].join(" ");
    const text = await inPod(cluster, sleep, `awk -F'"' '${program}' ${log(name)}`);
    const lines = text.trim().split("\n");
    const [word, requests, failed, slowest] = (lines.at(-1) ?? "").split(" ");
    if (word !== "total") throw new Error(`The load's log of ${name} can't be read: ${text}`);
    return {
        requests: Number(requests),
        failed: Number(failed),
        slowestMs: Math.round(Number(slowest)),
        failures: lines.slice(0, -1),
    };
}

/** Seconds since 1970 by a cluster's clock. */
export async function clockOf(cluster: Cluster): Promise<number> {
    return Number((await inPod(cluster, sleep, "date +%s")).trim());
}

function log(name: string): string {
    return `/tmp/${name}.log`;
}

/** Values by which Istio's proxies log every request, for {@link failedInProxies}. */
export const accessLogs = { meshConfig: { accessLogFile: "/dev/stdout" } };

/** Pods that calls between clusters pass, the server's own in any namespace included. */
const passed = [
    { namespace: sleep.namespace, label: `app=${sleep.name}` },
    ...Object.values(serverNamespaces).map((namespace) => ({ namespace, label: "app=httpbin" })),
    { namespace: "istio-system", label: "app=istio-eastwestgateway" },
    { namespace: "istio-egress", label: "app=istio-egressgateway" },
];

/** What a cluster's proxies have logged of the last requests and connections that failed. */
export async function failedInProxies(cluster: Cluster): Promise<readonly string[]> {
    const logs = await Promise.all(
        passed.map(async ({ namespace, label }) => {
            const args = ["logs", "-n", namespace, "-l", label, "-c", "istio-proxy", "--tail=-1"];
            const text = await onCluster(cluster, args, { timeoutSeconds: 60 }).catch(String);
            // [TIME] "METHOD PATH PROTOCOL" CODE FLAGS ...; a connection without requests has - - - in the quotes, and code 0.
            return text.split("\n").filter((line) => /^\[.*\] "[^"]*" (5\d\d|0 [A-Z])/.test(line));
        }),
    );
    return logs.flat().slice(-30);
}
