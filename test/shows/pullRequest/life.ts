import assert from "node:assert/strict";
import { inventory, onCluster } from "../../support/cluster";
import type { Settings } from "../../support/program";
import { exported, imported, ReviewedMesh } from "./lab";
import type { PullRequest } from "./hub";

const host = "payroll.bar.global";

/** The life of one pull request, of the drift after it, and of the mesh. */
export function life(): void {
    const mesh = new ReviewedMesh(["cluster1", "cluster2"]);
    const { hub, lab } = mesh;
    let pull: PullRequest;
    let bare: readonly string[];

    before(async () => {
        bare = await objects();
        await mesh.begin({ cluster1: { imports: [imported("httpbin", "cluster2")] } });
    });
    after(() => mesh.end());

    it("says what it means, without a secret, to a fork too", async () => {
        pull = hub.propose(1, () => {
            add("cluster2", "exports", exported("payroll"));
            add("cluster1", "imports", imported("payroll", "cluster2"));
        });
        const told = await hub.pullRequest(pull);
        mesh.job("diff: summary names the service", "success", told);
        assert.match(told.summary, /payroll\.bar\.global/);
        console.log(told.summary);
        // What others push to the default branch meanwhile is no change of this one, of a fork or not.
        hub.repository.push("Nothing of the mesh", () => {
            hub.repository.edit("docs/operations.md", (text) => `${text}\n`);
        });
        const again = await hub.pullRequest({ ...pull, owner: "mallory" });
        mesh.job("diff: as a fork's, after another push to main", "success", again);
        lab.check(
            "diff: what it says then",
            "the same",
            again.summary === told.summary ? "the same" : again.summary,
        );
    });

    it("is previewed with credentials in one comment, wherever that is", async () => {
        hub.api.add(1, "mallory", "<!-- istio-multicluster: mesh preview of prod -->\nlooks good");
        for (let index = 0; index < 230; index++) hub.api.add(1, "somebody", `comment ${index}`);
        hub.api.tooMany = 1;
        mesh.job("preview: comments", "success", await hub.afterDiff(pull));
        mesh.job("preview: run again", "success", await hub.afterDiff(pull));
        const own = hub.api.comments.filter(({ user }) => user === hub.api.login);
        lab.check("preview: own comments of 232", "1", String(own.length));
        console.log(own[0]?.body);
        assert.match(own[0]?.body ?? "", /\*\*mesh up would change cluster1, cluster2\.\*\*/);
    });

    it("is applied as reviewed once it is merged", async () => {
        lab.check("call before: payroll.bar.global", "no answer of it", await mesh.fails("cluster1", host));
        const commit = hub.merge(pull, "merge");
        const ran = await hub.pushed(commit);
        mesh.job("up: after a merge commit", "success", ran);
        assert.match(ran.log, /As reviewed in pull request 1\./);
        lab.check("call after: payroll.bar.global", "200", await mesh.call("cluster1", host));
    });

    it("has its objects watched: one issue, with the cause, closed when it is healed", async () => {
        const look = async (what: string) => {
            const ran = await hub.scheduled("drift", "drift");
            mesh.job(`drift: ${what}`, "success", ran);
        };
        await look("nothing was changed by hand");
        lab.check("issues", "", issues());
        await onCluster("cluster1", ["delete", "serviceentry", "-n", "istio-system", await entryName()]);
        lab.check("call after a deletion by hand", "no answer of it", await mesh.fails("cluster1", host));
        await look("its ServiceEntry was deleted by hand");
        lab.check("issues", "1 open", issues());
        const [issue] = hub.api.issues;
        console.log(issue?.body);
        assert.match(
            issue?.body ?? "",
            /\*\*Changed by hand[^]*\n- cluster1: ServiceEntry payroll\.bar\.global-entry: create$/,
        );
        const healed = await hub.dispatched("up", "up", { commit: hub.repository.main, refresh: true });
        mesh.job("up: by hand, with refresh", "success", healed);
        lab.check("call after it", "200", await mesh.call("cluster1", host));
        await look("healed");
        lab.check("issues", "1 closed", issues());
    });

    it("is gone with the mesh, once that is approved", async () => {
        const plan = await hub.dispatched("destroy", "plan");
        mesh.job("destroy: the plan", "success", plan);
        console.log(plan.summary);
        assert.match(plan.summary, /cluster2: serves .*payroll\.bar\.global/);
        const { environments } = hub;
        const { destroy } = environments;
        assert.ok(destroy !== undefined);
        hub.environments = { ...environments, destroy: { ...destroy, reviewers: [] } };
        const refused = await hub.dispatched("destroy", "destroy");
        mesh.job("destroy: nobody has to approve", "failure", refused);
        assert.match(refused.log, /The environment "destroy" has no required reviewers/);
        hub.environments = environments;
        mesh.job("destroy: approved", "success", await hub.dispatched("destroy", "destroy"));
        const left = (await objects()).filter((line) => !bare.includes(line));
        lab.check("objects left in both clusters", "", left.join(", "));
        lab.check("parts of secrets in logs, summaries, comments, issues", "0", String(hub.leaks().length));
    });

    function add(stack: string, key: "exports" | "imports", entry: Settings): void {
        const { [key]: entries = [] } = hub.repository.read(stack) as { [key]?: readonly Settings[] };
        hub.repository.write(stack, { [key]: [...entries, entry] });
    }

    function issues(): string {
        return hub.api.issues.map(({ state }, index) => `${index + 1} ${state}`).join(", ");
    }

    async function entryName(): Promise<string> {
        const names = await onCluster("cluster1", [
            ...["get", "serviceentry", "-n", "istio-system", "-o"],
            `jsonpath={range .items[?(@.spec.hosts[0]=="${host}")]}{.metadata.name}{end}`,
        ]);
        assert.notEqual(names, "");
        return names;
    }
}

async function objects(): Promise<readonly string[]> {
    const all = await Promise.all((["cluster1", "cluster2"] as const).map((name) => inventory(name)));
    return all
        .flatMap(({ objects: some }, index) => some.map((line) => `cluster${index + 1} ${line}`))
        .map((line) => line.replace(/(EndpointSlice .*)-[a-z0-9]{5}$/, "$1"));
}
