import assert from "node:assert/strict";
import * as fs from "node:fs";
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { contractVersion } from "../../lib/mesh/contract";
import { run } from "../../lab/exec";
import { nodePlan } from "../../lab/node/plan";
import { kubeconfigPath } from "../../lab/paths";
import { type Inventory, inventory, onCluster } from "../support/cluster";
import type { Ended, State } from "../support/engine";
import { LabMesh, serverOf, succeeded } from "../support/labMesh";
import { oneCluster as cluster } from "../support/oneCluster";
import type { Settings } from "../support/program";

/** Seconds within which every destroy has to end, whatever is broken. */
const limitSeconds = 60;

const imported = { service: "orders", namespace: "shop", from: "peer" };

/** The stack of a cluster that does not exist, as an importer reads it. */
const peer = {
    contractVersion,
    cluster: "peer",
    kubeconfig: "none",
    context: "none",
    suffix: "global",
    gateway: { kind: "Manual", addresses: ["192.0.2.10"], port: 15443 },
    exports: [
        {
            host: "orders.shop.global",
            name: "orders",
            namespace: "shop",
            ports: [{ name: "http", number: 80, protocol: "HTTP" }],
            virtualAddress: "240.1.2.3",
            identities: ["spiffe://cluster.local/ns/shop/sa/orders"],
        },
    ],
    imports: [],
    pendingImports: [],
    rootFingerprint: "",
    globalDnsAddress: "192.0.2.11",
};

describe("the teardown of a mesh with something broken", function () {
    this.timeout(240_000);
    // Each step goes on from the one before.
    this.bail(true);

    const mesh = new LabMesh([cluster]);
    const { project } = mesh;
    const kubeconfig = path.join(project.folder, "kubeconfig");
    const working = () => {
        fs.copyFileSync(kubeconfigPath(cluster), kubeconfig);
    };
    let bare: Inventory;

    /** Makes the project's kubeconfig lead to another server. */
    const leadTo = (server: string) => {
        const text = fs.readFileSync(kubeconfigPath(cluster), "utf8");
        fs.writeFileSync(kubeconfig, text.replace(/server: \S+/, `server: ${server}`));
    };

    /** Writes the stack files. The peer is in the mesh while it is imported from, and has no cluster to destroy. */
    const configure = (clusters: readonly string[]) => {
        const settings = mesh.settings(cluster);
        mesh.configure({
            ca: { ca: { ...(mesh.settings("ca")["ca"] as Settings), clusters } },
            [cluster]: {
                cluster: { ...(settings["cluster"] as Settings), kubeconfig: "kubeconfig" },
                egress: { via: "egress" },
                imports: [imported],
            },
        });
    };

    const up = async () => {
        configure([cluster, "peer"]);
        await mesh.up(["--clusters", cluster]);
        configure([cluster]);
    };
    const destroy = async (...args: string[]): Promise<Ended> => {
        const ended = await project.mesh(["destroy", ...args], { limitSeconds: 200 });
        assert.ok(ended.seconds < limitSeconds, `${ended.seconds} s\n${ended.text.slice(-3000)}`);
        return ended;
    };

    /** Tries a destroy that has to succeed, and looks for anything that it left. */
    const destroyed = async (what: string) => {
        const ended = succeeded(await destroy());
        const after = await inventory(cluster);
        mesh.check(what, "within 60 s, nothing left", `within 60 s, ${leftOf(bare, after)}`);
        console.log(`      ${what}: ${ended.seconds.toFixed(1)} s`);
    };

    before(async () => {
        await mesh.record();
        bare = await inventory(cluster);
        working();
        project.configure("peer", { cluster: { kubeconfig: "none", context: "none" }, exports: [] });
        await makePeer();
    });

    after(async () => {
        console.log(mesh.table());
        working();
        await mesh.remove();
    });

    /** Makes the peer's stack, with outputs as of an update. */
    async function makePeer(): Promise<void> {
        succeeded(await project.pulumi(["stack", "init", "peer"]));
        const state = await project.state("peer");
        const urn = "urn:pulumi:peer::istio-multicluster::pulumi:pulumi:Stack::istio-multicluster-peer";
        const root = { urn, custom: false, type: "pulumi:pulumi:Stack", outputs: peer };
        const imported: State = { ...state, deployment: { ...state.deployment, resources: [root] } };
        await project.importState("peer", imported);
    }

    it("begins with a mesh that comes up, an egress gateway included", async () => {
        await up();
        const url = `http://${serverOf(cluster)}:8000/headers`;
        mesh.check("the cluster's own export from its sleep pod", "200", await mesh.call(cluster, url));
    });

    it("lets nothing run beside istiod and the gateways that Pod Security `restricted` forbids", async () => {
        for (const namespace of ["istio-system", "istio-egress"]) {
            const pod = {
                apiVersion: "v1",
                kind: "Pod",
                metadata: { name: "root", namespace },
                spec: {
                    containers: [{ name: "root", image: "none", securityContext: { privileged: true } }],
                },
            };
            const refused = await onCluster(cluster, ["create", "--dry-run=server", "-f", "-"], {
                input: JSON.stringify(pod),
            }).then(
                () => "accepted",
                (error: unknown) => /violates PodSecurity "restricted:latest"/.exec(String(error))?.[0],
            );
            const expected = 'violates PodSecurity "restricted:latest"';
            mesh.check(`a privileged pod in ${namespace}`, expected, refused ?? "another error");
        }
        const pods = await onCluster(cluster, [
            ...["get", "pods", "-n", "istio-system", "-o"],
            'jsonpath={range .items[*]}{.metadata.labels.app} {.status.phase}{"\\n"}{end}',
        ]);
        mesh.check(
            "pods of istio-system",
            "global-dns Running, istio-eastwestgateway Running, istiod Running",
            pods.trim().split("\n").sort().join(", "),
        );
    });

    for (const [what, server, reason] of [
        ["refuses connections", "https://127.0.0.1:1", "refused"],
        ["has no way to it", "cut", "unable to connect|no route|deadline exceeded"],
        ["takes connections and never answers", "silent", "deadline exceeded|timeout"],
    ] as const) {
        it(`ends in time, and says what is left, when the API server ${what}`, async () => {
            const sockets: Socket[] = [];
            const silent = createServer((socket) => sockets.push(socket));
            await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
            const { port } = silent.address() as AddressInfo;
            // Plain Pulumi goes by the address in the state, so for it the way is really cut.
            const isCut = server === "cut";
            working();
            if (isCut) await setCable("down");
            else leadTo(server === "silent" ? `https://127.0.0.1:${port}` : server);
            try {
                const ended = await destroy();
                assert.equal(ended.code, 1, ended.text);
                assert.match(ended.text, new RegExp(reason, "i"));
                assert.match(ended.text, /nothing of it was deleted\. \d+ resources are left in stack/);
                assert.match(ended.text, new RegExp(`destroy --clusters ${cluster} --abandon ${cluster}`));
                console.log(`      ${what}: ${ended.seconds.toFixed(1)} s`);
                mesh.check(
                    `destroy when the API server ${what}`,
                    "an error within 60 s",
                    "an error within 60 s",
                );
                if (!isCut) return;
                const plain = await project.pulumi(["destroy", "--yes", "--stack", cluster], {
                    limitSeconds: 200,
                });
                console.log(`      plain Pulumi, ${what}: ${plain.seconds.toFixed(1)} s`);
                assert.notEqual(plain.code, 0);
                assert.ok(plain.seconds < limitSeconds, `${plain.seconds} s`);
            } finally {
                for (const socket of sockets) socket.destroy();
                silent.close();
                if (isCut) await setCable("up");
            }
        });
    }

    it("gives up a cluster that does not answer", async () => {
        const state = await project.state(cluster);
        leadTo("https://127.0.0.1:1");
        const ended = succeeded(await destroy("--clusters", cluster, "--abandon", cluster));
        assert.match(
            ended.text,
            /^Forgets \S+ \(\d+ resources\) and leaves what is there\. Touches no other stack\./,
        );
        assert.match(ended.text, /resources, forgotten with the stack/);
        const stacks = succeeded(await project.pulumi(["stack", "ls", "--json"]));
        mesh.check(
            "the stack of a cluster that was given up",
            "forgotten",
            stacks.stdout.includes(`"${cluster}"`) ? "there" : "forgotten",
        );
        // The cluster is back, and so is its stack, from an export.
        working();
        succeeded(await project.pulumi(["stack", "init", cluster]));
        await project.importState(cluster, state);
    });

    it("succeeds with istiod gone", async () => {
        await onCluster(cluster, ["delete", "deployment", "istiod", "-n", "istio-system"]);
        await destroyed("destroy with istiod gone");
    });

    it("succeeds with namespaces deleted by hand and the other stacks gone", async () => {
        await up();
        const namespaces = ["istio-system", "istio-egress", "foo"];
        await onCluster(cluster, ["delete", "namespace", ...namespaces, "--timeout=100s"], {
            timeoutSeconds: 110,
        });
        for (const stack of ["peer", "ca"]) {
            succeeded(await project.pulumi(["stack", "rm", stack, "--yes", "--force", "--preserve-config"]));
        }
        await destroyed("destroy with three namespaces deleted by hand, the peer's stack and ca gone");
    });
});

/** Cuts the cable between the machine and the cluster's node, or mends it. */
async function setCable(state: "up" | "down"): Promise<void> {
    await run("ip", ["link", "set", nodePlan(Number(cluster.slice(-1))).veth, state]);
}

/** What is in a cluster that was not, and the other way round, in words. */
function leftOf(before: Inventory, after: Inventory): string {
    // Kubernetes makes these again under another name.
    const isKept = (line: string) => !/^EndpointSlice /.test(line);
    const left = after.objects.filter((line) => isKept(line) && !before.objects.includes(line));
    const gone = before.objects.filter((line) => isKept(line) && !after.objects.includes(line));
    const corefile = before.corefile === after.corefile ? [] : ["the Corefile"];
    const all = [...left, ...gone.map((line) => `missing ${line}`), ...corefile];
    return all.length === 0 ? "nothing left" : all.join(", ");
}
