import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import CliTable from "cli-table3";
import type { ClusterOutputs } from "../../lib/mesh/contract";
import { makeCertificate } from "../support/certificates";
import { inventory, onCluster } from "../support/cluster";
import { type Cluster, LabMesh, serverOf, succeeded } from "../support/labMesh";
import {
    accessLogs,
    clockOf,
    countLoad,
    failedInProxies,
    installLoad,
    settleSeconds,
    startLoad,
    stopLoad,
    type Stream,
} from "../support/load";
import { type ChangesByStack, countsOf, done, foreseen, plainly } from "../support/objectChanges";
import type { Settings } from "../support/program";

/**
 * Commits whose meshes are taken over, `FORMER="8edebfd,386cf99,2ff7136"`: before the mesh was planned once,
 * before Istio's definitions were one resource, and before a service was one.
 */
const formers = (process.env["FORMER"] ?? "8edebfd").split(",");

/** Ways of taking over that are tried, `WAYS="mesh up,pulumi up with the importer last"`. */
const ways = {
    "mesh up": undefined,
    "pulumi up with the importer first": ["ca", "cluster1", "cluster2", "cluster3"],
    "pulumi up with the importer last": ["ca", "cluster3", "cluster2", "cluster1"],
} as const satisfies Record<string, readonly string[] | undefined>;
type Way = keyof typeof ways;
const chosen = (process.env["WAYS"]?.split(",") ?? Object.keys(ways)) as readonly Way[];

const [first, second, third] = ["cluster1", "cluster2", "cluster3"] as const;
const clusters = [first, second, third] as const;
const host = serverOf(second);
const streams: readonly Stream[] = [
    { name: "kept", url: `http://${host}:8000/status/200`, requestsPerSecond: 50, connections: 4 },
    {
        name: "fresh",
        url: `http://${serverOf(third)}:8000/status/200`,
        requestsPerSecond: 10,
        connections: 2,
        fresh: true,
    },
];

/** What a take-over may not change, by what it is. */
type Kept = Readonly<Record<string, string>>;

/** Meshes that former versions of this project have made, which this one takes over. */
describe("a mesh of a former version", function () {
    this.timeout(900_000);
    const table = new CliTable({
        head: ["Former", "Taken over by", "Foreseen", "Done", "Seconds", "Requests / failed"],
        style: { head: [], border: [] },
    });
    after(() => {
        console.log(table.toString());
    });

    for (const former of formers)
        describe(former, () => {
            for (const way of chosen)
                it(`is taken over under load by ${way}, and destroyed`, async () => {
                    await onMesh(former, (mesh) => takeOver(mesh, former, way));
                });

            it("is read anew and destroyed, without an update between", async () => {
                await onMesh(former, async (mesh) => {
                    const looked = succeeded(
                        await mesh.project.pulumi(["refresh", "--yes", "--skip-preview", "--stack", first], {
                            limitSeconds: 240,
                        }),
                    );
                    table.push([former, "refresh and destroy", "", "", looked.seconds.toFixed(0), ""]);
                });
            });
        });

    /** Brings a mesh up by a former version, goes on with this one, and destroys it. */
    async function onMesh(former: string, tried: (mesh: LabMesh) => Promise<void>): Promise<void> {
        const mesh = new LabMesh(clusters);
        await mesh.record();
        const before = await inventories();
        try {
            everything(mesh);
            mesh.project.useSources(former);
            await mesh.up();
            addPending(mesh);
            succeeded(await mesh.project.mesh(["up", "--clusters", first], { limitSeconds: 240 }), [2]);
            mesh.project.useSources();
            await tried(mesh);
            succeeded(await mesh.project.mesh(["destroy"], { limitSeconds: 300 }));
            assert.deepEqual(await inventories(), before);
        } finally {
            await mesh.remove();
        }
    }

    async function takeOver(mesh: LabMesh, former: string, way: Way): Promise<void> {
        const kept = await keptOf(mesh);
        for (const { url } of streams) assert.equal(await mesh.call(first, url, "200", 40), "200", url);
        await installLoad(first);
        const from = await clockOf(first);
        for (const stream of streams) await startLoad(first, stream);
        const began = Date.now();
        const { preview, up } = await update(mesh, ways[way]);
        // Definitions that the state had in Istio's chart are forgotten by the second update (decision 0039).
        const left = await foreseen(mesh.project);
        assert.match(countsOf(left), /^(nothing|45 forget)$/);
        await mesh.up();
        const seconds = ((Date.now() - began) / 1000).toFixed(0);
        const to = await clockOf(first);
        await pause(settleSeconds * 1000);
        const counts = await Promise.all(streams.map((stream) => countLoad(first, stream, from, to)));
        await stopLoad(first);
        const load = counts.map(({ requests, failed }) => `${requests} / ${failed}`).join(", ");
        table.push([
            former,
            way,
            countsOf(preview),
            `${countsOf(up)}, then ${countsOf(left)}`,
            seconds,
            load,
        ]);
        const failures = counts.flatMap((each) => each.failures);
        if (failures.length > 0)
            for (const cluster of clusters) console.log(cluster, await failedInProxies(cluster));
        assert.deepEqual(failures, []);
        assert.deepEqual(await keptOf(mesh), kept);
        assert.equal(countsOf(await foreseen(mesh.project)), "nothing");
        // What a former version has written into them would otherwise stay when a newer Istio leaves it out.
        for (const cluster of clusters) assert.doesNotMatch(await writersOf(cluster), /pulumi-kubernetes-/);
    }
});

/** Everything that a former version's state can hold: two exporters, egress, callers, a given root, definitions that go. */
function everything(mesh: LabMesh): void {
    const { certPem, privateKeyPem } = makeCertificate();
    fs.writeFileSync(path.join(mesh.project.folder, "root.pem"), certPem);
    fs.writeFileSync(path.join(mesh.project.folder, "root.key"), privateKeyPem, { mode: 0o600 });
    const ca = mesh.settings("ca")["ca"] as Settings;
    const [exported] = mesh.settings(second)["exports"] as readonly Settings[];
    const shared = { ...exported, service: "shared", namespace: "foo", selector: { app: "sleep" } };
    const offered = (cluster: Cluster) => mesh.settings(cluster)["exports"] as readonly Settings[];
    const istioOf = (cluster: Cluster) => {
        const istio = mesh.settings(cluster)["istio"] as Settings;
        return { ...istio, values: { ...(istio["values"] as Settings), ...accessLogs } };
    };
    const caller = { namespace: "foo", serviceAccount: "sleep" };
    mesh.keep({
        ca: { ca: { ...ca, root: { name: "company", certFile: "root.pem", keyFile: "root.key" } } },
        [first]: {
            istio: istioOf(first),
            imports: [
                taken("httpbin", "bar", second),
                { ...taken("httpbin", "bar3", third), via: "egress" },
                { ...taken("shared", "foo", second), from: [second, third] },
            ],
        },
        [second]: { istio: istioOf(second), exports: [{ ...exported, allowedFrom: [caller] }, both(shared)] },
        [third]: {
            istio: { ...istioOf(third), removeCrds: true },
            exports: [...offered(third), both(shared)],
        },
    });

    function both(entry: Settings): Settings {
        return { ...entry, serviceAccount: "sleep", virtualAddress: undefined };
    }
}

/** An import whose export is in a file, and not applied: the importer alone is run. */
function addPending(mesh: LabMesh): void {
    const list = (cluster: Cluster, key: string) => mesh.settings(cluster)[key] as readonly Settings[];
    const [exported] = list(third, "exports");
    const later = { ...exported, service: "later", virtualAddress: undefined };
    mesh.keep({
        [first]: { imports: [...list(first, "imports"), taken("later", "bar3", third)] },
        [third]: { exports: [...list(third, "exports"), later] },
    });
}

function taken(service: string, namespace: string, from: Cluster): Settings {
    return { service, namespace, from };
}

/** Updates by `mesh up`, or by plain Pulumi in an order of stacks. Neither deletes or replaces anything. */
async function update(
    mesh: LabMesh,
    order: readonly string[] | undefined,
): Promise<{ preview: ChangesByStack; up: ChangesByStack }> {
    if (order === undefined) {
        const preview = await foreseen(mesh.project);
        assertNothingLost(preview);
        const up = await done(mesh.project);
        assertNothingLost(up);
        return { preview, up };
    }
    const preview: Record<string, ChangesByStack[string]> = {};
    const up: Record<string, ChangesByStack[string]> = {};
    // The second time completes what was pending.
    for (const stack of [...order, ...order.slice(1)]) {
        for (const [command, into] of [
            ["preview", preview],
            ["up", up],
        ] as const) {
            const changes = await plainly(mesh.project, command, stack);
            assertNothingLost(changes);
            into[stack] = [...(into[stack] ?? []), ...(changes[stack] ?? [])];
        }
    }
    return { preview, up };
}

/**
 * The zone's ConfigMap is another one with each change of the zone, here by the import that is completed; and what the rules
 * of most imports said, a shared one says (decision 0040).
 */
const mayGo =
    /^kubernetes:(core\/v1:ConfigMap global-dns-config(-[0-9a-f]+)?|networking\.istio\.io\/v1:DestinationRule .*-rule)$/;

function assertNothingLost(changes: ChangesByStack): void {
    const lost = Object.entries(changes).flatMap(([stack, list]) =>
        list
            .filter(({ op, type, name }) => /delete|replace/.test(op) && !mayGo.test(`${type} ${name}`))
            .map(({ op, type, name }) => `${stack}: ${op} ${type} ${name}`),
    );
    assert.deepEqual(lost, []);
}

/** What calls and certificates rest on. */
async function keptOf(mesh: LabMesh): Promise<Kept> {
    const kept: Record<string, string> = {};
    for (const cluster of clusters) {
        const paths = ["{.metadata.uid}", "{.spec.clusterIP}", "{.spec.ports[*].nodePort}"].join(" ");
        for (const object of [
            "service/istio-eastwestgateway",
            "deployment/istio-eastwestgateway",
            "deployment/istiod",
            "service/istiod",
            "secret/cacerts",
            "serviceaccount/istio-reader-service-account",
        ])
            kept[`${cluster} ${object}`] = await onCluster(cluster, [
                ...["get", object, "-n", "istio-system", "-o", `jsonpath=${paths}`],
            ]);
        for (const kind of ["customresourcedefinitions", "validatingwebhookconfigurations"])
            kept[`${cluster} ${kind}`] = await onCluster(cluster, [
                ...["get", kind, "-o", "jsonpath={range .items[*]}{.metadata.name}={.metadata.uid} {end}"],
            ]);
        kept[`${cluster} cacerts`] = await onCluster(cluster, [
            ...["get", "secret/cacerts", "-n", "istio-system", "-o", "jsonpath={.data.ca-cert\\.pem}"],
        ]);
        const { imports } = await mesh.project.outputs<ClusterOutputs>(cluster);
        for (const each of imports)
            if (each.host !== "later.bar3.global") kept[`${cluster} ${each.host}`] = each.virtualAddress;
    }
    return kept;
}

/** Who has written the definitions of a cluster. */
function writersOf(cluster: Cluster): Promise<string> {
    const managers = "jsonpath={range .items[*]}{.metadata.managedFields[*].manager} {end}";
    return onCluster(cluster, ["get", "crd", "--show-managed-fields", "-o", managers]);
}

/** `KIND NAMESPACE/NAME` of what the clusters hold. */
async function inventories(): Promise<readonly string[]> {
    const all = await Promise.all(clusters.map((cluster) => inventory(cluster)));
    return all.flatMap(({ objects, corefile }, index) => [
        ...objects.map((line) => `${clusters[index] ?? ""} ${line}`),
        corefile,
    ]);
}
