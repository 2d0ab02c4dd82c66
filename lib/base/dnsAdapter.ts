/** Kinds of cluster DNS whose ConfigMap holds the mesh's zones. */
export const stubAdapters = ["coredns", "coredns-custom", "kube-dns"] as const;

/** One of {@link stubAdapters}. */
export type StubAdapter = (typeof stubAdapters)[number];

/** Ways in which a cluster's pods come to resolve the mesh's zones. */
export const dnsAdapters = [...stubAdapters, "none", "sidecar"] as const;

/** One of {@link dnsAdapters}. */
export type DnsAdapter = (typeof dnsAdapters)[number];
