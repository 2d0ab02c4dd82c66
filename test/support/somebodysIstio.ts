import { parseAllDocuments, stringify } from "yaml";
import { mergeValues, type Values } from "../../lib/istio/values";
import { onCluster } from "./cluster";
import type { TemporaryProject } from "./engine";
import { type Cluster, rolledOut } from "./labMesh";
import { committedSettings, type Settings } from "./program";

const namespace = "istio-system";

/** Helm's values as the lab needs them, without anything that this project decides. */
function labValues(): Values {
    const istio = committedSettings("cluster1")["istio"] as Settings;
    const { hub, tag, values } = istio;
    return mergeValues({ global: { hub, tag, imagePullPolicy: "IfNotPresent" } }, values as Values);
}

/** Istio as an operator would install it from Helm's charts, without this project. */
export class SomebodysIstio {
    private rendered = "";

    constructor(
        private readonly project: TemporaryProject,
        private readonly cluster: Cluster,
    ) {}

    /** Installs it and waits until istiod runs. */
    async install(): Promise<void> {
        this.rendered = await this.objects();
        await onCluster(this.cluster, ["create", "namespace", namespace]);
        // Resource definitions may be there from an earlier mesh, which leaves them.
        const args = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
        await onCluster(this.cluster, args, { input: this.rendered, timeoutSeconds: 60 });
        await rolledOut(this.cluster, namespace, "istiod");
    }

    /** Takes it away again, with everything that istiod has written; the resource definitions stay. */
    async remove(): Promise<void> {
        const objects = parseAllDocuments(this.rendered)
            .map((document) => document.toJS() as { readonly kind?: string } | null)
            .filter((object) => object !== null && object.kind !== "CustomResourceDefinition");
        await onCluster(this.cluster, ["delete", "--ignore-not-found", "--wait=false", "-f", "-"], {
            input: objects.map((object) => stringify(object)).join("---\n"),
            timeoutSeconds: 60,
        });
        await onCluster(
            this.cluster,
            ["delete", "namespace", namespace, "--ignore-not-found", "--timeout=80s"],
            { timeoutSeconds: 90 },
        );
        await onCluster(this.cluster, [
            ...["delete", "configmap", "--all-namespaces", "-l", "istio.io/config=true"],
            "--ignore-not-found",
        ]);
    }

    /** The objects of both charts, YAML. */
    private async objects(): Promise<string> {
        const charts = [
            ["istio-base", ".lab/charts/base"],
            ["istiod", ".lab/charts/istio-control/istio-discovery"],
        ] as const;
        const input = JSON.stringify(labValues());
        const rendered = await Promise.all(
            charts.map(async ([release, chart]) => {
                const args = ["template", release, chart, "-n", namespace, "-f", "-"];
                const { code, stdout, text } = await this.project.run("helm", args, { input });
                if (code !== 0) throw new Error(text);
                return stdout;
            }),
        );
        return rendered.join("\n---\n");
    }
}
