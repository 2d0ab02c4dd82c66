import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { kubeconfigPath } from "../../lab/paths";
import { placeOf } from "../../cli/engine/reach";
import { onCluster } from "../support/cluster";
import type { Ended } from "../support/engine";
import { allHints } from "../support/hints";
import { type Cluster, LabMesh, succeeded } from "../support/labMesh";
import type { Settings } from "../support/program";

/** The clusters; the last one is spoken of. `CLUSTERS=cluster3,cluster4` takes others. */
const clusters = (process.env["CLUSTERS"] ?? "cluster1,cluster2").split(",") as readonly Cluster[];
const cluster = clusters.at(-1) ?? "cluster2";
const ca = "other-ca";

/** What stands for something that only the user knows, or would leave the mesh's folder and its clusters. */
const notToRun =
    /\b(NAME|NAMESPACE|ONE)\b|npm run (-s )?lab|pulumi install| create namespace | logs global-dns-1 | pod global-dns-1\b|^(cp|rm) /;

/** Every hint is run as it is printed where that is harmless, and nothing is given up by words alone. */
describe("the hints of a mesh whose certificate stack is not called ca", function () {
    this.timeout(300_000);
    this.bail(true);
    const mesh = new LabMesh(clusters);
    const { project } = mesh;
    const kubeconfig = path.join(project.folder, "kubeconfig");
    const working = () => {
        fs.copyFileSync(kubeconfigPath(cluster), kubeconfig);
    };
    const run = (...args: string[]): Promise<Ended> =>
        project.mesh(["--env", ".", ...args], { limitSeconds: 280 });
    const asPrinted = (command: string) => project.run("sh", ["-ec", command], { limitSeconds: 280 });
    const stackNames = async () => {
        const { stdout } = succeeded(await project.pulumi(["stack", "ls", "--json"]));
        return (JSON.parse(stdout) as { name: string; resourceCount?: number }[])
            .filter(({ resourceCount = 0 }) => resourceCount > 0)
            .map(({ name }) => name)
            .sort();
    };

    before(async () => {
        await mesh.record();
        working();
        const changes = clusters.map((name) => {
            const settings = mesh.settings(name);
            const access = settings["cluster"] as Settings;
            return [
                name,
                {
                    mesh: { ...(settings["mesh"] as Settings | undefined), caStack: ca },
                    cluster: name === cluster ? { ...access, kubeconfig: "kubeconfig" } : access,
                },
            ] as const;
        });
        mesh.keep(Object.fromEntries(changes));
        project.configure(ca, mesh.settings("ca"));
        fs.rmSync(path.join(project.folder, "Pulumi.ca.yaml"));
    });

    after(async () => {
        working();
        await onCluster(cluster, [
            ...["delete", "validatingwebhookconfiguration/hints-show", "namespace/guard"],
            "--ignore-not-found",
        ]);
        succeeded(await run("destroy"));
        console.log(mesh.table());
        project.remove();
    });

    it("work as they are printed, in this mesh and with these options", async () => {
        succeeded(await run("up"));
        const place = placeOf(project.folder, "istio-multicluster", cluster);
        assert.ok(place);
        const hints = allHints({ env: ".", ca, cluster, place, file: "/nowhere/state.json" });
        const commands = new Set(
            hints
                .flatMap((hint) => hint.commands)
                .filter(
                    ({ effect, text }) => ["reads", "writes"].includes(effect) || / (up|preview) /.test(text),
                )
                .map(({ text }) => text)
                .filter((text) => !notToRun.test(text)),
        );
        assert.ok(commands.size > 15, String(commands.size));
        for (const command of commands) {
            const ended = await asPrinted(command);
            mesh.check(command, "exit code 0", `exit code ${ended.code}`);
        }
    }).timeout(900_000);

    it("speak of somebody's webhook where that is down, and of no cluster to give up", async () => {
        await onCluster(cluster, ["apply", "-f", "-"], { input: JSON.stringify(deadWebhook()) });
        const settings = mesh.settings(cluster);
        project.configure(cluster, { ...settings, dns: { ...(settings["dns"] as Settings), replicas: 2 } });
        const ended = await run("up", "--clusters", cluster);
        assert.equal(ended.code, 1, ended.text);
        console.log(ended.text.slice(ended.text.indexOf(`${cluster} failed:`)));
        assert.match(ended.text, /The webhook check\.guard\.example does not answer\./);
        assert.match(ended.text, /failed calling webhook/);
        assert.match(ended.text, /get service,endpoints,pods -n guard\. /);
        assert.ok(ended.text.includes(`run "npm run mesh -- --env . up --clusters ${cluster}" again`));
        assert.doesNotMatch(ended.text, /abandon|destroy/);
        await onCluster(cluster, ["delete", "validatingwebhookconfiguration/hints-show", "namespace/guard"]);
        mesh.configure();
        succeeded(await run("up", "--clusters", cluster));
        mesh.check("an update while somebody's webhook is down", "it is named", "it is named");
    });

    it("give up a cluster that was silent, alone, and not once it answers again", async () => {
        const before = await stackNames();
        const text = fs.readFileSync(kubeconfigPath(cluster), "utf8");
        fs.writeFileSync(kubeconfig, text.replace(/server: \S+/, "server: https://127.0.0.1:1"));
        const ended = await run("destroy", "--clusters", cluster);
        assert.equal(ended.code, 1);
        console.log(ended.text.slice(ended.text.indexOf(`${cluster} failed:`)));
        const giveUp = `npm run mesh -- --env . destroy --clusters ${cluster} --abandon ${cluster}`;
        assert.ok(ended.text.includes(`If the cluster is gone for good: ${giveUp} forgets`), ended.text);
        working();
        const refused = await asPrinted(giveUp);
        assert.equal(refused.code, 1);
        assert.match(refused.text, /Nothing was deleted: cluster ".*" answers/);
        mesh.check(
            "the advice to give it up, once the cluster is back",
            before.join(),
            (await stackNames()).join(),
        );
    });

    it("give up nothing for credentials that are not taken, nor for another cluster's certificate", async () => {
        const before = await stackNames();
        const text = fs.readFileSync(kubeconfigPath(cluster), "utf8");
        const other = kubeconfigPath(clusters[0] ?? "cluster1");
        const authority = /certificate-authority-data: \S+/;
        const withToken = text
            .replace(/client-certificate-data: \S+/, "token: none")
            .replace(/\n\s*client-key-data: \S+/, "");
        const stranger = authority.exec(fs.readFileSync(other, "utf8"))?.[0] ?? "";
        for (const [what, changed] of [
            ["credentials that are not taken", withToken],
            ["the authority of another cluster", text.replace(authority, stranger)],
        ] as const) {
            fs.writeFileSync(kubeconfig, changed);
            for (const args of [
                ["destroy", "--clusters", cluster],
                ["destroy", "--clusters", cluster, "--abandon", cluster],
            ]) {
                const ended = await run(...args);
                assert.equal(ended.code, 1, ended.text);
                const advice = ended.text.slice(ended.text.indexOf("Next:"));
                if (args.length === 3) assert.doesNotMatch(advice, /abandon/);
            }
            mesh.check(`destroy with ${what}`, before.join(), (await stackNames()).join());
        }
        working();
    });
});

/** A webhook that is asked for every config map and Deployment, and whose Service leads to a port that nobody has. */
function deadWebhook(): object {
    const metadata = { name: "policy", namespace: "guard" };
    return {
        apiVersion: "v1",
        kind: "List",
        items: [
            { apiVersion: "v1", kind: "Namespace", metadata: { name: "guard" } },
            { apiVersion: "v1", kind: "Service", metadata, spec: { ports: [{ port: 443, targetPort: 1 }] } },
            {
                apiVersion: "discovery.k8s.io/v1",
                kind: "EndpointSlice",
                metadata: { ...metadata, labels: { "kubernetes.io/service-name": "policy" } },
                addressType: "IPv4",
                ports: [{ port: 1, protocol: "TCP" }],
                endpoints: [{ addresses: ["172.30.0.1"], conditions: { ready: true } }],
            },
            {
                apiVersion: "admissionregistration.k8s.io/v1",
                kind: "ValidatingWebhookConfiguration",
                metadata: { name: "hints-show" },
                webhooks: [
                    {
                        name: "check.guard.example",
                        clientConfig: { service: { ...metadata, path: "/validate" } },
                        rules: [
                            {
                                apiGroups: ["", "apps"],
                                apiVersions: ["v1"],
                                operations: ["CREATE", "UPDATE"],
                                resources: ["configmaps", "deployments"],
                            },
                        ],
                        namespaceSelector: {
                            matchLabels: { "kubernetes.io/metadata.name": "istio-system" },
                        },
                        failurePolicy: "Fail",
                        sideEffects: "None",
                        admissionReviewVersions: ["v1"],
                        timeoutSeconds: 5,
                    },
                ],
            },
        ],
    };
}
