import assert from "node:assert/strict";
import { inventory, onCluster } from "../support/cluster";
import type { Ended } from "../support/engine";
import { type Cluster, LabMesh, succeeded } from "../support/labMesh";
import type { Settings } from "../support/program";

const clusters = (process.env["CLUSTERS"] ?? "cluster1,cluster2").split(",") as readonly Cluster[];

/** A ServiceEntry as somebody would make one. */
function entry(namespace: string, name: string, host: string): string {
    const ports = [{ number: 80, name: "http", protocol: "HTTP" }];
    return JSON.stringify({
        apiVersion: "networking.istio.io/v1",
        kind: "ServiceEntry",
        metadata: { name, namespace },
        spec: { hosts: [host], ports, resolution: "NONE", location: "MESH_EXTERNAL" },
    });
}

describe("a mesh among namespaces and objects of others", function () {
    this.timeout(400_000);
    const mesh = new LabMesh(clusters);
    const [first = "cluster1"] = clusters;
    const [exported = {}] = mesh.settings(first)["exports"] as readonly Settings[];
    const namespace = String(exported["namespace"]);
    const host = `extra.${namespace}.global`;

    /** Exports another service too. */
    const withExport = (changes: Settings) => {
        const extra = { ...exported, service: "extra", virtualAddress: undefined, ...changes };
        mesh.configure({ [first]: { exports: [exported, extra] } });
    };
    const refused = ({ code, text, seconds }: Ended, said: RegExp) => {
        assert.equal(code, 1, text);
        assert.match(text, said);
        assert.ok(seconds < 60, `said after ${seconds} s`);
    };

    before(async () => {
        await mesh.record();
        await mesh.up();
    });

    after(async () => {
        await onCluster(first, ["delete", "namespace", "strangers", "--ignore-not-found", "--wait=false"]);
        await mesh.remove();
    });

    it("refuses an export in a namespace that is not there, in a preview and before the first write", async () => {
        const { objects } = await inventory(first);
        withExport({ namespace: `${namespace}r` });
        const said = new RegExp(
            `exports\\[1\\]\\.namespace is ${namespace}r, which the cluster does not have \\(it has .*${namespace}.*\\); correct it`,
        );
        refused(await mesh.project.mesh(["preview", "--clusters", first]), said);
        refused(await mesh.project.mesh(["up", "--clusters", first]), said);
        assert.deepEqual((await inventory(first)).objects, objects);
        mesh.configure();
        const back = succeeded(await mesh.project.mesh(["preview", "--expect-no-changes"]));
        assert.doesNotMatch(back.text, /warning/);
    });

    it("refuses labels that can't be", async () => {
        withExport({ selector: { "app space": "a b" } });
        refused(
            await mesh.project.mesh(["preview", "--clusters", first]),
            /exports\[1\]\.selector\["app space"\] is no key that Kubernetes takes/,
        );
    });

    it("refuses an entry of somebody else under a name of ours, and goes on when it is gone", async () => {
        await onCluster(first, ["create", "-f", "-"], { input: entry(namespace, host, "other.test") });
        withExport({});
        const said = new RegExp(
            `the ServiceEntry ${namespace}/${host} is somebody else's \\(written by kubectl-create\\), and exports\\[1\\] makes one`,
        );
        refused(await mesh.project.mesh(["preview", "--clusters", first]), said);
        refused(await mesh.project.mesh(["up", "--clusters", first]), said);
        await onCluster(first, ["delete", "serviceentry", host, "-n", namespace]);
        succeeded(await mesh.project.mesh(["up", "--clusters", first], { limitSeconds: 200 }));
    });

    it("tells of an entry of somebody else with a host that is in place, and refuses one with a new host", async () => {
        await onCluster(first, ["create", "namespace", "strangers"]);
        await onCluster(first, ["create", "-f", "-"], { input: entry("strangers", "legacy", host) });
        const { text } = succeeded(await mesh.project.mesh(["preview", "--clusters", first]));
        assert.match(
            text,
            new RegExp(`The ServiceEntry strangers/legacy is somebody else's .* has the host ${host}`),
        );
        mesh.configure();
        succeeded(await mesh.project.mesh(["up", "--clusters", first], { limitSeconds: 200 }));
        withExport({});
        refused(
            await mesh.project.mesh(["preview", "--clusters", first]),
            /of two entries of one host Istio takes the older one/,
        );
        await onCluster(first, ["delete", "namespace", "strangers"]);
    });

    it("takes its own for its own, also when somebody has put it back from a backup", async () => {
        mesh.configure();
        const own = String(exported["service"]) + `.${namespace}.global`;
        const args = ["get", "serviceentry", own, "-n", namespace, "-o", "json"];
        const backup = await onCluster(first, args);
        await onCluster(first, ["replace", "--force", "-f", "-"], { input: backup });
        const { text } = succeeded(await mesh.project.mesh(["preview", "--clusters", first]));
        assert.doesNotMatch(text, /somebody else's/);
    });
});
