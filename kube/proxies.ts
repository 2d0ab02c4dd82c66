import { setTimeout as pause } from "node:timers/promises";
import { type ProxyCertificates, readSecrets } from "../lib/certificates/proxyCertificates";
import { proxyContainer } from "../lib/istio/proxy";
import { fewAtOnce } from "./atOnce";
import { lastLine, readEnvoyPage, secretsPage } from "./inProxy";
import { answerSeconds, type ClusterAccess, kubectl, KubectlError } from "./kubectl";

/** Proxies of one cluster that are asked at the same time; each takes a process of its own. */
const atOnce = 8;

/**
 * Asks every running proxy of a cluster which certificates it holds.
 *
 * @throws KubectlError when the pods can't be listed
 */
export async function proxyCertificates(access: ClusterAccess): Promise<readonly ProxyCertificates[]> {
    const pods = await proxyPods(access);
    const found = await fewAtOnce(pods, atOnce, (pod) => askProxy(access, pod));
    return found.filter((each) => each !== undefined).sort((a, b) => (a.pod < b.pod ? -1 : 1));
}

/** `NAMESPACE/NAME` of the running pods that have a proxy, as a sidecar of either kind or as a gateway. */
async function proxyPods(access: ClusterAccess): Promise<string[]> {
    const template =
        '{range .items[*]}{.metadata.namespace}{"/"}{.metadata.name}{" "}{.spec.containers[*].name}{" "}' +
        '{.spec.initContainers[*].name}{"\\n"}{end}';
    const list = await kubectl(
        access,
        ["get", "pods", "-A", "--field-selector=status.phase=Running", "-o", `jsonpath=${template}`],
        { timeoutSeconds: answerSeconds },
    );
    return list
        .split("\n")
        .map((line) => line.split(" "))
        .filter(([, ...containers]) => containers.includes(proxyContainer))
        .map(([pod = ""]) => pod);
}

/** What one proxy holds, or undefined when its pod has gone in the meantime. */
async function askProxy(access: ClusterAccess, pod: string): Promise<ProxyCertificates | undefined> {
    try {
        return readSecrets(pod, await readEnvoyPage(access, pod, secretsPage));
    } catch (error) {
        if (!(error instanceof KubectlError)) throw error;
        if (error.reason === "NotFound") return undefined;
        return { pod, problem: `can't be asked: ${lastLine(error)}`, trusted: [], chain: [] };
    }
}

/** How long to wait for the proxies, and what to say meanwhile. */
export interface ProxyPatience {
    readonly seconds: number;
    /** Called with the number of proxies that are not ready, each time that some are not. */
    readonly onWaiting: (lagging: number) => Promise<void>;
}

const pauseMs = 5000;

/**
 * Waits until a condition holds for every proxy of a cluster.
 *
 * @param why says why a proxy is not ready, or undefined for one that is
 * @returns `NAMESPACE/NAME: REASON` of every proxy that was not ready in time
 */
export async function laggingProxies(
    access: ClusterAccess,
    why: (proxy: ProxyCertificates) => string | undefined,
    { seconds, onWaiting }: ProxyPatience,
): Promise<readonly string[]> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
        const lagging = (await proxyCertificates(access)).flatMap((proxy) => {
            const reason = why(proxy);
            return reason === undefined ? [] : [`${proxy.pod} ${reason}`];
        });
        if (lagging.length === 0 || Date.now() + pauseMs >= end) return lagging;
        await onWaiting(lagging.length);
        await pause(pauseMs);
    }
}
