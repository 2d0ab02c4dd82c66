/** Where Istio's charts come from: a Helm repository, or folders. */
export type IstioCharts =
    | { readonly repository: string; readonly version: string }
    | { readonly base: string; readonly istiod: string };

/** Name of the release that the base chart is rendered for, which its objects' labels say. */
export const baseRelease = "istio-base";

/** What a chart is named by to the Kubernetes provider. */
export function chartSource(role: "base" | "istiod", charts: IstioCharts) {
    return "base" in charts
        ? { chart: charts[role] }
        : { chart: role, version: charts.version, repositoryOpts: { repo: charts.repository } };
}
