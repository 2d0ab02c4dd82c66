import assert from "node:assert/strict";
import { nameOf, TemporaryProject } from "../support/engine";
import { FakeApi } from "../support/fakeApi";
import { FormerCluster, formerState, nothingLeft } from "../support/formerState";

/** A refresh and a destroy run no program: they load the provider by the text in the state. */
describe("a state of before, with the real engine", function () {
    this.timeout(180_000);
    let project: TemporaryProject;
    let api: FakeApi;
    let cluster: FormerCluster;

    beforeEach(async () => {
        api = await FakeApi.start();
        cluster = new FormerCluster(api);
        project = new TemporaryProject();
        await succeed("stack", "init", "one");
        const empty = await project.state("one");
        await project.importState("one", {
            ...empty,
            deployment: { ...empty.deployment, resources: formerState(api.access) },
        });
    });
    afterEach(async () => {
        await api.stop();
        project.remove();
    });

    async function succeed(...args: readonly string[]): Promise<void> {
        const { code, text } = await project.pulumi(args);
        assert.equal(code, 0, text);
    }

    const blockInState = async () => {
        const { resources = [] } = (await project.state("one")).deployment;
        return resources.find(({ urn }) => nameOf(urn) === "stub-domains")?.outputs?.["block"] as string;
    };

    it("is refreshed, which sees what somebody has changed", async () => {
        await succeed("refresh", "--yes", "--skip-preview", "--expect-no-changes", "--stack", "one");
        assert.match(await blockInState(), /10\.91\.0\.53/);
        cluster.damage();
        await succeed("refresh", "--yes", "--skip-preview", "--stack", "one");
        assert.match(await blockInState(), /10\.9\.9\.9/);
    });

    it("is destroyed, and leaves nothing", async () => {
        await succeed("destroy", "--yes", "--skip-preview", "--stack", "one");
        assert.deepEqual(cluster.left(), nothingLeft);
        const { resources = [] } = (await project.state("one")).deployment;
        assert.deepEqual(resources, []);
    });
});
