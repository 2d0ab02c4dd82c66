/** Settings of a stack file that are right, for tests that change one of them. */
export type Raw = Readonly<Record<string, unknown>>;

export const cluster = { kubeconfig: ".lab/cluster1/kubeconfig", context: "cluster1" };
export const port = { name: "http1", number: 8000, protocol: "HTTP" };
export const httpbin = {
    service: "httpbin",
    namespace: "bar",
    ports: [port],
    selector: { app: "httpbin" },
    serviceAccount: "httpbin",
};
export const wanted = { service: "cart", namespace: "shop", from: "cluster2" };
