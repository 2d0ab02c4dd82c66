import { versions } from "../versions";

/** Sets of tools that `lab build --only` knows by one name. */
export type ToolSet = "cluster" | "pulumi" | "extra";

/** One program that the lab builds from a pinned Go module. */
export interface GoTool {
    /** Name of the binary. */
    name: string;
    /** What it is for: a cluster and its images, the Pulumi CLI with its plugins, or only built when asked for by name. */
    set: ToolSet;
    /** Folder under lab/toolchain/ with the go.mod and go.sum that pin it. Tools of one folder share what they have in common. */
    module: string;
    /** Import path of the program, or a path in the toolchain folder where that holds a main.go of its own. */
    package: string;
    version: string;
    /** Variables that the linker sets, as IMPORTPATH.NAME=VALUE. */
    linkerVariables?: readonly string[];
    /** Build tags. */
    tags?: string;
    /** Files that are copied beside main.go before compiling, from where the module with this path lies. */
    embeds?: { module: string; files: readonly string[] };
    /**
     * How to ask a binary on PATH for its version. Only tools that run on the machine itself have it: what goes into
     * an image is always the lab's own, since an image needs a static binary.
     */
    versionQuery?: VersionQuery;
    /** Seconds of a first build on two cores, after the tools before it in the list: for the estimate of the time left. */
    seconds: number;
}

/** A command line that prints a version, and the text that it prints for the pinned one. */
export interface VersionQuery {
    args: readonly string[];
    expects: RegExp;
}

const kubernetesVariables = [
    `gitVersion=v${versions.kubernetes}`,
    "gitMajor=1",
    `gitMinor=${versions.kubernetes.split(".")[1] ?? ""}`,
    "gitTreeState=clean",
].map((variable) => `k8s.io/component-base/version.${variable}`);

function kubernetes(name: string, seconds: number, versionArgs?: readonly string[]): GoTool {
    return {
        name,
        set: "cluster",
        module: "kubernetes",
        package: `k8s.io/kubernetes/cmd/${name}`,
        version: versions.kubernetes,
        linkerVariables: kubernetesVariables,
        versionQuery: versionArgs && { args: versionArgs, expects: exactly(`v${versions.kubernetes}`) },
        seconds,
    };
}

/** Every Go tool, in the order of building. */
export const goTools: readonly GoTool[] = [
    kubernetes("kube-apiserver", 170),
    kubernetes("kube-controller-manager", 50),
    kubernetes("kube-scheduler", 5),
    kubernetes("kube-proxy", 6),
    kubernetes("kubelet", 15, ["--version"]),
    kubernetes("kubeadm", 15, ["version", "-o", "short"]),
    kubernetes("kubectl", 16, ["version", "--client"]),
    {
        name: "etcd",
        set: "cluster",
        module: "pods",
        package: "go.etcd.io/etcd/server/v3",
        version: versions.etcd,
        seconds: 23,
    },
    {
        name: "coredns",
        set: "cluster",
        module: "pods",
        package: "./coredns",
        version: versions.coredns,
        seconds: 50,
    },
    {
        name: "pilot-discovery",
        set: "cluster",
        module: "pods",
        package: "istio.io/istio/pilot/cmd/pilot-discovery",
        version: versions.istio,
        seconds: 170,
    },
    {
        name: "pilot-agent",
        set: "cluster",
        module: "pods",
        package: "istio.io/istio/pilot/cmd/pilot-agent",
        version: versions.istio,
        // Leaves out what only the control plane needs, as Istio's own build of the agent does.
        tags: "agent",
        seconds: 15,
    },
    {
        name: "go-httpbin",
        set: "cluster",
        module: "httpbin",
        package: "github.com/mccutchen/go-httpbin/v2/cmd/go-httpbin",
        version: versions.httpbin,
        seconds: 2,
    },
    {
        name: "pulumi",
        set: "pulumi",
        module: "pulumi",
        package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        version: versions.pulumi,
        linkerVariables: [`github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${versions.pulumi}`],
        seconds: 160,
    },
    {
        name: "pulumi-language-nodejs",
        set: "pulumi",
        module: "pulumi-language-nodejs",
        package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
        version: versions.pulumiLanguageNodejs,
        linkerVariables: [
            `github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${versions.pulumiLanguageNodejs}`,
        ],
        seconds: 13,
    },
    {
        name: "pulumi-resource-kubernetes",
        set: "pulumi",
        module: "pulumi-resource-kubernetes",
        package: ".",
        version: versions.pulumiKubernetes,
        linkerVariables: [`main.version=${versions.pulumiKubernetes}`],
        embeds: {
            module: "github.com/pulumi/pulumi-kubernetes/provider/v4",
            files: [
                "cmd/pulumi-resource-kubernetes/schema.json",
                "cmd/pulumi-resource-kubernetes/terraform-mapping.json",
            ],
        },
        seconds: 290,
    },
    {
        name: "pulumi-resource-tls",
        set: "pulumi",
        module: "pulumi",
        package: "./resource-tls",
        version: versions.pulumiTls,
        linkerVariables: [`main.version=${versions.pulumiTls}`],
        seconds: 30,
    },
    {
        name: "helm",
        set: "extra",
        module: "helm",
        package: "helm.sh/helm/v3/cmd/helm",
        version: versions.helm,
        linkerVariables: [`helm.sh/helm/v3/internal/version.version=v${versions.helm}`],
        versionQuery: {
            args: ["version", "--template", "{{.Version}}"],
            expects: exactly(`v${versions.helm}`),
        },
        seconds: 120,
    },
    {
        name: "fortio",
        set: "extra",
        module: "fortio",
        package: "fortio.org/fortio",
        version: versions.fortio,
        versionQuery: { args: ["version"], expects: exactly(versions.fortio) },
        seconds: 60,
    },
    {
        name: "versitygw",
        set: "extra",
        module: "versitygw",
        package: "github.com/versity/versitygw/cmd/versitygw",
        version: versions.versitygw,
        linkerVariables: [`main.Version=v${versions.versitygw}`],
        versionQuery: { args: ["--version"], expects: exactly(`v${versions.versitygw}`) },
        seconds: 85,
    },
];

/** Matches a version as a whole word: v1.34.4 in "Kubernetes v1.34.4", not in v1.34.41, v1.34.4-custom or v1.34.4+k3s1. */
function exactly(version: string): RegExp {
    return new RegExp(`(^|\\s)${version.replaceAll(".", "\\.")}(\\s|$)`);
}
