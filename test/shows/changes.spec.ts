import { onCluster } from "../support/cluster";
import { type Changes, type Cluster, LabMesh, replacePods, serverOf, succeeded } from "../support/labMesh";
import {
    assertAsForeseen,
    type ChangesByStack,
    countsOf,
    done,
    foreseen,
    plainly,
} from "../support/objectChanges";
import type { Settings } from "../support/program";
import { addNode, removeNode } from "../support/secondNode";

/** A change of a mesh of three clusters, each of which imports the next one's server. */
interface Row {
    readonly what: string;
    readonly changes: Changes;
    /** What the mesh is like before, where that is not the base. */
    readonly before?: Changes;
    /** Clusters of which nobody is called after the change. */
    readonly without?: readonly Cluster[];
    /** Whether the way back by plain Pulumi is left out; there is none from some. */
    readonly isOneWay?: boolean;
    /** Something that is done to a cluster by hand before. */
    readonly byHand?: () => Promise<void>;
    /** What docs/security.md or the like says to do after the update, before calls go the new way. */
    readonly afterwards?: () => Promise<void>;
    /** Whether the real state has to be read to see it. */
    readonly refresh?: boolean;
}

/** Rows to try, `ROWS="a second port,another suffix"`; all of them by default. */
const chosen = process.env["ROWS"]?.split(",");

/**
 * Every kind of change: what a preview says is what the update then does, by `mesh`, and by plain Pulumi on the way back.
 * `make test` tries four of them (test/cluster/mesh.spec.ts).
 */
describe("a mesh that is changed in every way", function () {
    this.timeout(900_000);
    const mesh = new LabMesh(["cluster1", "cluster2", "cluster3"]);

    before(() => mesh.record());

    after(async () => {
        console.log(mesh.table());
        await removeNode("cluster2");
        await mesh.remove();
    });

    it("comes up with one command", async () => {
        const preview = await foreseen(mesh.project);
        const up = await done(mesh.project);
        assertAsForeseen(preview, up, "new mesh");
        mesh.check("new mesh: done, as foreseen", countsOf(preview), countsOf(up));
        await checkCalls(mesh, "new mesh");
    });

    for (const row of rowsOf(mesh).filter(({ what }) => chosen?.includes(what) ?? true))
        it(`does what the preview says: ${row.what}`, async () => {
            const args = row.refresh === true ? ["--refresh"] : [];
            if (row.before !== undefined) {
                mesh.configure(row.before);
                await mesh.up();
            }
            mesh.configure(row.changes);
            await row.byHand?.();
            const preview = await foreseen(mesh.project, args);
            const up = await done(mesh.project, args);
            assertAsForeseen(preview, up, row.what);
            mesh.check(`${row.what}: done, as foreseen`, countsOf(preview), countsOf(up));
            await row.afterwards?.();
            await checkCalls(mesh, row.what, row.without);
            mesh.check(`${row.what}: left to do`, "nothing", countsOf(await foreseen(mesh.project)));
            if (row.isOneWay === true) {
                mesh.keep(row.changes);
                return;
            }
            mesh.configure();
            await backPlainly(mesh, row.what);
            await row.afterwards?.();
            await checkCalls(mesh, `${row.what}, taken back`);
        });
});

/** Takes a change back by plain Pulumi, one stack after the other; the mesh's own command then finds nothing to do. */
async function backPlainly(mesh: LabMesh, what: string): Promise<void> {
    const seen: ChangesByStack[] = [];
    const stacks = [...mesh.clusters].reverse();
    for (const stack of ["ca", ...stacks, ...stacks]) {
        const preview = await plainly(mesh.project, "preview", stack);
        const up = await plainly(mesh.project, "up", stack);
        assertAsForeseen(preview, up, `${what}, taken back in ${stack}`);
        seen.push(up);
    }
    const all = Object.fromEntries(seen.map((each, index) => [String(index), Object.values(each).flat()]));
    mesh.check(`${what}: taken back by plain Pulumi, as foreseen`, countsOf(all), countsOf(all));
    mesh.check(`${what}: then left to do`, "nothing", countsOf(await foreseen(mesh.project)));
}

async function checkCalls(mesh: LabMesh, what: string, without: readonly Cluster[] = []): Promise<void> {
    for (const [index, cluster] of mesh.clusters.entries()) {
        const next = mesh.clusters[(index + 1) % mesh.clusters.length] ?? cluster;
        if ([cluster, next].some((each) => without.includes(each))) continue;
        const suffix = what === "another suffix" ? "mesh.corp" : "global";
        const host = serverOf(next).replace(/global$/, suffix);
        const port = what === "another port number" && next === "cluster2" ? 8080 : 8000;
        const seen = await mesh.call(cluster, `http://${host}:${port}/headers`);
        mesh.check(`${what}: ${host} from ${cluster}`, "200", seen);
    }
}

function rowsOf(mesh: LabMesh): readonly Row[] {
    const [first, second, third] = mesh.clusters as readonly [Cluster, Cluster, Cluster];
    const listOf = (cluster: Cluster, key: string) => mesh.settings(cluster)[key] as readonly Settings[];
    const partOf = (cluster: Cluster, key: string) => (mesh.settings(cluster)[key] ?? {}) as Settings;
    const [server] = listOf(second, "exports");
    const [port] = server?.["ports"] as readonly Settings[];
    const also = (cluster: Cluster, service: string): Settings => ({
        ...listOf(cluster, "exports")[0],
        service,
        virtualAddress: undefined,
    });
    const with_ = (cluster: Cluster, key: string, more: Settings): Settings => ({
        [key]: [...listOf(cluster, key), more],
    });
    const namespaceOf = (cluster: Cluster) => serverOf(cluster).split(".")[1] ?? "";
    const taken = (service: string, from: Cluster | readonly Cluster[], namespace = namespaceOf(second)) => ({
        service,
        namespace,
        from,
    });
    /** One host that two clusters can serve. */
    const shared = (cluster: Cluster): Settings => ({ ...also(cluster, "shared"), namespace: "foo" });
    const sharedFrom = (...from: readonly Cluster[]): Changes => ({
        [second]: with_(second, "exports", shared(second)),
        [third]: with_(third, "exports", shared(third)),
        [first]: with_(first, "imports", taken("shared", from, "foo")),
    });
    /** Workloads keep the names in their certificates until they get new ones (docs/security.md). */
    const newCertificates = async () => {
        for (const cluster of mesh.clusters) {
            await restart(cluster, "istio-system", "istiod");
            await restart(cluster, "foo", "sleep");
            await restart(cluster, namespaceOf(cluster), "httpbin");
        }
    };
    const ca = mesh.settings("ca")["ca"] as Settings;
    const withoutThird: Changes = {
        ca: { ca: { ...ca, clusters: [first, second] } },
        [second]: { imports: [] },
    };
    const destroyThird = async () => {
        const args = ["destroy", "--yes", "--skip-preview", "--stack", third];
        succeeded(await mesh.project.pulumi(args, { limitSeconds: 240 }));
    };
    const everywhere = (settings: Settings): Changes =>
        Object.fromEntries(mesh.clusters.map((cluster) => [cluster, settings]));
    return [
        {
            what: "export and import",
            changes: {
                [second]: with_(second, "exports", also(second, "echo")),
                [first]: with_(first, "imports", taken("echo", second)),
            },
        },
        {
            what: "a second port",
            changes: {
                [second]: {
                    exports: [{ ...server, ports: [port, { ...port, name: "http2", number: 8001 }] }],
                },
            },
        },
        {
            what: "another port number",
            changes: { [second]: { exports: [{ ...server, ports: [{ ...port, number: 8080 }] }] } },
        },
        {
            what: "a new virtual address",
            changes: { [second]: { exports: [{ ...server, virtualAddress: "240.0.0.77" }] } },
        },
        { what: "another suffix", changes: everywhere({ mesh: { suffixes: ["mesh.corp"] } }) },
        {
            what: "an import from two exporters",
            changes: sharedFrom(second, third),
        },
        { what: "an exporter swapped", before: sharedFrom(second), changes: sharedFrom(third) },
        {
            what: "an exporter that leaves",
            before: sharedFrom(second, third),
            changes: { ...sharedFrom(third), [second]: {} },
        },
        {
            what: "an importer that joins",
            changes: { [third]: with_(third, "imports", taken("httpbin", second)) },
        },
        {
            what: "a cluster that leaves",
            changes: withoutThird,
            byHand: destroyThird,
            without: [third],
        },
        {
            what: "a cluster that joins",
            before: withoutThird,
            changes: {},
            byHand: destroyThird,
            isOneWay: true,
        },
        {
            what: "a node added",
            changes: {},
            byHand: () => addNode(second),
            isOneWay: true,
        },
        {
            what: "a node removed",
            changes: {},
            byHand: () => removeNode(second),
            isOneWay: true,
        },
        {
            what: "another trust domain",
            afterwards: newCertificates,
            changes: {
                ...everywhere({ mesh: { acceptedTrustDomains: ["cluster.local", "two.corp"] } }),
                [second]: {
                    mesh: { trustDomain: "two.corp", acceptedTrustDomains: ["cluster.local", "two.corp"] },
                },
            },
        },
        { what: "a fixed node port", changes: { [second]: { gateway: { nodePort: 31999 } } } },
        { what: "a load balancer", changes: { [second]: { gateway: { type: "LoadBalancer" } } } },
        { what: "an egress gateway", changes: { [first]: { egress: { via: "egress" } } } },
        {
            what: "allowed callers",
            changes: {
                [second]: {
                    exports: [
                        {
                            ...server,
                            allowedFrom: [{ namespace: "foo", serviceAccount: "sleep" }],
                        },
                    ],
                },
            },
        },
        {
            what: "a value of Istio",
            changes: {
                [first]: {
                    istio: {
                        ...partOf(first, "istio"),
                        values: {
                            ...(partOf(first, "istio")["values"] as Settings),
                            meshConfig: { accessLogFile: "/dev/stdout" },
                        },
                    },
                },
            },
        },
        {
            what: "intermediates renewed",
            changes: { ca: { ca: { ...ca, intermediateValidityDays: 366 } } },
            isOneWay: true,
        },
        {
            what: "an object edited by hand",
            changes: {},
            refresh: true,
            isOneWay: true,
            byHand: async () => {
                const patch = JSON.stringify({ metadata: { labels: { "app.kubernetes.io/name": "mine" } } });
                await onCluster(second, [
                    ...["patch", "deployment", "global-dns", "-n", "istio-system"],
                    ...["--type=merge", "-p", patch],
                ]);
            },
        },
        {
            what: "the first step of another root",
            changes: { ca: { ca: { ...ca, rotation: { step: "trust", to: { name: "next" } } } } },
            isOneWay: true,
        },
    ];
}

async function restart(cluster: Cluster, namespace: string, deployment: string): Promise<void> {
    await replacePods(cluster, namespace, deployment, ["rollout", "restart", `deployment/${deployment}`]);
}
