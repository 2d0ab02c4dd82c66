import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import type { CaOutputs } from "../../lib/mesh/contract";
import { access, type Inventory, inventory, onCluster } from "../support/cluster";
import { getJson } from "../../kube/kubectl";
import { LabMesh, rolledOut, serverOf, succeeded } from "../support/labMesh";
import { oneCluster as cluster } from "../support/oneCluster";
import { SomebodysIstio } from "../support/somebodysIstio";

describe("a mesh on an Istio that is there already", function () {
    this.timeout(240_000);
    // Each step goes on from the one before.
    this.bail(true);

    const mesh = new LabMesh([cluster]);
    const { project } = mesh;
    const theirs = new SomebodysIstio(project, cluster);
    const url = `http://${serverOf(cluster)}:8000/headers`;
    const plain = { imports: [], istio: { install: false } };
    let installed: Inventory;
    let istiodBefore: unknown;

    const istiod = async () =>
        (
            await getJson<{ spec: unknown }>(
                access(cluster),
                "/apis/apps/v1/namespaces/istio-system/deployments/istiod",
            )
        ).spec;

    /** The root certificate that istiod hands to the workloads of a namespace. */
    const rootOf = async (namespace: string) => {
        const { data } = await getJson<{ data: Record<string, string> }>(
            access(cluster),
            `/api/v1/namespaces/${namespace}/configmaps/istio-ca-root-cert`,
        );
        return new X509Certificate(data["root-cert.pem"] ?? "").fingerprint256;
    };

    before(async () => {
        await mesh.record();
        await theirs.install();
        installed = await inventory(cluster);
        istiodBefore = await istiod();
    });

    after(async () => {
        console.log(mesh.table());
        await mesh.remove();
        await onCluster(cluster, ["delete", "namespace", "bar", "--ignore-not-found"], {
            timeoutSeconds: 60,
        });
        await theirs.remove();
    });

    it("is refused before any write when it would install a second one, or take over a namespace", async () => {
        mesh.configure({ [cluster]: { imports: [], sampleApps: { sleep: { namespace: "bar" } } } });
        await onCluster(cluster, ["create", "namespace", "bar"]);
        const ended = await project.mesh(["up"], { limitSeconds: 100 });
        assert.equal(ended.code, 1, ended.text);
        assert.match(
            ended.text,
            /an istiod of somebody else runs in the namespace istio-system \(Deployment istiod\)/,
        );
        assert.match(ended.text, /set istio\.install to false/);
        assert.match(ended.text, /the namespace bar exists and was not made by this stack/);
        succeeded(await project.mesh(["destroy"]));
        const namespaces = await onCluster(cluster, ["get", "namespaces", "-o", "name"]);
        mesh.check(
            "a namespace of somebody else after a refused update and a destroy",
            "there",
            namespaces.includes("namespace/bar\n") ? "there" : "gone",
        );
        await onCluster(cluster, ["delete", "namespace", "bar", "--timeout=60s"], { timeoutSeconds: 70 });
    });

    it("comes up with `istio.install: false`, and says what happens to the certificates", async () => {
        mesh.configure({ [cluster]: plain });
        succeeded(await project.pulumi(["up", "--yes", "--skip-preview", "--stack", "ca"]));
        const preview = succeeded(await project.pulumi(["preview", "--stack", cluster]));
        assert.match(preview.text, /istiod of istio-system signs with a certificate authority of its own/);
        await mesh.up();
        mesh.check("the cluster's own export from its sleep pod", "200", await mesh.call(cluster, url));
        const again = await mesh.up();
        assert.doesNotMatch(again.text, /its real state is read first/);
    });

    it("gives the mesh's root to the workloads", async () => {
        const { rootCertPem } = await project.outputs<CaOutputs>("ca");
        const root = new X509Certificate(rootCertPem).fingerprint256;
        mesh.check("root certificate of foo", root, await rootOf("foo"));
    });

    it("leaves that Istio as it was when it is destroyed", async () => {
        const ended = succeeded(await project.mesh(["destroy"], { limitSeconds: 200 }));
        console.log(`      destroy: ${ended.seconds.toFixed(1)} s`);
        await rolledOut(cluster, "istio-system", "istiod");
        assert.deepEqual(await istiod(), istiodBefore);
        const after = await inventory(cluster);
        const lines = ({ objects }: Inventory) =>
            objects.filter((line) => !line.startsWith("EndpointSlice "));
        assert.deepEqual(lines(after), lines(installed));
        assert.equal(after.corefile, installed.corefile);
        mesh.check("somebody's Istio after a destroy", "as it was", "as it was");
    });
});
