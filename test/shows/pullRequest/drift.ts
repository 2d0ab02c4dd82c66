import assert from "node:assert/strict";
import { onCluster } from "../../support/cluster";
import type { ReviewedMesh } from "./lab";

const host = "httpbin.bar.global";

/** What is changed by hand: one issue, with its cause, and how it is healed. */
export function drift(mesh: ReviewedMesh): void {
    const { hub, lab } = mesh;

    it("is followed by a watch: one issue, with the cause, closed when it is healed", async () => {
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
            /\*\*Changed by hand[^]*\n- cluster1: ServiceEntry httpbin\.bar\.global-import-entry: create$/,
        );
        const healed = await hub.dispatched("up", "up", { commit: hub.repository.main, refresh: true });
        mesh.job("up: by hand, with refresh", "success", healed);
        lab.check("call after it", "200", await mesh.call("cluster1", host));
        await look("healed");
        lab.check("issues", "1 closed", issues());
    });

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
