import * as fs from "node:fs";
import * as path from "node:path";
import CliTable from "cli-table3";
import { stringify } from "yaml";
import { teamFolder } from "../lib/config/teamFiles";
import { inPod, onCluster } from "../test/support/cluster";
import { type Cluster, LabMesh, sleep, succeeded } from "../test/support/labMesh";
import type { Settings } from "../test/support/program";
import { S3Server } from "../test/support/s3";
import { timed } from "./figures";
import { memoryOfPods, peakMemory } from "./memory";

const [importer, exporter] = ["cluster1", "cluster2"] as const;
const namespace = "bar";
const kinds = "serviceentries.networking.istio.io,destinationrules.networking.istio.io";

/** What was measured with one number of services. Seconds, bytes of cluster1's state, MiB of memory. */
export interface ServiceFigures {
    readonly services: number;
    readonly add: number;
    readonly kubectlApply: number;
    readonly unchangedUp: number;
    readonly unchangedPreview: number;
    readonly kubectlDiff: number;
    readonly oneMore: number;
    /** From the start of that `mesh up` until a pod in cluster1 that asks for the new name all the time gets a 200. */
    readonly firstCall: number;
    readonly remove: number;
    readonly kubectlDelete: number;
    readonly stateBytes: number;
    /** Most of what `mesh up` and all that it starts use while the services are added. */
    readonly peakMiB: number;
    /** Of both clusters. */
    readonly istiodMiB: number;
    readonly globalDnsMiB: number;
}

/** Whose file names the services: as many as are measured here have no room in a stack's own (lib/mesh/handedSettings.ts). */
const team = "bench";

/** Writes a team's file with so many services, exported by one cluster and imported by the other. */
function writeServices(mesh: LabMesh, count: number): void {
    const names = Array.from({ length: count }, (_, index) => `bench-${index}`);
    const [sample] = mesh.settings(exporter)["exports"] as readonly Settings[];
    const exports = names.map((service) => ({ ...sample, service, virtualAddress: undefined }));
    const imports = names.map((service) => ({ service, namespace, from: exporter }));
    const file = path.join(mesh.project.folder, teamFolder, `${team}.yaml`);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, stringify({ exports: { [exporter]: exports }, imports: { [importer]: imports } }));
}

/** The objects of the services, as kubectl writes them. */
async function objectsOf(cluster: Cluster): Promise<string> {
    const text = await onCluster(cluster, ["get", kinds, "-A", "-o", "json"], { timeoutSeconds: 120 });
    const { items } = JSON.parse(text) as {
        readonly items: readonly {
            readonly metadata: { readonly name: string; readonly namespace: string };
            readonly apiVersion: string;
            readonly kind: string;
            readonly spec: unknown;
        }[];
    };
    return JSON.stringify({
        apiVersion: "v1",
        kind: "List",
        items: items
            .filter(({ metadata }) => metadata.name.startsWith("bench-"))
            .map(({ apiVersion, kind, metadata: { name, namespace: place }, spec }) => ({
                apiVersion,
                kind,
                metadata: { name, namespace: place },
                spec,
            })),
    });
}

async function measure(mesh: LabMesh, services: number): Promise<ServiceFigures> {
    const up = () => mesh.project.mesh(["up"], { limitSeconds: 1800 }).then((ended) => succeeded(ended));
    writeServices(mesh, services);
    // A run with many services takes long: what is known of it so far.
    const say = (what: string, seconds: number) => {
        console.error(`${services} services: ${what} ${seconds.toFixed(1)} s`);
    };
    const { result: add, peakMiB } = await peakMemory(() => timed(up));
    say("added", add);
    const objects = new Map<Cluster, string>();
    for (const cluster of [importer, exporter]) objects.set(cluster, await objectsOf(cluster));
    const unchangedUp = await timed(up);
    const unchangedPreview = await timed(async () =>
        succeeded(await mesh.project.pulumi(["preview", "--stack", importer], { limitSeconds: 600 })),
    );
    const kubectl = (args: readonly string[], codes: readonly number[] = [0]) =>
        timed(() =>
            Promise.all(
                [...objects].map(async ([cluster, input]) => {
                    // kubectl wants at least one object.
                    if (services === 0) return;
                    try {
                        await onCluster(cluster, args, { input, timeoutSeconds: 900 });
                    } catch (error) {
                        if (codes.length === 1) throw error;
                    }
                }),
            ),
        );
    // Exit code 1 of kubectl diff says that something differs.
    const kubectlDiff = await kubectl(["diff", "--server-side", "--force-conflicts", "-f", "-"], [0, 1]);
    const stateBytes = JSON.stringify(await mesh.project.state(importer)).length;
    const [istiodMiB, globalDnsMiB] = [memoryOfPods("istiod-"), memoryOfPods("global-dns-")];
    writeServices(mesh, services + 1);
    const [firstCall, oneMore] = await Promise.all([timed(() => firstAnswer(services)), timed(up)]);
    writeServices(mesh, 0);
    say("one more", oneMore);
    const remove = await timed(up);
    say("removed", remove);
    const kubectlApply = await kubectl(["apply", "--server-side", "-f", "-"]);
    const kubectlDelete = await kubectl(["delete", "-f", "-"]);
    return {
        ...{ services, add, kubectlApply, unchangedUp, unchangedPreview, kubectlDiff },
        ...{ oneMore, firstCall, remove, kubectlDelete, stateBytes, peakMiB, istiodMiB, globalDnsMiB },
    };
}

/** Calls a service all the time until the answer is 200. */
async function firstAnswer(index: number): Promise<void> {
    const url = `http://bench-${index}.${namespace}.global:8000/status/200`;
    const call = `curl -s -o /dev/null -m 3 -w '%{http_code}' ${url}`;
    await inPod(importer, sleep, `until [ "$(${call})" = 200 ]; do sleep 0.2; done`, 600);
}

/**
 * How times grow with the number of services: for each count so many exports of cluster2, and an import of each in cluster1, are
 * added by one `mesh up` of a team's file, looked at, one more is added, and all are taken away again. Beside it kubectl writes the same objects.
 *
 * @param backend where the states are kept: in a folder, or on an S3 server of this machine
 */
export async function measureServices(
    counts: readonly number[],
    backend: "file" | "s3",
): Promise<readonly ServiceFigures[]> {
    const mesh = new LabMesh([importer, exporter]);
    await mesh.record();
    const s3 = backend === "s3" ? await S3Server.start() : undefined;
    if (s3) mesh.project.useBackend(s3.variables);
    const all: ServiceFigures[] = [];
    try {
        const teams = { [team]: { namespaces: [namespace] } };
        mesh.keep({ [importer]: { teams }, [exporter]: { teams } });
        await mesh.up();
        for (const count of [0, ...counts]) {
            const figures = await measure(mesh, count);
            all.push(figures);
            console.error(JSON.stringify(figures));
        }
    } finally {
        await mesh.remove();
        await s3?.stop();
    }
    return all;
}

/** A table for people. */
export function servicesTable(all: readonly ServiceFigures[]): string {
    const table = new CliTable({ head: Object.keys(all[0] ?? {}), style: { head: [], border: [] } });
    for (const figures of all)
        table.push(
            Object.values(figures).map((figure: number) => figure.toFixed(Number.isInteger(figure) ? 0 : 1)),
        );
    return table.toString();
}
