import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { VerifyReport } from "../../../cli/verify/report";
import { editCorefile, onCluster, readCorefile } from "../../support/cluster";
import {
    type Changes,
    type Cluster,
    LabMesh,
    rolledOut,
    serverNamespaces,
    serverOf,
    sleep,
} from "../../support/labMesh";
import { type Printed, readPrinted } from "../../support/printedReports";
import type { Settings } from "../../support/program";

/** A name that nobody expects. */
export function someName(): string {
    return `x${randomBytes(3).toString("hex")}`;
}

/** What a run of `mesh verify` said. */
interface Verified {
    readonly reports: readonly Printed<VerifyReport>[];
    readonly code: number;
    readonly seconds: number;
}

/** The clusters; `CLUSTERS=cluster3,cluster4` takes others. The first calls, the second is called. */
const [caller, server] = (process.env["CLUSTERS"] ?? "cluster1,cluster2").split(",") as [Cluster, Cluster];

/** A mesh of two clusters in which one call is made to fail, and to pass again. */
export class Patient {
    readonly caller = caller;
    readonly server = server;
    readonly namespace = serverNamespaces[server];
    readonly host = serverOf(server);
    readonly mesh = new LabMesh([caller, server]);
    private readonly undoes: (() => Promise<void>)[] = [];
    private readonly url = `http://${this.host}:8000/headers`;

    async begin(): Promise<void> {
        await this.mesh.record();
        await this.mesh.up();
        assert.equal(await this.call(), "200");
    }

    async end(): Promise<void> {
        await this.mesh.remove();
    }

    /** HTTP status of the call, once it is 200 or the time is up. */
    call(): Promise<string> {
        return this.mesh.call(caller, this.url, "200", 60);
    }

    /** What `mesh verify` says of the host. */
    verify(path = "/headers", timeout = 4, more: readonly string[] = []): Promise<Verified> {
        return this.run([this.host, "--path", path, "--timeout", String(timeout), ...more]);
    }

    private async run(args: readonly string[]): Promise<Verified> {
        const { stdout, stderr, code, seconds } = await this.mesh.project.mesh(["verify", "--json", ...args]);
        assert.ok(stdout.startsWith("["), stderr);
        return { reports: readPrinted(stdout), code, seconds };
    }

    /** What `mesh verify` says of all hosts. */
    verifyAll(more: readonly string[] = []): Promise<Verified> {
        return this.run(["--path", "/headers", ...more]);
    }

    /** Lets the server's pods be exported under some more names, and the caller import them all. */
    async manyImports(count: number): Promise<void> {
        const [exported] = this.mesh.settings(server)["exports"] as readonly Settings[];
        const imports = this.mesh.settings(caller)["imports"] as readonly Settings[];
        const services = Array.from({ length: count - 1 }, (_, index) => `httpbin${index}`);
        await this.reconfigure({
            [server]: {
                exports: [
                    exported,
                    ...services.map((service) => ({ ...exported, service, virtualAddress: undefined })),
                ],
            },
            [caller]: { imports: [...imports, ...services.map((service) => ({ ...imports[0], service }))] },
        });
    }

    /** What it says of the caller's call, once that fails: what was made takes a moment to reach the proxies. */
    async failing(
        path?: string,
        more: readonly string[] = [],
    ): Promise<{ readonly report: Printed<VerifyReport>; readonly seconds: number }> {
        for (let tries = 1; ; tries++) {
            // One call alone may meet what the next one does not.
            const { reports, code, seconds } = await this.verify(path, 0, more);
            const report = reports.find(({ cluster }) => cluster === caller);
            assert.ok(report);
            if (!report.passed) {
                assert.equal(code, 1);
                return { report, seconds };
            }
            assert.ok(tries < 20, `the call still passes after ${tries} tries`);
            await pause(1500);
        }
    }

    /** Runs kubectl, and remembers how that is undone. */
    async kubectl(cluster: Cluster, args: readonly string[], undo?: readonly string[]): Promise<void> {
        await onCluster(cluster, args, { timeoutSeconds: 60 });
        if (undo)
            this.undoes.push(async () => {
                await onCluster(cluster, undo, { timeoutSeconds: 60 });
            });
    }

    /** Makes an object that goes with the next {@link recover}, if nobody deletes it before. */
    async apply(
        cluster: Cluster,
        object: {
            readonly apiVersion?: string;
            readonly kind: string;
            readonly metadata: { readonly name: string; readonly namespace?: string };
            readonly spec?: object;
        },
    ): Promise<void> {
        await onCluster(cluster, ["apply", "-f", "-"], { input: JSON.stringify(object) });
        this.undoes.push(() => this.remove(cluster, object));
    }

    /** Deletes an object. */
    async remove(
        cluster: Cluster,
        {
            kind,
            metadata,
        }: {
            readonly kind: string;
            readonly metadata: { readonly name: string; readonly namespace?: string };
        },
    ): Promise<void> {
        const where = metadata.namespace === undefined ? [] : ["-n", metadata.namespace];
        await onCluster(cluster, ["delete", kind, metadata.name, ...where, "--ignore-not-found"]);
    }

    /** Changes a Deployment's pods by a patch, and back. All of the old pods go before new ones come. */
    async repod(
        cluster: Cluster,
        namespace: string,
        name: string,
        patch: object,
        back: object,
        comesUp = !JSON.stringify(patch).includes("readinessProbe"),
    ): Promise<void> {
        const change = async (what: object, waits: boolean) => {
            const object = [`deployment/${name}`, "-n", namespace];
            await onCluster(cluster, ["scale", ...object, "--replicas=0"]);
            await onCluster(
                cluster,
                ["wait", "pod", "-n", namespace, "-l", `app=${name}`, "--for=delete", "--timeout=60s"],
                { timeoutSeconds: 70 },
            );
            await onCluster(cluster, ["patch", ...object, "--type=strategic", "-p", JSON.stringify(what)]);
            await onCluster(cluster, ["scale", ...object, "--replicas=1"]);
            if (waits) await rolledOut(cluster, namespace, name);
            else await pause(6000);
        };
        await change(patch, comesUp);
        this.undoes.push(() => change(back, true));
    }

    /** Lets every import of the caller's leave through an egress gateway from now on. */
    async throughEgress(): Promise<void> {
        this.mesh.keep({ [caller]: { egress: { via: "egress" } } });
        await this.mesh.up();
        assert.equal(await this.call(), "200");
    }

    /** Changes the sample server's pods. */
    repodServer(patch: object, back: object): Promise<void> {
        return this.repod(server, this.namespace, "httpbin", patch, back);
    }

    /** Changes the caller's Corefile, and puts it back. */
    async corefile(change: (text: string) => string): Promise<void> {
        const before = await readCorefile(caller);
        this.undoes.push(() => editCorefile(caller, () => before));
        await editCorefile(caller, change);
    }

    /** Changes settings and brings all clusters up. */
    async reconfigure(changes: Changes): Promise<void> {
        this.undoes.push(async () => {
            this.mesh.configure();
            await this.mesh.up();
        });
        this.mesh.configure(changes);
        await this.mesh.up();
    }

    /** Undoes what was made, the last first, as the step that was named has to do: then it is that which is undone. */
    async undo(): Promise<void> {
        for (let undo = this.undoes.pop(); undo; undo = this.undoes.pop()) await undo();
    }

    /** Brings the mesh back to what it was, whatever a test has left, and waits until the call passes. */
    async recover(): Promise<void> {
        await this.undo();
        if ((await this.mesh.call(caller, this.url, "200", 20)) !== "200") await this.mesh.up(["--refresh"]);
        assert.equal(await this.call(), "200");
    }

    /** Runs a command as it was printed. */
    async asPrinted(command: string): Promise<void> {
        const { code, text } = await this.mesh.project.run("sh", ["-ec", command], { limitSeconds: 240 });
        assert.equal(code, 0, text);
        await rolledOut(server, this.namespace, "httpbin");
        await rolledOut(caller, sleep.namespace, sleep.name);
    }
}
