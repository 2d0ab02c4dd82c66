import { mergeValues, type Values } from "../../lib/istioValues";
import { kubeconfigPath } from "../../lab/paths";
import { onCluster } from "./cluster";
import { TemporaryProject } from "./engine";
import { type Cluster, rolledOut } from "./labMesh";
import { committedSettings, type Settings } from "./program";

const namespace = "istio-system";

/** Helm's values as the lab needs them, without anything that this project decides. */
function labValues(): Values {
    const istio = committedSettings("cluster1")["istio"] as Settings;
    const { hub, tag, values } = istio;
    return mergeValues({ global: { hub, tag, imagePullPolicy: "IfNotPresent" } }, values as Values);
}

/** Istio as an operator would install it with Helm, without this project. */
export class SomebodysIstio {
    constructor(
        private readonly project: TemporaryProject,
        private readonly cluster: Cluster,
    ) {}

    /** Installs it and waits until istiod runs. */
    async install(): Promise<void> {
        await this.helm("install", "istio-base", ".lab/charts/base");
        await this.helm("install", "istiod", ".lab/charts/istio-control/istio-discovery");
        await rolledOut(this.cluster, namespace, "istiod");
    }

    /** Takes it away again, with everything that istiod has written. */
    async remove(): Promise<void> {
        for (const release of ["istiod", "istio-base"]) {
            await this.helmCommand(["uninstall", release, "--ignore-not-found"]);
        }
        await onCluster(
            this.cluster,
            ["delete", "namespace", namespace, "--ignore-not-found", "--timeout=60s"],
            {
                timeoutSeconds: 70,
            },
        );
        await onCluster(this.cluster, [
            ...["delete", "configmap", "--all-namespaces", "-l", "istio.io/config=true"],
            "--ignore-not-found",
        ]);
    }

    private helm(command: "install", release: string, chart: string): Promise<void> {
        const values = JSON.stringify(labValues());
        return this.helmCommand([command, release, chart, "--create-namespace", "-f", "-"], values);
    }

    private async helmCommand(args: readonly string[], input = ""): Promise<void> {
        const place = [
            "--kubeconfig",
            kubeconfigPath(this.cluster),
            "--kube-context",
            this.cluster,
            "-n",
            namespace,
        ];
        const ended = await this.project.run("helm", [...args, ...place], { input });
        if (ended.code !== 0) throw new Error(ended.text);
    }
}
