import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { createProvider } from "../../components/stubDomainsProvider";
import { getJson, putJson } from "../../kube/kubectl";
import { detectDns } from "../../lib/dns/adapter";
import { readDnsFacts } from "../../kube/clusterDnsFacts";
import { access, editCorefile, onCluster, readCorefile } from "../support/cluster";
import { type Ended, TemporaryProject } from "../support/engine";
import { type Cluster, rolledOut, succeeded } from "../support/labMesh";

/** Any cluster of the lab without a mesh. */
const cluster = (process.env["LAB_CLUSTER"] ?? "cluster1") as Cluster;
const deploymentPath = "/apis/apps/v1/namespaces/kube-system/deployments/coredns";
const custom = "coredns-custom";

interface Deployment {
    readonly metadata: { readonly resourceVersion: string };
    readonly spec: {
        readonly template: {
            readonly metadata: { readonly annotations?: unknown };
            readonly spec: {
                readonly volumes: readonly unknown[];
                readonly containers: readonly { readonly volumeMounts: readonly unknown[] }[];
            };
        };
    };
}

interface ConfigMap {
    readonly metadata: { readonly annotations?: unknown };
    readonly data?: Readonly<Record<string, string>>;
}

/** GlobalDns and the zones alone, without Istio, for the DNS that the cluster turns out to have. */
const program = `
import * as k8s from "@pulumi/kubernetes";
import { GlobalDns } from "./components/globalDns";
import { StubDomains } from "./components/stubDomains";
import { readDnsFacts } from "./kube/clusterDnsFacts";
import { detectDns } from "./lib/dnsAdapter";

export = async () => {
    const access = { kubeconfig: ".lab/${cluster}/kubeconfig", context: "${cluster}" };
    const choice = detectDns({ image: "", replicas: 1 }, await readDnsFacts(access, 20));
    if ("problem" in choice || !("configMap" in choice.dns)) throw new Error(JSON.stringify(choice));
    const provider = new k8s.Provider("lab", access);
    const namespace = new k8s.core.v1.Namespace("ns", { metadata: { name: "dns-test" } }, { provider });
    const zones = (process.env["ZONES"] ?? "").split(",");
    const dns = new GlobalDns(
        "dns",
        {
            namespace: namespace.metadata.name,
            zones,
            records: zones.map((zone) => ({ host: "a.b." + zone, address: "240.0.0.9" })),
            image: "lab.local/coredns:v1.12.1",
            replicas: 1,
        },
        { providers: [provider] },
    );
    new StubDomains(
        "stubs",
        {
            stack: "one",
            context: access.context,
            ...choice.dns,
            zones,
            forwardTo: dns.address.apply((address) => [address]),
            primaryServer: dns.serverName,
        },
        { dependsOn: dns.ready },
    );
    return { adapter: choice.dns.adapter };
};
`;

describe("the DNS of a cluster of the lab", function () {
    this.timeout(200_000);
    const project = new TemporaryProject();
    let corefile = "";
    let deployment: Deployment;

    const up = async (zones: string, ...args: string[]): Promise<Ended> =>
        succeeded(
            await project.pulumi(["up", "--yes", "--skip-preview", "--stack", "one", ...args], {
                env: { ZONES: zones },
            }),
        );
    const readDeployment = () => getJson<Deployment>(access(cluster), deploymentPath);
    const configMap = (name: string) =>
        getJson<ConfigMap>(access(cluster), `/api/v1/namespaces/kube-system/configmaps/${name}`);
    const patchCustom = (data: Record<string, string | null>) =>
        onCluster(cluster, [
            ...["patch", "configmap", custom, "-n", "kube-system", "--type=merge"],
            ...["-p", JSON.stringify({ data })],
        ]);

    before(async () => {
        corefile = await readCorefile(cluster);
        assert.doesNotMatch(corefile, /istio-multicluster/, "there is a mesh in the cluster");
        deployment = await readDeployment();
        fs.writeFileSync(path.join(project.folder, "index.ts"), program);
        project.configure("one", { cluster: access(cluster) });
        succeeded(await project.pulumi(["stack", "init", "one"]));
    });

    after(async () => {
        await project.pulumi(["destroy", "--yes", "--skip-preview", "--stack", "one"], {
            env: { ZONES: "global" },
        });
        await onCluster(cluster, [
            "delete",
            "configmap",
            custom,
            "kube-dns",
            "-n",
            "kube-system",
            "--ignore-not-found",
        ]);
        await editCorefile(cluster, () => corefile);
        const { spec } = deployment;
        await putJson(access(cluster), deploymentPath, { ...(await readDeployment()), spec });
        await rolledOut(cluster, "kube-system", "coredns");
        project.remove();
    });

    it("is CoreDNS, by itself", async () => {
        assert.deepEqual(detectDns({ image: "", replicas: 1 }, await readDnsFacts(access(cluster), 20)), {
            dns: { adapter: "coredns", configMap: "coredns", deployment: "coredns" },
        });
    });

    it("takes zones from coredns-custom, where its Corefile imports them as AKS's and k3s's do", async () => {
        await editCorefile(cluster, (text) => `${text}import /etc/coredns/custom/*.server\n`);
        const { template } = deployment.spec;
        const [container] = template.spec.containers;
        assert(container);
        const volumes = [{ name: "custom", configMap: { name: custom, optional: true } }];
        const volumeMounts = [
            ...container.volumeMounts,
            { name: "custom", mountPath: "/etc/coredns/custom", readOnly: true },
        ];
        const spec = {
            ...template.spec,
            volumes: [...template.spec.volumes, ...volumes],
            containers: [{ ...container, volumeMounts }],
        };
        const changed = { ...deployment.spec, template: { ...template, spec } };
        await putJson(access(cluster), deploymentPath, { ...(await readDeployment()), spec: changed });
        await rolledOut(cluster, "kube-system", "coredns");
        const imported = await readCorefile(cluster);

        // The update itself asks every pod of CoreDNS for both zones.
        await up("global,mesh.corp");
        assert.deepEqual(await project.outputs("one"), { adapter: custom });
        const { data = {} } = await configMap(custom);
        assert.deepEqual(Object.keys(data), [
            "istio-multicluster-global.server",
            "istio-multicluster-mesh.corp.server",
        ]);
        assert.equal(await readCorefile(cluster), imported);
    });

    it("heals its key, and leaves another's", async () => {
        const before = await configMap(custom);
        const own = "istio-multicluster-global.server";
        const broken = before.data?.[own]?.replace(/forward \. .*/, "forward . 192.0.2.1") ?? "";
        const theirs = "example.org:53 {\n    errors\n    forward . 192.0.2.53\n}\n";
        await patchCustom({ [own]: broken, "theirs.server": theirs });
        await up("global,mesh.corp", "--refresh");
        assert.deepEqual((await configMap(custom)).data, { ...before.data, "theirs.server": theirs });
    });

    it("drops a suffix, and then refuses one that another key serves", async () => {
        await up("global");
        const { data = {} } = await configMap(custom);
        assert.deepEqual(Object.keys(data), ["istio-multicluster-global.server", "theirs.server"]);
        await patchCustom({ "theirs.server": "mesh.corp:53 {\n    errors\n}\n" });
        const ended = await project.pulumi(["preview", "--stack", "one"], {
            env: { ZONES: "global,mesh.corp" },
        });
        assert.match(
            ended.text,
            /Line 1 of the key "theirs\.server" already serves the zone "mesh\.corp" on port 53/,
        );
    });

    it("is what it was after a destroy, another's key included", async () => {
        const { spec } = await readDeployment();
        const withoutOurs = { ...spec.template, metadata: deployment.spec.template.metadata };
        succeeded(
            await project.pulumi(["destroy", "--yes", "--skip-preview", "--stack", "one"], {
                env: { ZONES: "global" },
            }),
        );
        const { data = {}, metadata } = await configMap(custom);
        assert.deepEqual(Object.keys(data), ["theirs.server"]);
        assert.equal(metadata.annotations, undefined);
        assert.deepEqual((await readDeployment()).spec.template, withoutOurs);
    });

    it("keeps the entries of a ConfigMap like kube-dns's, byte for byte", async () => {
        // There is no kube-dns to read it in the lab: only the API server is real here.
        const provider = createProvider({
            waitForRollout: () => Promise.resolve(),
            waitForZone: () => Promise.resolve(),
        });
        const stubDomains = '{\n  "acme.local" : ["10.1.2.3"] ,\r\n\t"x": ["10.1.2.4:5353"]\n}\n';
        await onCluster(cluster, ["create", "-n", "kube-system", "-f", "-"], {
            input: JSON.stringify({
                apiVersion: "v1",
                kind: "ConfigMap",
                metadata: { name: "kube-dns" },
                data: { stubDomains, upstreamNameservers: '["10.1.1.1"]' },
            }),
        });
        const before = await configMap("kube-dns");
        const inputs = {
            ...access(cluster),
            adapter: "kube-dns" as const,
            zones: ["global", "mesh.corp"],
            forwardTo: ["10.91.0.53"],
            owner: "organization/test/one",
            configMap: { namespace: "kube-system", name: "kube-dns" },
            deployment: { namespace: "kube-system", name: "coredns" },
        };
        const { outs, id } = await provider.create(inputs);
        assert(outs);
        const merged = await configMap("kube-dns");
        assert.deepEqual(JSON.parse(merged.data?.["stubDomains"] ?? ""), {
            "acme.local": ["10.1.2.3"],
            x: ["10.1.2.4:5353"],
            global: ["10.91.0.53"],
            "mesh.corp": ["10.91.0.53"],
        });
        assert.equal((await provider.read(id, outs)).props?.block, outs.block);
        await provider.delete(id, outs);
        const after = await configMap("kube-dns");
        assert.deepEqual(after.data, before.data);
        assert.equal(after.metadata.annotations, undefined);
    });
});
