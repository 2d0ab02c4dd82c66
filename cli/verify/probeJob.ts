import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { lastLine } from "../../kube/inProxy";
import { type ClusterAccess, kubectl, KubectlError } from "../../kube/kubectl";
import { podsWith } from "../../kube/pods";
import { isReady } from "../../lib/cluster/livePods";
import type { WhySilent } from "./podExecs";
import { podCause } from "../../lib/cluster/podCause";
import type { ClusterObject } from "../../lib/cluster/kubeObjects";
import type { Probe } from "../../lib/mesh/contract";
import { ownWorkload } from "../../lib/mesh/probe";
import type { Interrupt } from "../engine/interrupt";
import { fileHints } from "../hints/fileHints";
import { Problem } from "../problem";

/** Where a pod to call from is to be started, in every cluster that calls. */
export interface ProbePlace {
    readonly namespace: string;
    /** Whose identity it has; that of `default` where it is left out. */
    readonly serviceAccount?: string;
    /** An image with a shell, curl and nslookup. */
    readonly image: string;
}

/** What stops a verification before its end. */
export type Stop = Pick<Interrupt, "beforeEnd" | "isRequested">;

/** Seconds after which the cluster itself ends the pod and forgets the Job, whatever became of `mesh`. */
const lifeSeconds = 300;

/** Seconds that a pod may take to be ready. */
const patienceSeconds = 60;

const container = "probe";

/**
 * Reads `NAMESPACE[/SERVICEACCOUNT]`.
 *
 * @throws Problem when it has another shape
 */
export function parseProbePlace(text: string, image: string): ProbePlace {
    const [namespace = "", serviceAccount, ...others] = text.split("/");
    if (namespace === "" || serviceAccount === "" || others.length > 0)
        throw new Problem(`"${text}" does not say where a pod may be started.`, fileHints.probePlaceShape());
    return { namespace, ...(serviceAccount !== undefined && { serviceAccount }), image };
}

/**
 * Starts a pod with a sidecar in each of some clusters, does something with it, and takes it away again. Killed meanwhile, its Job
 * is taken away by the cluster.
 *
 * @param work gets the pod, which has the same name in all clusters, and why there is none in some of them, by cluster
 */
export async function withProbeJobs<T>(
    clusters: ReadonlyMap<string, ClusterAccess>,
    place: ProbePlace,
    { interrupt, whySilent }: { readonly interrupt: Stop; readonly whySilent: WhySilent },
    work: (probe: Probe, missing: ReadonlyMap<string, string>) => Promise<T>,
): Promise<T> {
    const name = `mesh-verify-${randomBytes(4).toString("hex")}`;
    const manifest = JSON.stringify(probeJob(name, place));
    const asked = await Promise.all(
        [...clusters].map(async ([cluster, access]) => ({ cluster, access, why: await whySilent(access) })),
    );
    const answering = asked.filter(({ why }) => why === undefined);
    const remove = () => Promise.all(answering.map(({ access }) => deleteJob(access, name, place)));
    const forget = interrupt.beforeEnd(remove);
    try {
        const started = await Promise.all(
            answering.map(async ({ cluster, access }) => ({
                cluster,
                why: await start(access, name, manifest, place),
            })),
        );
        const missing = [...asked, ...started].flatMap(({ cluster, why }) =>
            why === undefined ? [] : [[cluster, why] as const],
        );
        const probe = { namespace: place.namespace, deployment: ownWorkload(name), container };
        const result = await work(probe, new Map(missing));
        // By now its pod may have been gone in the middle of it.
        if (interrupt.isRequested) throw new Problem("It was stopped.");
        return result;
    } finally {
        forget();
        await remove();
    }
}

/** The Job of a pod that waits to be used. It asks for nothing that a namespace with Pod Security `restricted` refuses. */
export function probeJob(name: string, { namespace, serviceAccount, image }: ProbePlace) {
    const labels = { "app.kubernetes.io/name": name, "app.kubernetes.io/managed-by": "istio-multicluster" };
    return {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name, namespace, labels },
        spec: {
            backoffLimit: 0,
            activeDeadlineSeconds: lifeSeconds,
            ttlSecondsAfterFinished: 0,
            template: {
                metadata: { labels },
                spec: {
                    restartPolicy: "Never",
                    terminationGracePeriodSeconds: 0,
                    ...(serviceAccount !== undefined && { serviceAccountName: serviceAccount }),
                    containers: [
                        {
                            name: container,
                            image,
                            command: ["sleep", String(lifeSeconds)],
                            resources: {
                                requests: { cpu: "10m", memory: "16Mi" },
                                limits: { memory: "128Mi" },
                            },
                            securityContext: {
                                runAsNonRoot: true,
                                runAsUser: 65534,
                                allowPrivilegeEscalation: false,
                                capabilities: { drop: ["ALL"] },
                                seccompProfile: { type: "RuntimeDefault" },
                            },
                        },
                    ],
                },
            },
        },
    };
}

/** Starts the Job and waits for its pod. @returns why there is none that can be used; undefined where there is */
async function start(
    access: ClusterAccess,
    name: string,
    manifest: string,
    { namespace }: ProbePlace,
): Promise<string | undefined> {
    try {
        await kubectl(access, ["create", "-f", "-"], { input: manifest });
        return await ready(access, name, namespace);
    } catch (error) {
        if (!(error instanceof KubectlError)) throw error;
        return lastLine(error);
    }
}

async function ready(access: ClusterAccess, name: string, namespace: string): Promise<string | undefined> {
    const labels = { "batch.kubernetes.io/job-name": name };
    const end = Date.now() + patienceSeconds * 1000;
    let why = `the Job ${namespace}/${name} has made no pod within ${patienceSeconds} s`;
    while (Date.now() < end) {
        const [pod] = await podsWith<ClusterObject>(access, namespace, labels);
        if (pod !== undefined) {
            const cause = podCause(pod, [pod]);
            if (isReady(pod)) return undefined;
            why = cause?.text ?? `pod ${pod.metadata.name} is not ready after ${patienceSeconds} s`;
            // Nobody mends it meanwhile.
            if (cause?.patienceSeconds !== undefined) return why;
        }
        await pause(500);
    }
    return why;
}

async function deleteJob(access: ClusterAccess, name: string, { namespace }: ProbePlace): Promise<void> {
    const args = ["delete", "job", name, "-n", namespace, "--cascade=background", "--wait=false"];
    try {
        await kubectl(access, args, { timeoutSeconds: 10 });
    } catch (error) {
        // What is not there is gone, and what can't be reached the cluster ends by itself.
        if (!(error instanceof KubectlError)) throw error;
    }
}
