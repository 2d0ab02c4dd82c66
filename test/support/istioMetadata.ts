/** Metadata of an object of Istio's, which is deleted without a write that Istio's webhook would be asked about. */
export function istioMetadata(name: string, namespace: string) {
    const annotations = { "pulumi.com/deletionPropagationPolicy": "background" };
    return { name, namespace, annotations };
}
