import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { proxyCertificates } from "../../../kube/proxies";
import type { CaOutputs } from "../../../lib/mesh/contract";
import { access, inPod, onCluster } from "../../support/cluster";
import type { Settings } from "../../support/program";
import { type LabMesh, serverOf, sleep, succeeded } from "../../support/labMesh";

const url = `http://${serverOf("cluster2")}:8000/headers`;

/** The life of the mesh's certificates, with calls on the way all the time. */
export function certificates(mesh: LabMesh): void {
    const ca = (changes: Settings): { ca: Settings } => ({
        ca: { ca: { ...(mesh.settings("ca")["ca"] as Settings), ...changes } },
    });
    const to = { name: "2027" };
    /** How often each istiod had loaded certificates when the new root began to sign. */
    const loadsBefore = new Map<string, number>();

    /** Runs `mesh up` while cluster1 calls cluster2, which must never fail. */
    const upUnderCalls = async (what: string) => {
        await inPod("cluster1", sleep, "rm -f /tmp/stop");
        const script =
            `n=0; bad=0; while [ ! -e /tmp/stop ]; do n=$((n+1)); ` +
            `[ "$(curl -s -o /dev/null -m 5 -w '%{http_code}' ${url})" = 200 ] || bad=$((bad+1)); done; echo $n $bad`;
        const calls = onCluster(
            "cluster1",
            [
                "exec",
                "-n",
                sleep.namespace,
                `deploy/${sleep.name}`,
                "-c",
                sleep.name,
                "--",
                "sh",
                "-c",
                script,
            ],
            { timeoutSeconds: 280 },
        );
        try {
            await mesh.up();
        } finally {
            await inPod("cluster1", sleep, "touch /tmp/stop");
        }
        const [count, failed] = (await calls).trim().split(" ").map(Number);
        assert.ok((count ?? 0) > 50, `only ${count} calls`);
        mesh.check(`failed calls during ${what}`, "0", String(failed));
    };

    /** Runs `mesh up`, which has to refuse, and returns what it says. */
    const refused = async (): Promise<string> => {
        const { code, text } = await mesh.project.mesh(["up"], { limitSeconds: 240 });
        assert.equal(code, 1, text);
        return text.replace(/\s+/g, " ");
    };

    describe("with certificates that come and go", () => {
        it("renews an intermediate that is near its end", async () => {
            mesh.configure();
            await mesh.up();
            const before = await mesh.project.outputs<CaOutputs>("ca");
            const state = await mesh.project.state("ca");
            // As if the clock stood one day before the end of every intermediate.
            const tomorrow = new Date(Date.now() + 86_400_000).toISOString().replace(/\.\d+/, "");
            for (const { urn, outputs } of state.deployment.resources ?? [])
                if (outputs && urn.includes("LocallySignedCert")) outputs["validityEndTime"] = tomorrow;
            await mesh.project.importState("ca", state);
            const { text } = succeeded(await mesh.project.mesh(["preview"], { limitSeconds: 120 }));
            mesh.check(
                "renewals in the preview",
                "3",
                String(text.match(/replace +tls:index\/locallySignedCert/g)?.length),
            );
            await upUnderCalls("the renewal of every intermediate");
            const after = await mesh.project.outputs<CaOutputs>("ca");
            for (const cluster of mesh.clusters)
                assert.notEqual(
                    after.intermediates[cluster]?.certPem,
                    before.intermediates[cluster]?.certPem,
                );
        });

        it("lets no new root sign before it is trusted", async () => {
            mesh.configure(ca({ rotation: { step: "reissue", to } }));
            const text = await refused();
            mesh.check(
                "step reissue before step trust",
                "refused",
                text.includes('Root "2027" can\'t sign yet, because no proxy trusts it.') ? "refused" : text,
            );
        });

        it("brings every proxy to trust a second root", async () => {
            mesh.configure(ca({ rotation: { step: "trust", to } }));
            await upUnderCalls("the step trust");
        });

        it("lets the new root sign, once every proxy trusts it", async () => {
            mesh.configure(ca({ rotation: { step: "retire", to } }));
            assert.match(
                await refused(),
                /Root "root" can't go yet, because the intermediates are signed by it\./,
            );
            mesh.configure(ca({ rotation: { step: "reissue", to } }));
            for (const cluster of mesh.clusters) loadsBefore.set(cluster, await loads(cluster));
            await upUnderCalls("the step reissue");
            const trusted = (await proxyCertificates(access("cluster2"))).map(
                (proxy) => proxy.trusted.length,
            );
            mesh.check("roots that cluster2's proxies trust", "2", [...new Set(trusted)].join(" "));
        });

        it("keeps the old root while a workload has a certificate under it", async () => {
            mesh.configure(ca({ rotation: { step: "retire", to } }));
            const text = await refused();
            mesh.check(
                "step retire before the workloads' certificates are new",
                "refused",
                /In "cluster1": .*foo\/sleep-\S+ has a certificate under the old root/.test(text)
                    ? "refused"
                    : text,
            );
        });

        it("drops the old root after a restart of the workloads", async () => {
            await Promise.all(
                mesh.clusters.map((cluster) => restartProxies(cluster, loadsBefore.get(cluster) ?? 0)),
            );
            await upUnderCalls("the step retire");
            const { roots, rootCertPem } = await mesh.project.outputs<CaOutputs>("ca");
            mesh.check("roots of the mesh", "2027", roots.map(({ name }) => name).join(" "));
            assert.match(new X509Certificate(rootCertPem).subject, /CN=Root CA 2027/);
        });

        it("has nothing left to do when the settings name the new root alone", async () => {
            mesh.keep(ca({ root: to }));
            const { text } = await mesh.up();
            mesh.check(
                "an update with the change taken out of the settings",
                "Nothing changed in any stack.",
                text.trim().split("\n").at(-1) ?? "",
            );
            mesh.check(`${url} at the end`, "200", await mesh.call("cluster1", url));
        });
    });
}

/** Restarts every workload of a cluster until its proxies' certificates are all under one root, and waits for it. */
async function restartProxies(cluster: string, before: number): Promise<void> {
    // A change of its pod makes the kubelet bring the new Secret at once, rather than within 80 seconds.
    await onCluster(cluster, ["annotate", "pod", "-n", "istio-system", "-l", "app=istiod", "tried=now"]);
    await reloaded(cluster, before);
    const proxies = await proxyCertificates(access(cluster));
    const namespaces = [...new Set(proxies.map(({ pod }) => pod.split("/")[0] ?? ""))];
    await Promise.all(
        namespaces.map(async (namespace) => {
            // Not istiod, and not GlobalDns, which have no proxy.
            const names = proxies
                .filter(({ pod }) => pod.startsWith(`${namespace}/`))
                .map(({ pod }) => `deployment/${pod.replace(/^.*\/|-[a-z0-9]+-[a-z0-9]+$/g, "")}`);
            await onCluster(cluster, ["rollout", "restart", "-n", namespace, ...new Set(names)]);
            for (const name of new Set(names))
                await onCluster(cluster, ["rollout", "status", name, "-n", namespace, "--timeout=100s"], {
                    timeoutSeconds: 110,
                });
        }),
    );
    await goneProxies(cluster);
}

/** How often a cluster's istiod has loaded changed certificates since it started, as its log says. */
async function loads(cluster: string): Promise<number> {
    const log = await onCluster(cluster, ["logs", "-n", "istio-system", "deployment/istiod"]);
    return log.match(/Update Istiod cacerts/g)?.length ?? 0;
}

/** Waits until istiod has loaded certificates once more than `before` times, and has had a moment to sign with them. */
async function reloaded(cluster: string, before: number): Promise<void> {
    for (let tries = 0; tries < 50; tries++) {
        if ((await loads(cluster)) > before) return pause(3000);
        await pause(2000);
    }
    assert.fail(`istiod of ${cluster} has not loaded its new certificates`);
}

/** Waits until no pod is on its way out, since a proxy that ends still has its old certificate. */
async function goneProxies(cluster: string): Promise<void> {
    for (let tries = 0; tries < 30; tries++) {
        const ends = await onCluster(cluster, [
            ...["get", "pods", "-A", "-o", "jsonpath={.items[*].metadata.deletionTimestamp}"],
        ]);
        if (ends === "") return;
        await pause(2000);
    }
}
