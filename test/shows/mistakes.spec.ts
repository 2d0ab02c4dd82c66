import assert from "node:assert/strict";
import CliTable from "cli-table3";
import { onCluster, readCorefile } from "../support/cluster";
import { type Cluster, LabMesh, serverOf } from "../support/labMesh";
import { holds, mountedConfig, ownObjects } from "../support/ownObjects";
import type { Settings } from "../support/program";
import { stoppedMesh } from "../support/stopped";

/** Two clusters; the second one's file gets the mistakes. */
const [first, second] = (process.env["CLUSTERS"] ?? "cluster1,cluster2").split(",") as [Cluster, Cluster];

/** A mistake in a file, which is taken back. */
interface Mistake {
    readonly what: string;
    /** Settings of the second cluster's stack. */
    readonly settings: Settings;
    /**
     * An object, by its path, and a text that it has once the mistake is in it, at which the run is stopped. A run without
     * ends by itself.
     */
    readonly shows?: readonly [path: string, text: string];
    /** Makes the cluster one in which it is a mistake; gives back how that is undone. */
    readonly prepare?: () => Promise<() => Promise<void>>;
}

/** What there is of the mesh in the second cluster. */
interface Seen {
    readonly objects: Readonly<Record<string, unknown>>;
    readonly corefile: string;
    /** The ConfigMap that GlobalDns mounts. */
    readonly config: string | undefined;
}

const deployment = (namespace: string, name: string) =>
    `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
/** Mistakes to try, `MISTAKES="a label that can't be"`, each from the next by a semicolon; all of them by default. */
const chosen = process.env["MISTAKES"]?.split(";");

const tooMuch = { requests: { memory: "900Gi" }, limits: { memory: "900Gi" } };

/** Each of a number of mistakes is made, `mesh up` fails or is stopped, the file is restored, and `mesh up` is run again. */
describe("a mesh whose file has a mistake that is taken back", function () {
    this.timeout(420_000);
    const mesh = new LabMesh([first, second]);
    const base = mesh.settings(second);
    const table = new CliTable({
        head: ["Mistake", "Ended", "s", "Left", "Preview then", "Again", "s"],
        style: { head: [], border: [] },
    });
    let whole: Seen;

    before(async () => {
        await mesh.record();
        mesh.keep({ [second]: { egress: { via: "egress" } } });
        await mesh.up();
        whole = await seen();
        assert.notEqual(whole.config, undefined);
    });

    after(async () => {
        console.log(table.toString());
        await mesh.remove();
    });

    const [exported] = base["exports"] as readonly Settings[];
    const samples = base["sampleApps"] as Readonly<Record<"sleep" | "httpbin", Settings>>;
    const istio = base["istio"] as Settings & { readonly charts: Settings };
    const server = serverOf(second).split(".")[1] ?? "";
    const mistakes: readonly Mistake[] = [
        {
            what: "an image of GlobalDns that isn't there",
            settings: { dns: { image: "lab.local/coredns:nowhere" } },
            shows: [deployment("istio-system", "global-dns"), "coredns:nowhere"],
        },
        {
            what: "more pods of GlobalDns than the node takes",
            settings: { dns: { ...(base["dns"] as Settings), replicas: 200 } },
            shows: [deployment("istio-system", "global-dns"), '"replicas":200'],
        },
        {
            what: "an export in a namespace that isn't there",
            settings: {
                exports: [exported, { ...exported, namespace: "barr", virtualAddress: "240.0.9.9" }],
            },
        },
        {
            what: "a node port that can't be",
            settings: { gateway: { nodePort: 99 } },
        },
        {
            what: "a label that can't be",
            settings: { exports: [{ ...exported, selector: { "app space": "a b" } }] },
        },
        {
            what: "a gateway beyond the quota",
            settings: { gateway: { resources: { requests: { memory: "3Gi" }, limits: { memory: "4Gi" } } } },
            shows: [deployment("istio-system", "istio-eastwestgateway"), '"3Gi"'],
            prepare: () =>
                made(["quota", "mistake", "-n", "istio-system", "--hard=requests.memory=3Gi"], {
                    undo: ["quota", "mistake", "-n", "istio-system"],
                }),
        },
        {
            what: "a second suffix, and a server that doesn't start",
            settings: {
                mesh: { ...((base["mesh"] ?? {}) as Settings), suffixes: ["global", "mesh.corp"] },
                dns: { image: "lab.local/coredns:nowhere" },
            },
            shows: [deployment("istio-system", "global-dns"), "coredns:nowhere"],
        },
        {
            what: "a chart's folder that isn't there",
            settings: { istio: { ...istio, charts: { ...istio.charts, istiod: ".lab/charts/nowhere" } } },
        },
        {
            what: "a load balancer that gets no address",
            settings: { gateway: { type: "LoadBalancer" } },
            shows: ["/api/v1/namespaces/istio-system/services/istio-eastwestgateway", '"LoadBalancer"'],
            prepare: takeBalancers,
        },
        {
            what: "an image of a sample that isn't there",
            settings: {
                sampleApps: {
                    ...samples,
                    httpbin: { ...samples.httpbin, image: "lab.local/httpbin:nowhere" },
                },
            },
            shows: [deployment(server, "httpbin"), "httpbin:nowhere"],
        },
        {
            what: "a sample in another namespace that doesn't start there",
            settings: {
                sampleApps: {
                    ...samples,
                    sleep: { namespace: "elsewhere", image: "lab.local/sleep:nowhere" },
                },
            },
            shows: [deployment("elsewhere", "sleep"), "sleep:nowhere"],
        },
        {
            what: "a second suffix, stopped while the cluster's DNS takes it over",
            settings: { mesh: { ...((base["mesh"] ?? {}) as Settings), suffixes: ["global", "mesh.corp"] } },
            shows: ["/api/v1/namespaces/kube-system/configmaps/coredns", "mesh.corp"],
        },
        {
            what: "an egress gateway that fits on no node",
            settings: { egress: { via: "egress", resources: tooMuch } },
            shows: [deployment("istio-egress", "istio-egressgateway"), "900Gi"],
        },
        {
            what: "an egress gateway in another namespace that fits on no node there",
            settings: { egress: { via: "egress", namespace: "way-out", resources: tooMuch } },
            shows: [deployment("way-out", "istio-egressgateway"), "900Gi"],
        },
        {
            what: "no egress gateway, stopped while it goes",
            settings: { egress: undefined },
            shows: ["/api/v1/namespaces/istio-egress", '"Terminating"'],
        },
        {
            what: "an image of istiod that isn't there",
            settings: { istio: { ...istio, tag: "nowhere" } },
            shows: [deployment("istio-system", "istiod"), "pilot:nowhere"],
        },
    ];

    const tried = mistakes.filter(({ what }) => chosen?.includes(what) ?? true);
    for (const { what, settings, shows, prepare } of tried) {
        it(`is as before: ${what}`, async () => {
            const undo = await prepare?.();
            mesh.configure({ [second]: settings });
            const isTime = shows && (() => holds(second, ...shows));
            const run = await stoppedMesh(mesh.project, ["up", "--clusters", second], isTime);
            assert.equal(run.code, shows ? 130 : 1, run.text);
            await undo?.();
            const left = differences(whole, await seen());

            mesh.configure();
            const preview = await mesh.project.mesh(
                ["preview", "--expect-no-changes", "--clusters", second],
                {},
            );
            // What the state doesn't tell has to be seen all the same.
            if (left.length > 0) assert.equal(preview.code, 1, `${left.join("\n")}\n${preview.text}`);
            const again = await mesh.up(["--clusters", second]);
            assert.deepEqual(differences(whole, await seen()), [], again.text);
            for (const [caller, called] of [
                [first, second],
                [second, first],
            ] as const)
                assert.equal(await mesh.call(caller, `http://${serverOf(called)}:8000/`), "200");
            table.push([
                what,
                run.wasStopped ? "stopped" : "by itself",
                run.seconds.toFixed(0),
                left.join("\n"),
                `exit code ${preview.code}`,
                new RegExp(`^${second} .*$`, "m").exec(again.text)?.[0].replace(/ +/g, " ") ?? "",
                again.seconds.toFixed(0),
            ]);
        });
    }

    it("has nothing left to do, with the real state read", async () => {
        const preview = await mesh.project.mesh(["preview", "--refresh", "--expect-no-changes"]);
        assert.equal(preview.code, 0, preview.text);
    });

    async function seen(): Promise<Seen> {
        const [objects, corefile, config] = await Promise.all([
            ownObjects(second),
            readCorefile(second),
            mountedConfig(second),
        ]);
        return { objects, corefile, config };
    }

    /** Takes all addresses that the lab's load balancer has. */
    async function takeBalancers(): Promise<() => Promise<void>> {
        await onCluster(second, ["create", "namespace", "takers"]);
        const names = Array.from({ length: 10 }, (_, index) => `taker${index}`);
        const items = names.map((name) => ({
            apiVersion: "v1",
            kind: "Service",
            metadata: { name, namespace: "takers" },
            spec: { type: "LoadBalancer", selector: { app: name }, ports: [{ port: 80 }] },
        }));
        await onCluster(second, ["apply", "-f", "-"], {
            input: JSON.stringify({ apiVersion: "v1", kind: "List", items }),
        });
        await onCluster(second, [
            ...["wait", "service/taker9", "-n", "takers", "--timeout=30s"],
            "--for=jsonpath={.status.loadBalancer.ingress}",
        ]);
        return async () => {
            await onCluster(second, ["delete", "namespace", "takers"], { timeoutSeconds: 60 });
        };
    }

    async function made(
        args: readonly string[],
        { undo }: { readonly undo: readonly string[] },
    ): Promise<() => Promise<void>> {
        await onCluster(second, ["create", ...args]);
        return async () => {
            await onCluster(second, ["delete", ...undo]);
        };
    }
});

/** What is not the same any more: `gone`, `new` or `other` with the object, and whatever else differs. */
function differences(before: Seen, after: Seen): readonly string[] {
    const names = [...new Set([...Object.keys(before.objects), ...Object.keys(after.objects)])].sort();
    const objects = names.flatMap((name) => {
        const [old, now] = [before.objects[name], after.objects[name]];
        if (now === undefined) return [`gone ${name}`];
        if (old === undefined) return [`new ${name}`];
        return JSON.stringify(old) === JSON.stringify(now) ? [] : [`other ${name}`];
    });
    return [
        ...objects,
        ...(before.corefile === after.corefile ? [] : ["other Corefile"]),
        ...(before.config === after.config ? [] : [`mounted: ${after.config ?? "what isn't there"}`]),
    ];
}
