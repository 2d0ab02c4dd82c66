import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parse } from "yaml";
import { inPod, onCluster } from "../support/cluster";
import { type Cluster, LabMesh, rolledOut, sleep, succeeded } from "../support/labMesh";
import { type RealService, realServices, shop, shopManifests } from "../support/realServices";

const [first, second] = (process.env["CLUSTERS"] ?? "cluster1,cluster2").split(",") as [Cluster, Cluster];

/** What comes back of a line that is sent by TCP, once it is that line or the time is over. */
async function echoOf(host: string, port: number, seconds = 30): Promise<string> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
        const script = `(echo ping; sleep 1) | nc -w 3 ${host} ${port} || true`;
        const seen = (await inPod(first, sleep, script)).trim();
        if (seen === "ping" || Date.now() >= end) return seen;
        await pause(1000);
    }
}

/** Real Services are exported and imported by command alone, and called from the other cluster. */
describe("mesh export of Services as charts make them", function () {
    this.timeout(400_000);
    const mesh = new LabMesh([first, second]);
    const written = realServices.filter(({ call }) => call !== undefined);
    const titleOf = ({ name, like }: RealService) => `${name} (${like})`;

    before(async () => {
        await mesh.record();
        await mesh.up();
        await onCluster(second, ["apply", "-f", "-"], { input: shopManifests() });
        for (const deployment of ["web", "data"]) await rolledOut(second, shop, deployment);
    });

    after(async () => {
        console.log(mesh.table());
        await mesh.remove();
        await onCluster(second, ["delete", "namespace", shop, "--ignore-not-found", "--timeout=60s"]);
    });

    for (const each of realServices)
        it(`${each.refusal ? "says why it does not write" : "writes"} ${titleOf(each)}`, async () => {
            const { name, options = [], refusal } = each;
            const before = readFileSync(join(mesh.project.folder, `Pulumi.${second}.yaml`), "utf8");
            const ended = await mesh.project.mesh([
                ...["export", name, "-n", shop, "--cluster", second, "--yes"],
                ...options,
            ]);
            const after = readFileSync(join(mesh.project.folder, `Pulumi.${second}.yaml`), "utf8");
            if (refusal) {
                assert.match(ended.stderr, refusal);
                assert.equal(after, before);
            } else {
                succeeded(ended);
                const { config } = parse(after) as { config: Record<string, { service: string }[]> };
                assert.equal(config["istio-multicluster:exports"]?.at(-1)?.service, name);
            }
            mesh.check(
                `export ${titleOf(each)}`,
                refusal ? "refused" : "written",
                ended.code === 0 ? "written" : refusal?.test(ended.stderr) ? "refused" : ended.text,
            );
        });

    it("imports each by command, and one update applies it all", async () => {
        for (const { name } of written)
            succeeded(
                await mesh.project.mesh(["import", `${name}.${shop}.global`, "--cluster", first, "--yes"]),
            );
        await mesh.up();
        succeeded(await mesh.project.mesh(["preview", "--expect-no-changes"]));
    });

    for (const each of written)
        it(`reaches ${titleOf(each)} from the other cluster`, async () => {
            const { name, call } = each;
            if (call === undefined) return;
            const host = `${name}.${shop}.global`;
            if ("url" in call)
                mesh.check(`call ${titleOf(each)}`, "200", await mesh.call(first, call.url, "200", 30));
            else mesh.check(`call ${titleOf(each)}`, "ping", await echoOf(host, call.tcp));
        });
});
