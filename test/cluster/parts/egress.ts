import { setTimeout as pause } from "node:timers/promises";
import { inPod, onCluster, proxyAdmin } from "../../support/cluster";
import { type LabMesh, scale, serverOf, sleep } from "../../support/labMesh";
import { endpoints } from "../../support/meshEndpoints";

const host = serverOf("cluster2");
const url = `http://${host}:8000/headers`;

/** Calls that leave the cluster through its egress gateway, and can't leave it otherwise. */
export function egress(mesh: LabMesh): void {
    describe("through an egress gateway", () => {
        it("comes up", async () => {
            mesh.configure({ cluster1: { egress: { via: "egress" } } });
            await mesh.up(["--clusters", "cluster1"]);
            mesh.check(
                `${host} from cluster1 through its egress gateway`,
                "200",
                await mesh.call("cluster1", url),
            );
        });

        it("leaves the caller's own identity to the called workload", async () => {
            const answer = await inPod("cluster1", sleep, `curl -s -m 5 ${url}`);
            mesh.check(
                "identity that the called workload sees, through the egress gateway",
                "spiffe://cluster.local/ns/foo/sa/sleep",
                /URI=(spiffe:[^";,]+)/.exec(answer)?.[1] ?? answer,
            );
        });

        it("leaves no direct way in the caller's sidecar", async () => {
            const places = await endpoints("cluster1", host, "rq_total");
            const service = await onCluster("cluster1", [
                ...["get", "service", "istio-egressgateway", "-n", "istio-egress"],
                ...["-o", "jsonpath={.spec.clusterIP}"],
            ]);
            mesh.check(
                "endpoints of the caller's sidecar",
                `${service}:15443`,
                [...places.keys()].join(", "),
            );
        });

        it("is seen in the sidecar's count of requests, and in the gateway's of connections", async () => {
            const before = await requests();
            await inPod("cluster1", sleep, `for i in 1 2 3; do curl -s -o /dev/null -m 5 ${url}; done`);
            // One that met a connection at its end is sent again, and counts twice.
            const sent = Math.min(3, (await requests()) - before);
            mesh.check("calls of 3 that the sidecar sent to the egress gateway", "3", String(sent));
            // The sidecar keeps its connections, so a request more need not be a connection more.
            const passedOn = await connections();
            mesh.check(
                "connections passed on by the new egress gateway",
                "some",
                passedOn > 0 ? "some" : "none",
            );
        });

        it("fails without the gateway, and works again with it", async () => {
            await scale("cluster1", "istio-egress", "istio-egressgateway", 0);
            await pause(2000);
            mesh.check(
                "the same call with the egress gateway stopped",
                "503",
                await mesh.call("cluster1", url, "503"),
            );
            await scale("cluster1", "istio-egress", "istio-egressgateway", 1);
            mesh.check(
                "the same call with it started again",
                "200",
                await mesh.call("cluster1", url, "200", 40),
            );
        });
    });
}

/** Requests to the other cluster that the caller's sidecar has sent to its endpoints. */
async function requests(): Promise<number> {
    const counts = await endpoints("cluster1", host, "rq_total");
    return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

/** Connections that the egress gateway has passed on since it started. */
async function connections(): Promise<number> {
    const gateway = { namespace: "istio-egress", name: "istio-egressgateway" };
    const text = await proxyAdmin("cluster1", gateway, "clusters");
    const counts = text
        .split("\n")
        .map((line) => line.split("::"))
        .filter(([name, , counter]) => name === `outbound_.8000_._.${host}` && counter === "cx_total");
    return counts.reduce((sum, [, , , count]) => sum + Number(count), 0);
}
