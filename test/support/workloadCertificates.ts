import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { proxyCertificates } from "../../kube/proxies";
import type { ProxyCertificates } from "../../lib/certificates/proxyCertificates";
import type { CaOutputs } from "../../lib/mesh/contract";
import { access, onCluster } from "./cluster";
import type { Cluster, LabMesh } from "./labMesh";
import type { Settings } from "./program";

/** Istio settings under which workloads renew their certificates within a step, instead of within a day. */
export function renewedSoon(istio: Settings, meshConfig: Settings = {}): Settings {
    const defaultConfig = { proxyMetadata: { SECRET_TTL: "120s" } };
    return {
        ...istio,
        values: { ...(istio["values"] as Settings), meshConfig: { ...meshConfig, defaultConfig } },
    };
}

/** Serial numbers of the clusters' intermediates. */
export async function intermediatesOf(mesh: LabMesh): Promise<readonly string[]> {
    const { intermediates } = await mesh.project.outputs<CaOutputs>("ca");
    return mesh.clusters.map(
        (cluster) => new X509Certificate(intermediates[cluster]?.certPem ?? "").serialNumber,
    );
}

/** Waits until each proxy has a certificate that its cluster's intermediate with this serial number has signed. */
export async function signedBy(mesh: LabMesh, serialNumbers: readonly string[]): Promise<void> {
    for (const [index, cluster] of mesh.clusters.entries())
        await proxiesHold(cluster, ({ chain }) => chain[1]?.serialNumber === serialNumbers[index]);
}

/** Waits until something is true of every proxy of a cluster. */
export async function proxiesHold(
    cluster: Cluster,
    isTrue: (proxy: ProxyCertificates) => boolean,
): Promise<void> {
    // A change of its pod makes the kubelet bring a new Secret at once, rather than within 80 seconds.
    const now = `tried=${Date.now()}`;
    const istiod = ["pod", "-n", "istio-system", "-l", "app=istiod"];
    await onCluster(cluster, ["annotate", ...istiod, now, "--overwrite"]);
    const end = Date.now() + 180_000;
    for (;;) {
        const lagging = (await proxyCertificates(access(cluster))).filter((proxy) => !isTrue(proxy));
        if (lagging.length === 0) return;
        assert.ok(Date.now() < end, `${cluster}: ${lagging.map(({ pod }) => pod).join(", ")}`);
        await pause(5000);
    }
}
