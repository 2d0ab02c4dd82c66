import { poll } from "../../../lab/node/poll";
import { enter, runningNode } from "../../../lab/node/process";
import type { ClusterOutputs } from "../../../lib/mesh/contract";
import { onCluster } from "../../support/cluster";
import { runCommand } from "../../support/engine";
import { type Changes, type Cluster, type LabMesh, serverOf, sleep, succeeded } from "../../support/labMesh";
import { endpoints } from "../../support/meshEndpoints";

const host = serverOf("cluster2");
const url = `http://${host}:8000/headers`;
const service = "service/istio-eastwestgateway";
const inIstio = ["-n", "istio-system"];
const fixedPort = 31950;
/** cluster2's node has this address too while the tests run. */
const secondAddress = "172.30.0.22";
const secondNode = "cluster2-second";
/** The name by which cluster1 finds the load balancer of cluster2. */
const balancerName = "cluster2-gateway.foo.svc.cluster.local";
const balancerAddress = "172.30.0.120";

/** Every kind of address by which the others reach cluster2's gateway. */
export function gateways(mesh: LabMesh): void {
    const calls = async (what: string, cluster: Cluster = "cluster1") => {
        mesh.check(`${host} from ${cluster}, ${what}`, "200", await mesh.call(cluster, url));
    };
    const places = async (what: string, cluster: Cluster, expected: readonly string[]) => {
        const wanted = expected.join(", ");
        let seen = "";
        await poll(20, 500, async () => {
            seen = [...(await endpoints(cluster, host, "cx_total")).keys()].join(", ");
            return seen === wanted || undefined;
        });
        mesh.check(`places that ${cluster} sends the calls to, ${what}`, wanted, seen);
    };

    describe("with any gateway address", () => {
        before(() => onNode(["ip", "address", "replace", `${secondAddress}/32`, "dev", "eth0"]));
        after(async () => {
            await onNode(["ip", "address", "delete", `${secondAddress}/32`, "dev", "eth0"]);
            await onCluster("cluster2", ["delete", "node", secondNode, "--ignore-not-found"]);
        });

        it("shows a node port that was changed by hand, and heals it by one command", async () => {
            await setNodePort(31999);
            const preview = succeeded(await mesh.project.mesh(["preview", "--refresh"]));
            const told = /cluster1 \((\S+) becomes (\S+)\)/.exec(preview.text)?.[2] ?? preview.text;
            mesh.check("a changed node port in mesh preview --refresh", "172.30.0.12:31999", told);
            await mesh.up();
            await calls("after one mesh up");
            await places("after one mesh up", "cluster1", ["172.30.0.12:31999"]);
        });

        it("takes every ready node, and a fixed port", async () => {
            await joinSecondNode();
            mesh.configure({ cluster2: { gateway: { nodePort: fixedPort } } });
            await mesh.up();
            const both = [`172.30.0.12:${fixedPort}`, `${secondAddress}:${fixedPort}`];
            await places("of two ready nodes", "cluster1", both);
            for (let call = 0; call < 12; call++) await mesh.call("cluster1", url);
            const used = await endpoints("cluster1", host, "rq_success");
            const idle = both.filter((place) => (used.get(place) ?? 0) === 0);
            mesh.check("nodes of two that served none of 12 calls", "", idle.join(", "));
        });

        it("drops a node that is gone, and takes addresses that are given, one cluster others", async () => {
            await onCluster("cluster2", ["delete", "node", secondNode]);
            await setNodePort(31999);
            const given: Changes = {
                cluster2: {
                    gateway: {
                        nodePort: fixedPort,
                        addresses: [secondAddress],
                        port: fixedPort,
                        peerAddresses: { cluster3: { addresses: ["172.30.0.12"] } },
                    },
                },
                cluster3: {
                    imports: [
                        ...(mesh.settings("cluster3")["imports"] as readonly object[]),
                        { service: "httpbin", namespace: "bar", from: "cluster2" },
                    ],
                },
            };
            mesh.configure(given);
            await mesh.up();
            mesh.check(
                "a fixed node port that was changed by hand, after one mesh up",
                String(fixedPort),
                await onCluster("cluster2", [
                    ...["get", service, ...inIstio],
                    ...["-o", "jsonpath={.spec.ports[0].nodePort}"],
                ]),
            );
            await places("with an address given to all", "cluster1", [`${secondAddress}:${fixedPort}`]);
            await calls("with an address given to all");
            await places("with one given to it alone", "cluster3", [`172.30.0.12:${fixedPort}`]);
            await calls("with one given to it alone", "cluster3");
        });

        it("takes a load balancer's address", async () => {
            const annotations = { "example.com/internal": "true" };
            mesh.configure({ cluster2: { gateway: { type: "LoadBalancer", annotations } } });
            await mesh.up();
            const { gateway } = await mesh.project.outputs<ClusterOutputs>("cluster2");
            mesh.check(
                "the gateway in cluster2's outputs",
                `${balancerAddress}:15443`,
                `${gateway.addresses.join()}:${gateway.port}`,
            );
            await places("of a load balancer", "cluster1", [`${balancerAddress}:15443`]);
            await calls("through a load balancer");
            mesh.check(
                "the Service's own annotation",
                "true",
                await onCluster("cluster2", [
                    ...["get", service, ...inIstio],
                    ...["-o", "jsonpath={.metadata.annotations.example\\.com/internal}"],
                ]),
            );
        });

        it("takes a load balancer's name, also when it comes later", async () => {
            await onCluster("cluster1", ["apply", "-f", "-"], { input: balancerNameObjects });
            await onCluster("cluster2", [
                ...["annotate", service, ...inIstio],
                `lab.istio-multicluster/hostname=${balancerName}`,
            ]);
            await onCluster("cluster2", [
                ...["wait", service, ...inIstio, "--timeout=20s"],
                `--for=jsonpath={.status.loadBalancer.ingress[0].hostname}=${balancerName}`,
            ]);
            await mesh.up();
            const entry = await onCluster("cluster1", [
                ...["get", "serviceentry", host, ...inIstio],
                ...["-o", "jsonpath={.spec.resolution} {.spec.endpoints[*].address}"],
            ]);
            mesh.check("resolution and endpoint in cluster1", `DNS ${balancerName}`, entry);
            await places("of a load balancer with a name", "cluster1", [`${balancerAddress}:15443`]);
            await calls("through a load balancer with a name");
        });

        it("goes back to a node port", async () => {
            mesh.configure();
            await mesh.up();
            await calls("at the node port again");
            await onCluster("cluster1", [
                ...["delete", "service/cluster2-gateway", "endpointslice/cluster2-gateway"],
                ...["-n", sleep.namespace],
            ]);
        });
    });
}

/** A name in cluster1 that resolves to the load balancer of cluster2. */
const balancerNameObjects = `
apiVersion: v1
kind: Service
metadata: { name: cluster2-gateway, namespace: ${sleep.namespace} }
spec: { clusterIP: None, ports: [{ name: tls, port: 15443 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: cluster2-gateway
  namespace: ${sleep.namespace}
  labels: { kubernetes.io/service-name: cluster2-gateway }
addressType: IPv4
endpoints: [{ addresses: [${balancerAddress}] }]
ports: [{ name: tls, port: 15443 }]
`;

async function setNodePort(nodePort: number): Promise<void> {
    const patch = JSON.stringify([{ op: "replace", path: "/spec/ports/0/nodePort", value: nodePort }]);
    await onCluster("cluster2", ["patch", service, ...inIstio, "--type=json", "-p", patch]);
}

/** Runs a command inside cluster2's node. */
async function onNode(command: readonly string[]): Promise<void> {
    const node = runningNode("cluster2");
    if (node === undefined) throw new Error("cluster2 does not run");
    const [file = "", ...args] = [...enter(node), ...command];
    succeeded(await runCommand(file, args));
}

/**
 * Makes cluster2 say that it has a second node, at the second address of its only one. What it stands for is what an
 * importing cluster sees of a second node: a ready Node with an address at which the node port is served. No kubelet is
 * behind it, so nothing is scheduled there, and after three minutes without a sign of life it would not be ready any more.
 */
async function joinSecondNode(): Promise<void> {
    const node = {
        apiVersion: "v1",
        kind: "Node",
        metadata: { name: secondNode },
        spec: { taints: [{ key: "stand-in", effect: "NoSchedule" }] },
    };
    await onCluster("cluster2", ["create", "-f", "-"], { input: JSON.stringify(node) });
    const now = new Date().toISOString();
    const ready = {
        ...{ type: "Ready", status: "True", reason: "StandIn", message: "" },
        ...{ lastHeartbeatTime: now, lastTransitionTime: now },
    };
    const status = { addresses: [{ type: "InternalIP", address: secondAddress }], conditions: [ready] };
    await onCluster("cluster2", [
        ...["patch", `node/${secondNode}`, "--subresource=status", "--type=merge"],
        ...["-p", JSON.stringify({ status })],
    ]);
}
