import type { Cluster } from "./labMesh";

/** The lab's cluster on which a test that needs only one works: cluster1, unless LAB_CLUSTER names another. */
export const oneCluster = (process.env["LAB_CLUSTER"] ?? "cluster1") as Cluster;
