import assert from "node:assert/strict";
import { access, inPod, onCluster, readCorefile } from "../../support/cluster";
import { getJson } from "../../../kube/kubectl";
import { type LabMesh, rolledOut, serverOf, sleep } from "../../support/labMesh";
import type { Settings } from "../../support/program";

const suffixes = ["global", "mesh.corp"];
const host = "httpbin.bar.mesh.corp";

/** The names of the mesh under a second suffix, and in a cluster whose own DNS knows nothing of them. */
export function dns(mesh: LabMesh): void {
    describe("with a second suffix, and with sidecars that resolve names", () => {
        let rollsBefore = 0;
        let corefile = "";

        it("comes up", async () => {
            rollsBefore = await coreDnsRevision("cluster1");
            const [exported] = mesh.settings("cluster2")["exports"] as readonly Settings[];
            const [imported] = mesh.settings("cluster1")["imports"] as readonly Settings[];
            const second = { suffix: "mesh.corp" };
            const { dns: given } = mesh.settings("cluster3");
            mesh.configure({
                cluster1: { mesh: { suffixes }, imports: [imported, { ...imported, ...second }] },
                cluster2: {
                    mesh: { suffixes },
                    exports: [exported, { ...exported, ...second, virtualAddress: "240.0.9.2" }],
                },
                cluster3: { mesh: { suffixes }, dns: { ...(given as Settings), adapter: "sidecar" } },
            });
            corefile = (await readCorefile("cluster3")).replace(/# BEGIN [^]*# END .*\n/, "");
            await mesh.up();
        });

        it("resolves and calls one service by both of its names", async () => {
            for (const name of [serverOf("cluster2"), host]) {
                const url = `http://${name}:8000/headers`;
                mesh.check(`${name} from cluster1`, "200", await mesh.call("cluster1", url));
            }
            const answer = await inPod("cluster1", sleep, `nslookup ${host}.`);
            assert.match(answer, /\nAddress: 240\.0\.9\.2\n/);
        });

        it("has replaced CoreDNS's pods once for it", async () => {
            const rolls = (await coreDnsRevision("cluster1")) - rollsBefore;
            mesh.check("replacements of CoreDNS's pods for a second suffix", "1", String(rolls));
        });

        it("leaves the cluster's DNS alone where the sidecars resolve", async () => {
            assert.equal(await readCorefile("cluster3"), corefile);
            const servers = await onCluster("cluster3", [
                ...["get", "deployment", "-n", "istio-system", "-o", "name"],
            ]);
            assert.doesNotMatch(servers, /global-dns/);
            // A pod that started before has no redirection of its DNS questions yet.
            await onCluster("cluster3", ["rollout", "restart", "deployment/sleep", "-n", "foo"]);
            await rolledOut("cluster3", "foo", "sleep");
            const url = `http://${serverOf("cluster1")}:8000/headers`;
            mesh.check(
                `${serverOf("cluster1")} from cluster3, resolved by the sidecar`,
                "200",
                await mesh.call("cluster3", url),
            );
            const unknown = await inPod("cluster3", sleep, "nslookup kubernetes.default.svc.cluster.local.");
            assert.match(unknown, /\nAddress: 10\./);
        });

        it("passes mesh verify with both", async () => {
            const { stdout } = await mesh.project.mesh(["verify", "--path", "/headers", "--json"]);
            const reports = JSON.parse(stdout) as readonly {
                readonly passed: boolean;
                readonly cluster: string;
                readonly checks: readonly { readonly name: string; readonly status: string }[];
            }[];
            const failed = reports.filter(({ passed }) => !passed);
            mesh.check("targets that mesh verify fails", "0", String(failed.length));
            const skipped = reports.filter(({ checks }) =>
                checks.some(({ name, status }) => name === "GlobalDns" && status === "skipped"),
            );
            assert.deepEqual([...new Set(skipped.map(({ cluster }) => cluster))], ["cluster3"]);
        });

        it("goes back to one suffix, resolved by each cluster's DNS", async () => {
            mesh.configure();
            await mesh.up();
            const url = `http://${serverOf("cluster1")}:8000/headers`;
            assert.equal(await mesh.call("cluster3", url), "200");
            assert.doesNotMatch(await readCorefile("cluster1"), /mesh\.corp/);
        });
    });
}

/** How often the Deployment of a cluster's CoreDNS has had another pod template. */
async function coreDnsRevision(cluster: string): Promise<number> {
    const { metadata } = await getJson<{
        readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
    }>(access(cluster), "/apis/apps/v1/namespaces/kube-system/deployments/coredns");
    return Number(metadata.annotations["deployment.kubernetes.io/revision"]);
}
