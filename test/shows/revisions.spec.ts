import assert from "node:assert/strict";
import { getJson, type List } from "../../kube/kubectl";
import { access, inventory, onCluster } from "../support/cluster";
import { LabMesh, serverOf, sleep } from "../support/labMesh";
import { oneCluster as cluster } from "../support/oneCluster";
import type { Settings } from "../support/program";

interface Pod {
    readonly metadata: {
        readonly deletionTimestamp?: string;
        readonly annotations?: Readonly<Record<string, string>>;
    };
}

/** Both are the lab's one version of Istio: what is tried is the way from one to the other. */
const [old, next] = ["1-30", "1-31"];

describe("a canary upgrade of the control plane", function () {
    this.timeout(240_000);
    // Each step goes on from the one before.
    this.bail(true);

    const mesh = new LabMesh([cluster]);
    const { project } = mesh;
    const url = `http://${serverOf(cluster)}:8000/headers`;

    const configure = (istio: Settings) => {
        const given = mesh.settings(cluster)["istio"] as Settings;
        mesh.configure({ [cluster]: { imports: [], istio: { ...given, ...istio } } });
    };

    /** The istiod that a Deployment's pods belong to, as their proxies were told; not of those that are ending. */
    const controlPlaneOf = async (namespace: string, app: string) => {
        const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=app=${app}`;
        const { items } = await getJson<List<Pod>>(access(cluster), path);
        const revisions = items
            .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
            .map(({ metadata }) => metadata.annotations?.["istio.io/rev"] ?? "none");
        return [...new Set(revisions)].join(" ");
    };

    const istiods = async () =>
        (
            await onCluster(cluster, [
                "get",
                "deployments",
                "-n",
                "istio-system",
                "-l",
                "app=istiod",
                "-o",
                "name",
            ])
        )
            .replaceAll("deployment.apps/", "")
            .trim()
            .split("\n")
            .sort()
            .join(", ");

    const seen = async (step: string, expected: string, expectedIstiods: string) => {
        mesh.check(`${step}: call`, "200", await mesh.call(cluster, url));
        mesh.check(`${step}: control planes`, expectedIstiods, await istiods());
        mesh.check(`${step}: sidecar of sleep`, expected, await controlPlaneOf(sleep.namespace, sleep.name));
        mesh.check(
            `${step}: gateway`,
            expected,
            await controlPlaneOf("istio-system", "istio-eastwestgateway"),
        );
    };

    before(() => mesh.record());

    after(async () => {
        console.log(mesh.table());
        await mesh.remove();
        const left = (await inventory(cluster)).objects.filter((line) => /istio/.test(line));
        assert.deepEqual(left, []);
    });

    it("starts from one revision", async () => {
        configure({ revision: old });
        await mesh.up();
        await seen("before", old, `istiod-${old}`);
    });

    it("puts a second control plane beside it, which nothing uses yet", async () => {
        configure({ revision: old, revisions: { [old]: {}, [next]: {} } });
        await mesh.up();
        await seen("1. beside it", old, `istiod-${old}, istiod-${next}`);
    });

    it("moves the gateways and the samples to it", async () => {
        configure({ revision: next, revisions: { [old]: {}, [next]: {} } });
        await mesh.up();
        await seen("2. moved", next, `istiod-${old}, istiod-${next}`);
    });

    it("keeps the old one while a namespace still uses it", async () => {
        configure({ revision: next });
        await onCluster(cluster, ["create", "namespace", "late"]);
        try {
            await onCluster(cluster, ["label", "namespace", "late", `istio.io/rev=${old}`]);
            const ended = await project.mesh(["up"], { limitSeconds: 100 });
            assert.equal(ended.code, 1, ended.text);
            assert.match(
                ended.text,
                /control plane of revision 1-30, from which the pods of late get their sidecars/,
            );
        } finally {
            await onCluster(cluster, ["delete", "namespace", "late", "--timeout=60s"], {
                timeoutSeconds: 70,
            });
        }
    });

    it("takes the old one away", async () => {
        await mesh.up();
        await seen("3. old one gone", next, `istiod-${next}`);
    });
});
