/** What Istio calls the control plane that was installed without a revision, in its label `istio.io/rev`. */
export const unnamedRevision = "default";

/** Label by which namespaces and pods choose a control plane. */
export const revisionLabel = "istio.io/rev";

/** What Istio's charts append to the names of a revision's objects: `-1-30`, or nothing for the unnamed revision. */
export function revisionSuffix(revision: string): string {
    return revision === unnamedRevision ? "" : `-${revision}`;
}

/** Labels of a namespace whose pods get their sidecar from a revision. */
export function injectionLabels(revision = unnamedRevision): Readonly<Record<string, string>> {
    return revision === unnamedRevision ? { "istio-injection": "enabled" } : { [revisionLabel]: revision };
}

/** Labels of a pod that gets its proxy from a revision, in a namespace that does not say which. */
export function revisionLabels(revision = unnamedRevision): Readonly<Record<string, string>> {
    return revision === unnamedRevision ? {} : { [revisionLabel]: revision };
}

/** The revision that a namespace's labels choose; undefined without injection. As in Istio, `istio-injection` comes first. */
export function chosenRevision(labels: Readonly<Record<string, string>>): string | undefined {
    const injection = labels["istio-injection"];
    if (injection !== undefined) return injection === "enabled" ? unnamedRevision : undefined;
    return labels[revisionLabel];
}
