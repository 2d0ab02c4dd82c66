import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { readClusterFacts } from "../../kube/clusterFacts";
import { nodePlan } from "../../lab/node/plan";
import { kubeconfigPath } from "../../lab/paths";
import { access, editCorefile, type Inventory, inventory, onCluster, readCorefile } from "../support/cluster";
import { type Ended, TemporaryProject, typeOf } from "../support/engine";
import { baseSettings, type Cluster, succeeded } from "../support/labMesh";
import { committedSettings, type Settings } from "../support/program";

/** The one cluster of the lab that is used here. */
const lab = (process.env["LAB_CLUSTER"] ?? "cluster1") as Cluster;
const servicePath = "/api/v1/namespaces/istio-system/services/istio-eastwestgateway";
/** An address of the lab's network that nobody has. */
const nobody = "172.30.0.99";
const taken = { port: 31999, namespace: "default", name: "preflight-taken" };

/** What `mesh up` says of a stack that failed. */
function failureOf({ text }: Ended, stack: string): string {
    return new RegExp(`^${stack} failed:\n([\\s\\S]*?)\nNext: `, "m").exec(text)?.[1] ?? text;
}

describe("a mesh with one good cluster and five that can't work", function () {
    this.timeout(300_000);
    const project = new TemporaryProject();
    const good = baseSettings(lab, []);
    let bare: Inventory;
    let mixed: Ended;

    /** The good cluster's settings with another kubeconfig, since two stacks can't share one. */
    const other = (stack: string, settings: Settings, change = (text: string) => text): void => {
        const kubeconfig = `kubeconfig-${stack}`;
        fs.writeFileSync(
            path.join(project.folder, kubeconfig),
            change(fs.readFileSync(kubeconfigPath(lab), "utf8")),
        );
        project.configure(stack, { ...good, cluster: { kubeconfig, context: lab }, ...settings });
    };

    before(async () => {
        bare = await inventory(lab);
        const istio = bare.objects.filter((object) =>
            /^Namespace \/istio-system$|WebhookConfiguration .*istio/.test(object),
        );
        assert.deepEqual(istio, [], `${lab} is in a mesh already`);
        await onCluster(lab, [
            ...["create", "service", "nodeport", taken.name, "-n", taken.namespace],
            ...["--tcp=80", `--node-port=${taken.port}`],
        ]);
        const clusters = [lab, "away", "no-context", "taken", "outside", "ten"];
        project.configure("ca", { ca: { ...(committedSettings("ca")["ca"] as Settings), clusters } });
        project.configure(lab, { ...good, gateway: { nodePort: 31443 } });
        other("away", {}, (text) => {
            const config = parse(text) as { clusters: { cluster: { server: string } }[] };
            for (const { cluster } of config.clusters) cluster.server = `https://${nobody}:6443`;
            return stringify(config);
        });
        other("no-context", { cluster: { kubeconfig: "kubeconfig-no-context", context: "nowhere" } });
        other("taken", { gateway: { nodePort: taken.port } });
        other("outside", {
            gateway: { nodePort: 8080 },
            imports: [{ service: "a", namespace: "b", from: "clster" }],
        });
        project.configure("ten", {
            cluster: { kubeconfig: 1, ranges: ["10.0.0.0"] },
            mesh: { trustDomain: "-", sufix: "global" },
            istio: { version: "1.9.0" },
            gateway: { type: "None", replicas: 0 },
            exports: [{ service: "a", namespace: "b", serviceAccount: "c", selector: {}, ports: [] }],
        });
    });

    after(async () => {
        const left = await project.mesh(["destroy"], { limitSeconds: 200 });
        if (left.code !== 0) console.error(left.text);
        await onCluster(lab, ["delete", "service", taken.name, "-n", taken.namespace, "--ignore-not-found"]);
        if ((await readCorefile(lab)) !== bare.corefile) await editCorefile(lab, () => bare.corefile);
        project.remove();
    });

    it("is told what the real cluster says of itself", async () => {
        const { podRange, serviceRange } = nodePlan(Number(lab.slice(-1)));
        const facts = await readClusterFacts(access(lab), { servicePath, nodePort: taken.port });
        assert.match(facts.version ?? "", /^v1\.34\.\d+$/);
        assert.equal(facts.failure, undefined);
        const [pods = "", services] = facts.ranges;
        assert.equal(pods.split(".").slice(0, 2).join("."), podRange.split(".").slice(0, 2).join("."));
        assert.equal(services, serviceRange);
        assert.deepEqual(facts.nodePort, {
            port: taken.port,
            takenBy: `${taken.namespace}/${taken.name}`,
        });
        const outside = await readClusterFacts(access(lab), { servicePath, nodePort: 8080 });
        assert.deepEqual(outside.nodePort, { port: 8080, range: "30000-32767" });
        const free = await readClusterFacts(access(lab), { servicePath, nodePort: 31443 });
        assert.deepEqual(free.nodePort, { port: 31443 });
    });

    it("brings the good one up, and says of each of the others what is wrong", async () => {
        mixed = await project.mesh(["up"], { limitSeconds: 280 });
        assert.equal(mixed.code, 1);
        assert.doesNotMatch(mixed.text, new RegExp(`^${lab} failed:`, "m"));
        const works = `\`kubectl --kubeconfig kubeconfig-away --context ${lab} get nodes\` works`;
        const expected: Readonly<Record<string, readonly string[]>> = {
            away: [
                `  Stack "away" can't work as it is:`,
                `    - cluster "away" can't be reached: Unable to connect to the server: dial tcp ${nobody}:6443: connect: no route to host; see that it runs, and that ${works}`,
            ],
            "no-context": [
                `  Stack "no-context" can't work as it is:`,
                `    - cluster.context is nowhere, but kubeconfig-no-context has only ${lab}; correct it in Pulumi.no-context.yaml`,
            ],
            taken: [
                `  Stack "taken" can't work as it is:`,
                `    - gateway.nodePort is ${taken.port}, which the Service ${taken.namespace}/${taken.name} has already; choose another`,
            ],
            outside: [
                `  Stack "outside" can't work as it is:`,
                "    - gateway.nodePort is 8080, which is outside 30000-32767, the cluster's range of node ports; choose one inside",
                `    - imports[0].from is clster, but the mesh has only away, ${lab}, no-context, outside, taken, ten; correct it, or add clster to ca.clusters in Pulumi.ca.yaml`,
            ],
            ten: [
                '  The configuration of stack "ten" (Pulumi.ten.yaml) has 10 problems:',
                "    - cluster.kubeconfig must be the path of a file, `content` with an encrypted kubeconfig, or `stack` and `output` of another stack that has one",
                "    - cluster.ranges[0] must be a CIDR range such as 10.96.0.0/12",
                "    - cluster.context is missing; it must be a text",
                "    - mesh.trustDomain must be a DNS name: labels of lower-case letters, digits and dashes with dots between them, 253 characters at most",
                "    - mesh.sufix is not a known setting; check the spelling against docs/configuration.md",
                "    - istio.version must be 1.22.0 or newer, since older releases don't serve networking.istio.io/v1",
                "    - gateway.type must be NodePort or LoadBalancer",
                "    - gateway.replicas must be at least 1",
                "    - exports[0].ports must name at least one port",
                "    - exports[0].selector must name at least one label, or it would select every pod of the namespace",
            ],
        };
        for (const [stack, lines] of Object.entries(expected))
            assert.equal(failureOf(mixed, stack), lines.join("\n"));
        for (const lines of Object.values(expected))
            for (const line of lines)
                assert.equal(mixed.text.split(line.trim()).length, 2, `said more than once: ${line}`);
        assert.doesNotMatch(mixed.text, /^ +at .*:\d+/m);
        assert.match(mixed.text, new RegExp(`^${lab} +[1-9]\\d+ +0 +0 +0 +0 `, "m"));
        for (const stack of Object.keys(expected))
            assert.match(mixed.text, new RegExp(`^${stack} +0 +0 +0 +0 +0 `, "m"));
    });

    it("has written nothing for those that can't work", async () => {
        for (const stack of ["away", "no-context", "taken", "outside", "ten"]) {
            const { deployment } = await project.state(stack);
            const types = (deployment.resources ?? []).map(({ urn }) => typeOf(urn));
            assert.deepEqual(
                types.filter((type) => !type.startsWith("pulumi:")),
                [],
            );
        }
    });

    it("keeps the node port that the gateway has on the next run", async () => {
        const again = succeeded(await project.mesh(["up", "--clusters", lab], { limitSeconds: 200 }));
        assert.match(again.text, /Nothing changed in any stack\./);
    });

    it("leaves no trace", async () => {
        succeeded(await project.mesh(["destroy"], { limitSeconds: 200 }));
        await onCluster(lab, ["delete", "service", taken.name, "-n", taken.namespace]);
        assert.equal((await inventory(lab)).corefile, bare.corefile);
        const { objects } = await inventory(lab);
        assert.deepEqual(
            objects.filter((object) =>
                / istio-system\/|^Namespace \/(istio-system|foo|bar\d?)$/.test(object),
            ),
            [],
        );
    });
});
