import { stringify } from "yaml";
import { imageNames, imageRepository, versions } from "../versions";
import type { NodePlan } from "./plan";

/** The settings files of one node, as path inside the node's configuration folder and text. */
export type NodeFiles = Readonly<Record<string, string>>;

/** Where a node finds its own settings files and binaries: a folder in its private /run. */
export const nodeRunDir = "/run/imc";

/** Not the default below /usr, which a node shares with the machine. Nothing uses it. */
const volumePluginDir = "/var/lib/kubelet/volume-plugins";

/** Every file that a node's init process expects, see init.sh. */
export function nodeFiles(plan: NodePlan): NodeFiles {
    return {
        "containerd.toml": containerdConfig(),
        "cni.conflist": cniConfig(plan),
        "kubeadm.yaml": kubeadmConfig(plan),
        "resolv.conf": resolvConf(plan),
        ...controlPlanePatches(),
    };
}

/** containerd's configuration: local images only, overlayfs, the machine's CNI plugins. */
export function containerdConfig(): string {
    return `version = 2

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${imageNames.pause}"
  # A machine that is a container itself may not be allowed to rank a process below its own (CAP_SYS_RESOURCE).
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/etc/cni/net.d"
`;
}

/**
 * The pod network: a bridge inside the node. Packets that leave for another cluster's node take the node's address, so
 * that the answer finds its way back.
 */
export function cniConfig(plan: NodePlan): string {
    const config = {
        cniVersion: "1.0.0",
        name: "pods",
        plugins: [
            {
                type: "bridge",
                bridge: "cni0",
                isGateway: true,
                ipMasq: true,
                hairpinMode: true,
                ipam: {
                    type: "host-local",
                    ranges: [[{ subnet: plan.nodePodRange }]],
                    routes: [{ dst: "0.0.0.0/0" }],
                },
            },
            { type: "portmap", capabilities: { portMappings: true } },
        ],
    };
    return `${JSON.stringify(config, undefined, 2)}\n`;
}

/**
 * The upstream of the cluster's DNS is the node itself, where nothing listens: names of the outside, which a lab can't
 * reach, are refused at once. An address that nobody has would let every one of them wait for a timeout.
 */
export function resolvConf(plan: NodePlan): string {
    return `nameserver ${plan.address}\n`;
}

/** kubeadm's configuration, which holds that of kubelet and kube-proxy too. */
export function kubeadmConfig(plan: NodePlan): string {
    const documents = [
        {
            apiVersion: "kubeadm.k8s.io/v1beta4",
            kind: "InitConfiguration",
            localAPIEndpoint: { advertiseAddress: plan.address, bindPort: 6443 },
            nodeRegistration: {
                name: plan.cluster,
                criSocket: "unix:///run/containerd/containerd.sock",
                // The only node runs everything.
                taints: [],
                imagePullPolicy: "Never",
                kubeletExtraArgs: args({
                    "node-ip": plan.address,
                    "node-labels": `topology.kubernetes.io/region=${plan.region},topology.kubernetes.io/zone=${plan.zone}`,
                }),
            },
            patches: { directory: `${nodeRunDir}/config/patches` },
            skipPhases: [
                // Its checks are for a machine of its own with an init system; what of it matters is checked before.
                "preflight",
                // Done when kube-proxy runs. A CoreDNS that starts before it misses its first readiness probes, and the
                // next one is ten seconds later.
                "addon/coredns",
            ],
        },
        {
            apiVersion: "kubeadm.k8s.io/v1beta4",
            kind: "ClusterConfiguration",
            clusterName: plan.cluster,
            kubernetesVersion: `v${versions.kubernetes}`,
            imageRepository,
            // Made in no time, where RSA keys cost seconds of processor time.
            encryptionAlgorithm: "ECDSA-P256",
            networking: {
                dnsDomain: "cluster.local",
                podSubnet: plan.podRange,
                serviceSubnet: plan.serviceRange,
            },
            // No fsync: a lab that loses power is made again, and waiting for the disk is most of etcd's latency.
            etcd: { local: { dataDir: "/var/lib/etcd", extraArgs: args({ "unsafe-no-fsync": "true" }) } },
            controllerManager: {
                extraArgs: args({
                    // There is only one: no lease to take at the start and to renew ever after.
                    "leader-elect": "false",
                    // A build beside the lab may starve a kubelet for a while; its node is not dead.
                    "node-monitor-grace-period": "3m",
                    "flex-volume-plugin-dir": volumePluginDir,
                }),
            },
            scheduler: { extraArgs: args({ "leader-elect": "false" }) },
        },
        {
            apiVersion: "kubelet.config.k8s.io/v1beta1",
            kind: "KubeletConfiguration",
            cgroupDriver: "cgroupfs",
            cgroupRoot: `/${plan.cgroup}`,
            failCgroupV1: false,
            failSwapOn: false,
            resolvConf: "/etc/resolv.conf",
            volumePluginDir,
            // The images can't be pulled again, and a full disk of the machine is none of the cluster's business.
            imageGCHighThresholdPercent: 100,
            evictionHard: {
                "imagefs.available": "0%",
                "nodefs.available": "0%",
                "nodefs.inodesFree": "0%",
            },
            // How soon a changed ConfigMap or Secret shows up in a mounted volume; the default is a minute.
            syncFrequency: "10s",
        },
        {
            apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
            kind: "KubeProxyConfiguration",
            mode: "iptables",
            // The size of the connection table is the machine's, not a node's.
            conntrack: { maxPerCore: 0 },
            // How long a changed Service waits for others to be changed with it; a second is for thousands of them.
            iptables: { minSyncPeriod: "100ms" },
        },
    ];
    return documents.map((document) => stringify(document)).join("---\n");
}

/** kubeadm's requests are meant for a machine per node; several nodes share this one. */
const controlPlaneCpuRequests = {
    etcd: "50m",
    "kube-apiserver": "100m",
    "kube-controller-manager": "25m",
    "kube-scheduler": "25m",
};

function controlPlanePatches(): NodeFiles {
    return Object.fromEntries(
        Object.entries(controlPlaneCpuRequests).map(([name, cpu]) => [
            `patches/${name}+strategic.yaml`,
            stringify({ spec: { containers: [{ name, resources: { requests: { cpu } } }] } }),
        ]),
    );
}

/** kubeadm's way to write flags. */
function args(flags: Readonly<Record<string, string>>): { name: string; value: string }[] {
    return Object.entries(flags).map(([name, value]) => ({ name, value }));
}
