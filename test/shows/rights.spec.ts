import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { type Inventory, inventory } from "../support/cluster";
import { TemporaryProject, typeOf } from "../support/engine";
import { baseSettings, type Cluster, succeeded } from "../support/labMesh";
import { makeRoles, makeUser, removeUsers } from "../support/labUser";
import { committedSettings, type Settings } from "../support/program";

const [lab = "cluster1"] = (process.env["CLUSTERS"] ?? "cluster1").split(",") as Cluster[];
const users = {
    previewer: ["istio-multicluster-preview"],
    updater: ["istio-multicluster-preview", "istio-multicluster-update"],
};

describe("a mesh with users who have the documented roles and nothing else", function () {
    this.timeout(400_000);
    const project = new TemporaryProject();
    const kubeconfigs = new Map<string, string>();
    let bare: Inventory;

    const as = (user: keyof typeof users): void => {
        const settings = baseSettings(lab, []);
        const own = join(project.folder, kubeconfigs.get(user) ?? "");
        copyFileSync(own, join(project.folder, "kubeconfig"));
        const cluster = { ...(settings["cluster"] as Settings), kubeconfig: "kubeconfig" };
        project.configure(lab, { ...settings, cluster });
    };
    const objectsNow = async () => (await inventory(lab)).objects;

    before(async () => {
        await makeRoles(lab);
        for (const [user, roles] of Object.entries(users))
            kubeconfigs.set(user, await makeUser(lab, user, roles, project.folder));
        project.configure("ca", { ca: { ...(committedSettings("ca")["ca"] as Settings), clusters: [lab] } });
        bare = await inventory(lab);
    });

    after(async () => {
        as("updater");
        await project.mesh(["destroy"], { limitSeconds: 200 });
        await removeUsers(lab, users);
        project.remove();
    });

    it("lets the reader preview a new cluster, and says that an update would be refused", async () => {
        as("previewer");
        const { text } = succeeded(await project.mesh(["preview"]));
        assert.match(text, /An update with this kubeconfig would be refused: the user of context/);
        assert.match(text, new RegExp(`^${lab}: [1-9]\\d+ to be created$`, "m"));
        assert.deepEqual(await objectsNow(), bare.objects);
    });

    it("refuses the reader's update before the first write, right by right", async () => {
        const { code, text } = await project.mesh(["up"]);
        assert.equal(code, 1);
        assert.match(text, /lacks rights that an update needs\. Add these rules to the user's ClusterRole/);
        assert.match(
            text,
            /- \{ apiGroups: \[apiextensions\.k8s\.io\], resources: \[customresourcedefinitions\], verbs: \[/,
        );
        const { deployment } = await project.state(lab);
        const types = (deployment.resources ?? []).map(({ urn }) => typeOf(urn));
        assert.deepEqual(
            types.filter((type) => !type.startsWith("pulumi:")),
            [],
        );
        assert.deepEqual(await objectsNow(), bare.objects);
    });

    it("comes up with the update's role, and stays unchanged", async () => {
        as("updater");
        succeeded(await project.mesh(["up"], { limitSeconds: 280 }));
        const again = succeeded(await project.mesh(["up"], { limitSeconds: 200 }));
        assert.match(again.text, /Nothing changed in any stack\./);
    });

    it("is previewed without a change by the reader", async () => {
        as("previewer");
        const { text } = succeeded(await project.mesh(["preview"]));
        assert.match(text, /would be refused/);
        assert.match(text, new RegExp(`^${lab}: no change$`, "m"));
    });

    it("goes with the update's role, and leaves no trace", async () => {
        as("updater");
        succeeded(await project.mesh(["destroy"], { limitSeconds: 200 }));
        assert.deepEqual(await objectsNow(), bare.objects);
    });
});
