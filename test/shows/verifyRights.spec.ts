import assert from "node:assert/strict";
import CliTable from "cli-table3";
import type { VerifyReport } from "../../cli/verify/report";
import { onCluster } from "../support/cluster";
import { type Cluster, LabMesh, rolledOut, serverNamespaces, serverOf, sleep } from "../support/labMesh";
import { inNamespaces, makeRoles, makeUser, removeUsers } from "../support/labUser";
import { type Printed, readPrinted } from "../support/printedReports";
import type { Settings } from "../support/program";

/** The clusters; the first calls, the second is called. */
const clusters = (process.env["CLUSTERS"] ?? "cluster1,cluster2").split(",") as [Cluster, Cluster];
const [caller, lab] = clusters;
const server = serverNamespaces[lab];
const readRoles = ["istio-multicluster-preview", "istio-multicluster-doctor"];

/** The roles of docs/roles for `mesh verify` beside those to read with, and the namespaces that they are meant for. */
const levels = {
    reader: {},
    runner: { "istio-multicluster-doctor-exec": [sleep.namespace, server] },
    forwarder: {
        "istio-multicluster-doctor-exec": [sleep.namespace, server],
        "istio-multicluster-doctor-forward": [server],
    },
    prober: { "istio-multicluster-doctor-probe": [sleep.namespace] },
} as const satisfies Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
type User = keyof typeof levels;
const users = Object.keys(levels) as User[];
const roles = Object.fromEntries(users.map((user) => [user, readRoles]));

/** Each user sees a healthy call, one that objects tell the cause of, and one whose cause only the pod itself tells. */
describe("mesh verify by users with each of its documented roles and nothing else", function () {
    this.timeout(300_000);
    const mesh = new LabMesh(clusters);
    const kubeconfigs = new Map<string, string>();
    const table = new CliTable({
        head: ["User", "Call", "Exit", "Said", "Not looked at, and why"],
        style: { head: [], border: [] },
    });

    const as = (user: User) => {
        const settings = clusters.map((cluster) => {
            const kubeconfig = kubeconfigs.get(`${cluster} ${user}`);
            return [cluster, { cluster: { ...(mesh.settings(cluster)["cluster"] as Settings), kubeconfig } }];
        });
        mesh.configure(Object.fromEntries(settings) as Record<Cluster, Settings>);
    };

    const verify = async (user: User) => {
        as(user);
        const probe =
            user === "prober"
                ? ["--probe", `${sleep.namespace}/sleep`, "--probe-image", "lab.local/sleep:lab"]
                : [];
        const args = [serverOf(lab), "--json", "--path", "/headers", "--timeout", "4", ...probe];
        const { stdout, stderr, code } = await mesh.project.mesh(["verify", ...args]);
        assert.ok(stdout.startsWith("["), stderr);
        const report = readPrinted(stdout).find(({ cluster }) => cluster === caller);
        assert.ok(report);
        return { report, code };
    };

    const note = (user: User, call: string, code: number, report: Printed<VerifyReport>) => {
        const { findings, notLookedAt = [], isFromOutside, passed } = report;
        const said = passed ? "ok" : (findings ?? []).map((each) => each.code).join(", ") || "no cause";
        const left = notLookedAt.map(({ what, reason }) => `${what}: ${reason.slice(0, 90)}`);
        table.push([user, call, code, isFromOutside ? `not called; ${said}` : said, left.join("\n")]);
    };

    before(async () => {
        await mesh.record();
        await mesh.up();
        assert.equal(await mesh.call(caller, `http://${serverOf(lab)}:8000/headers`, "200", 60), "200");
        for (const cluster of clusters) {
            await makeRoles(cluster);
            for (const user of users) {
                const file = await makeUser(cluster, user, readRoles, mesh.project.folder);
                kubeconfigs.set(`${cluster} ${user}`, file);
                for (const [role, namespaces] of Object.entries(levels[user]))
                    await inNamespaces(
                        cluster,
                        user,
                        role,
                        namespaces.filter((each) => hasNamespace(cluster, each)),
                    );
            }
        }
    });

    after(async () => {
        console.log(table.toString());
        mesh.configure();
        for (const cluster of clusters) await removeUsers(cluster, roles);
        await mesh.remove();
    });

    const whats = ({ notLookedAt = [] }: Printed<VerifyReport>) =>
        notLookedAt.map(({ what }) => what.replace(/ of \S+\/\S+| \S+\/\S+/, "")).sort();
    const reasonsAre = ({ notLookedAt = [] }: Printed<VerifyReport>, pattern: RegExp) => {
        for (const { reason } of notLookedAt) assert.match(reason, pattern);
    };

    it("calls nothing ok that was not called", async () => {
        for (const user of users) {
            const { report, code } = await verify(user);
            note(user, "healthy", code, report);
            assert.deepEqual([report.passed, code], user === "reader" ? [false, 1] : [true, 0], user);
            if (user !== "reader") continue;
            assert.equal(report.isFromOutside, true);
            assert.deepEqual(report.findings, []);
            reasonsAre(report, /forbidden/i);
            assert.ok(whats(report).includes("certificates"), JSON.stringify(report.notLookedAt));
        }
    });

    it("names what objects tell to everybody who may read", async () => {
        const policy = {
            ...{ apiVersion: "security.istio.io/v1", kind: "AuthorizationPolicy", spec: {} },
            metadata: { name: "nobody", namespace: server },
        };
        await onCluster(lab, ["apply", "-f", "-"], { input: JSON.stringify(policy) });
        try {
            for (const user of users) {
                const { report, code } = await failing(user);
                note(user, "a policy that admits nobody", code, report);
                assert.deepEqual([report.passed, code], [false, 1], user);
                assert.deepEqual(
                    report.findings?.map((each) => each.code),
                    ["policy-denies"],
                    user,
                );
                assert.equal(report.isFromOutside, user === "reader" ? true : undefined);
            }
        } finally {
            await onCluster(lab, ["delete", "authorizationpolicy", "nobody", "-n", server]);
        }
    });

    it("names what the pod itself tells to whoever may ask there, and lists it for the others", async () => {
        await onCluster(lab, ["set", "env", "deployment/httpbin", "-n", server, "PORT=9090"]);
        await rolledOut(lab, server, "httpbin");
        try {
            for (const user of users) {
                const { report, code } = await failing(user);
                note(user, "an application on another port", code, report);
                assert.deepEqual([report.passed, code], [false, 1], user);
                const isSeen = user === "runner" || user === "forwarder";
                assert.deepEqual(
                    report.findings?.map((each) => each.code),
                    isSeen ? ["nothing-listens"] : [],
                    user,
                );
                const left = whats(report);
                if (user === "forwarder") assert.deepEqual(left, []);
                else if (user === "runner") {
                    assert.deepEqual(left, ["what the application answers"]);
                    reasonsAre(report, /forbidden/i);
                } else {
                    assert.ok(left.includes("what listens on"), left.join("; "));
                    reasonsAre(report, /forbidden/i);
                }
            }
        } finally {
            await onCluster(lab, ["set", "env", "deployment/httpbin", "-n", server, "PORT-"]);
        }
    });

    /** What is said once the call fails: a connection that is there goes on without a new policy for a while. */
    async function failing(user: User): ReturnType<typeof verify> {
        for (let tries = 1; ; tries++) {
            const seen = await verify(user);
            if (!seen.report.passed) return seen;
            assert.ok(tries < 20, "the call still passes");
        }
    }
});

/** Whether a cluster of the mesh has a namespace of the samples. */
function hasNamespace(cluster: Cluster, namespace: string): boolean {
    return [sleep.namespace, serverNamespaces[cluster]].includes(namespace);
}
