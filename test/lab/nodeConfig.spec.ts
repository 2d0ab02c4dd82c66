import assert from "node:assert/strict";
import { parse, parseAllDocuments } from "yaml";
import { cniConfig, kubeadmConfig, nodeFiles } from "../../lab/node/config";
import { renameKubeconfig } from "../../lab/node/create";
import { nodePlan } from "../../lab/node/plan";

describe("settings of a lab node", () => {
    const plan = nodePlan(2);

    it("are all the files that its first process copies", () => {
        assert.deepEqual(Object.keys(nodeFiles(plan)).sort(), [
            "cni.conflist",
            "containerd.toml",
            "kubeadm.yaml",
            "patches/etcd+strategic.yaml",
            "patches/kube-apiserver+strategic.yaml",
            "patches/kube-controller-manager+strategic.yaml",
            "patches/kube-scheduler+strategic.yaml",
            "resolv.conf",
        ]);
    });

    it("send unknown names to the node itself, which refuses them", () => {
        assert.equal(nodeFiles(plan)["resolv.conf"], "nameserver 172.30.0.12\n");
    });

    it("lower kubeadm's requests, by container name", () => {
        assert.deepEqual(parse(nodeFiles(plan)["patches/kube-apiserver+strategic.yaml"] ?? ""), {
            spec: { containers: [{ name: "kube-apiserver", resources: { requests: { cpu: "100m" } } }] },
        });
    });

    it("run local images only", () => {
        assert.match(
            nodeFiles(plan)["containerd.toml"] ?? "",
            /sandbox_image = "lab\.local\/pause:3\.10\.1"/,
        );
    });

    it("put pods where the controller manager thinks they are", () => {
        const config = JSON.parse(cniConfig(plan)) as { plugins: Record<string, unknown>[] };
        assert.deepEqual(config.plugins, [
            {
                type: "bridge",
                bridge: "cni0",
                isGateway: true,
                ipMasq: true,
                hairpinMode: true,
                ipam: {
                    type: "host-local",
                    ranges: [[{ subnet: "10.242.0.0/24" }]],
                    routes: [{ dst: "0.0.0.0/0" }],
                },
            },
            { type: "portmap", capabilities: { portMappings: true } },
        ]);
    });

    it("tell kubeadm, kubelet and kube-proxy the cluster's own addresses and names", () => {
        const documents = parseAllDocuments(kubeadmConfig(plan)).map(
            (document) => document.toJS() as unknown,
        );
        const [init, cluster, kubelet, proxy] = documents as Record<string, unknown>[];
        assert.deepEqual(
            [init, cluster, kubelet, proxy].map((document) => document?.["kind"]),
            ["InitConfiguration", "ClusterConfiguration", "KubeletConfiguration", "KubeProxyConfiguration"],
        );
        assert.deepEqual(init?.["localAPIEndpoint"], { advertiseAddress: "172.30.0.12", bindPort: 6443 });
        assert.deepEqual(init["nodeRegistration"], {
            name: "cluster2",
            criSocket: "unix:///run/containerd/containerd.sock",
            taints: [],
            imagePullPolicy: "Never",
            kubeletExtraArgs: [
                { name: "node-ip", value: "172.30.0.12" },
                {
                    name: "node-labels",
                    value: "topology.kubernetes.io/region=r2,topology.kubernetes.io/zone=z2",
                },
            ],
        });
        assert.equal(cluster?.["kubernetesVersion"], "v1.34.4");
        assert.equal(cluster["imageRepository"], "lab.local");
        assert.deepEqual(cluster["networking"], {
            dnsDomain: "cluster.local",
            podSubnet: "10.242.0.0/16",
            serviceSubnet: "10.92.0.0/16",
        });
        assert.equal(kubelet?.["cgroupRoot"], "/imc-cluster2");
    });
});

describe("kubeconfig of a lab cluster", () => {
    it("has the cluster's name for its only context, cluster and user", () => {
        const kubeadms = `apiVersion: v1
kind: Config
clusters:
  - name: cluster2
    cluster:
      server: https://172.30.0.12:6443
users:
  - name: kubernetes-admin
    user:
      client-certificate-data: AAAA
contexts:
  - name: kubernetes-admin@cluster2
    context:
      cluster: cluster2
      user: kubernetes-admin
current-context: kubernetes-admin@cluster2
preferences: {}
`;
        assert.deepEqual(parse(renameKubeconfig(kubeadms, "cluster2")), {
            apiVersion: "v1",
            kind: "Config",
            clusters: [{ name: "cluster2", cluster: { server: "https://172.30.0.12:6443" } }],
            users: [{ name: "cluster2", user: { "client-certificate-data": "AAAA" } }],
            contexts: [{ name: "cluster2", context: { cluster: "cluster2", user: "cluster2" } }],
            "current-context": "cluster2",
            preferences: {},
        });
    });
});
