import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { version as rendererVersion } from "@pulumi/kubernetes/package.json";
import type { IstioCharts } from "../components/istioCharts";
import { type ChartDefinitions, chartDefinitions } from "../components/istioDefinitions";
import { readDefinitions } from "../kube/definitions";
import { answerSeconds, type ClusterAccess, KubectlError } from "../kube/kubectl";
import { systemNamespace } from "../lib/config/istio";
import { claimsOf, claimTexts, type Definition, sourceOfDefinitions } from "../lib/istio/definitions";
import { baseValues } from "../lib/istio/values";
import { activePlane } from "./controlPlane";
import type { ClusterPlan } from "./plan";
import { refusal } from "./refusal";

/**
 * The resource definitions of the Istio that the stack installs; undefined where it installs none. Rendering them is a good part
 * of what an unchanged preview costs, so a chart in a folder that is as the last update has found it is not rendered.
 *
 * @throws pulumi.RunError where the chart can't be had, before the first write
 */
export async function findDefinitions(
    plan: ClusterPlan,
    provider: pulumi.ProviderResource,
): Promise<ChartDefinitions | undefined> {
    const { name, isNew, settings } = plan;
    if (!settings.istio.install) return undefined;
    const { charts, revision } = activePlane(settings.istio);
    const render = () => chartDefinitions(charts, revision, { provider });
    const source = "base" in charts ? sourceOfFolder(charts.base, revision) : undefined;
    const known = plan.definitions;
    if (known !== undefined && known.source === source) return { ...known, content: render };
    const definitions = await render().catch((error: unknown) => {
        throw refusal(name, [chartProblem(charts, error)]);
    });
    if (isNew) await sayClaims(settings.cluster, definitions);
    return {
        names: definitions.map(({ metadata }) => metadata.name),
        source: source ?? sourceOfDefinitions(definitions),
        content: () => Promise.resolve(definitions),
    };
}

/** A hash of all that the rendering of a chart in a folder depends on; undefined where that can't be read. */
function sourceOfFolder(folder: string, revision: string | undefined): string | undefined {
    const hash = createHash("sha256").update(
        JSON.stringify([rendererVersion, baseValues(systemNamespace, revision)]),
    );
    try {
        // A packed chart is one file.
        const files = statSync(folder).isDirectory() ? filesIn(folder) : [""];
        for (const file of files) hash.update(JSON.stringify(file)).update(readFileSync(join(folder, file)));
        return hash.digest("hex").slice(0, 16);
    } catch {
        return undefined;
    }
}

function filesIn(folder: string): readonly string[] {
    const all = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
    return all.filter((file) => statSync(join(folder, file)).isFile());
}

/** What is wrong with a chart, in the provider's words. */
function chartProblem(charts: IstioCharts, error: unknown): string {
    const [where, what] =
        "base" in charts
            ? [charts.base, "istio.charts.base"]
            : [`${charts.repository}, version ${charts.version}`, "istio.repository and istio.version"];
    const words = error instanceof Error ? error.message : String(error);
    const reason = words.replace(/^.*failed to generate YAML for specified Helm chart: /s, "");
    return `Istio's chart "base" (${where}) can't be had: ${reason}; see ${what}`;
}

/** Says which of Istio's definitions somebody else has made, and what becomes of them. */
async function sayClaims(access: ClusterAccess, wanted: readonly Definition[]): Promise<void> {
    const names = wanted.map(({ metadata }) => metadata.name);
    const found = await readDefinitions(access, names, answerSeconds).catch((error: unknown) => {
        // Who may not look at them now is told so by the update, which has to.
        if (error instanceof KubectlError) return new Map<string, Definition>();
        throw error;
    });
    for (const text of claimTexts(claimsOf(wanted, found))) await pulumi.log.warn(text);
}
