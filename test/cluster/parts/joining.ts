import assert from "node:assert/strict";
import type { PreviewReport } from "../../../cli/commands/preview";
import type { Settings } from "../../support/program";
import { type Changes, type LabMesh, serverOf, succeeded } from "../../support/labMesh";

const host = serverOf("cluster3");
const url = `http://${host}:8000/headers`;

/** A cluster that leaves the mesh, and one that joins it: the same one, cluster3. */
export function joining(mesh: LabMesh): void {
    const { ca } = mesh.settings("ca") as { readonly ca: Settings };
    const withoutCluster3: Changes = {
        ca: { ca: { ...ca, clusters: ["cluster1", "cluster2"] } },
        cluster2: { imports: [] },
    };
    /** `OP TYPE NAME` of what a preview says would change in each of the stacks. */
    const foreseen = async (args: readonly string[] = []): Promise<Readonly<Record<string, unknown>>> => {
        const { stdout } = succeeded(await mesh.project.mesh(["preview", "--json", ...args]));
        const reports = JSON.parse(stdout) as readonly PreviewReport[];
        const changes = ({ planned }: PreviewReport) =>
            planned
                .filter(({ type }) => type !== "pulumi:pulumi:Stack")
                .map(({ op, type, name }) => `${op} ${type} ${name}`)
                .sort();
        return Object.fromEntries(reports.map((report) => [report.stack, changes(report)]));
    };
    const check = (tried: string, expected: unknown, seen: unknown) => {
        assert.deepEqual(seen, expected, tried);
        mesh.check(tried, "as listed", "as listed");
    };

    describe("which a cluster leaves and joins", () => {
        it("goes on without a cluster that was destroyed, and says what is missing", async () => {
            mesh.configure();
            const destroyed = await mesh.project.pulumi(["destroy", "--yes", "--stack", "cluster3"], {
                limitSeconds: 120,
            });
            succeeded(destroyed);
            const left = await mesh.project.mesh(["up", "--clusters", "cluster1,cluster2"]);
            mesh.check("exit code of mesh up without cluster3", "2", String(left.code));
            const waits = /cluster2 waits for .*/.exec(left.text)?.[0] ?? left.text;
            mesh.check(
                "what mesh up says without cluster3",
                `cluster2 waits for ${host} from cluster3, which it had until now: stack cluster3 is not up yet`,
                waits,
            );
            const address = `http://${serverOf("cluster2")}:8000/headers`;
            mesh.check(
                `${serverOf("cluster2")} from cluster1 without cluster3`,
                "200",
                await mesh.call("cluster1", address),
            );
            mesh.check(
                `${host} from cluster2 without cluster3`,
                "000",
                await mesh.call("cluster2", url, "000"),
            );
        });

        it("forgets it by one line, and its imports, and nothing else changes", async () => {
            mesh.configure(withoutCluster3);
            check(
                "everything that changes when cluster3 is forgotten",
                { ca: intermediate("delete"), cluster1: [], cluster2: [] },
                await foreseen(),
            );
            await mesh.up();
        });

        it("takes it by one stack file and one line, and nothing else changes", async () => {
            mesh.configure();
            check(
                "everything that changes in the others when cluster3 joins",
                { ca: intermediate("create"), cluster1: [], cluster2: [] },
                await foreseen(["--clusters", "cluster1,cluster2"]),
            );
            const { text } = await mesh.up();
            mesh.check(
                "resources of cluster1 that the join has changed",
                "0 0 0 0",
                (/^cluster1 +(\d+ +\d+ +\d+ +\d+)/m.exec(text)?.[1] ?? text).replace(/ +/g, " "),
            );
            mesh.check(
                "resources of cluster2 that the join has created, updated, replaced, deleted",
                "3 1 1 0",
                (/^cluster2 +(\d+ +\d+ +\d+ +\d+)/m.exec(text)?.[1] ?? text).replace(/ +/g, " "),
            );
            mesh.check(`${host} from cluster2 after the join`, "200", await mesh.call("cluster2", url));
            const other = serverOf("cluster1");
            mesh.check(
                `${other} from cluster3 after the join`,
                "200",
                await mesh.call("cluster3", `http://${other}:8000/headers`),
            );
        });
    });
}

/** What one cluster more, or less, is for the certificate stack. */
function intermediate(op: "create" | "delete"): readonly string[] {
    return [
        `${op} istio-multicluster:index:IntermediateCa cluster3`,
        `${op} tls:index/certRequest:CertRequest cluster3-request`,
        `${op} tls:index/locallySignedCert:LocallySignedCert cluster3-cert`,
        `${op} tls:index/privateKey:PrivateKey cluster3-key`,
    ];
}
