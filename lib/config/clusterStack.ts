import { z } from "zod";
import { defaultSuffix } from "../base/names";
import { clusterSchema, meshSchema } from "./cluster";
import { dnsSchema } from "./dns";
import { egressSchema, type Via } from "./egress";
import { exportSchema } from "./exports";
import { gatewaySchema } from "./gateway";
import { importSchema, type ImportSettings } from "./imports";
import { istioSchema } from "./istio";
import { policySchema } from "./policy";
import { sampleAppsSchema } from "./sampleApps";
import { teamsSchema } from "./teams";

/** A whole cluster stack. */
export const clusterStackSchema = z.strictObject({
    /** Which cluster the stack installs into. */
    cluster: clusterSchema,
    /** What the cluster has in common with the others of its mesh. */
    mesh: meshSchema.prefault({}),
    /** How Istio is installed. */
    istio: istioSchema.prefault({}),
    /** The way in for other clusters: the east-west gateway. */
    gateway: gatewaySchema.prefault({}),
    /** Which way imports leave the cluster, and the egress gateway. */
    egress: egressSchema.prefault({}),
    /** Name resolution for the mesh's suffixes. */
    dns: dnsSchema.prefault({}),
    /** Services that other clusters may call. */
    exports: z.array(exportSchema).default([]),
    /** Services of other clusters. */
    imports: z.array(importSchema).default([]),
    /** Who has a part in the cluster, and what they may export; see teamFiles.ts. */
    teams: teamsSchema.default({}),
    /** The tutorial's sample applications. */
    sampleApps: sampleAppsSchema.prefault({}),
    /** Whether an update calls every import from the sleep sample and fails when a call does. */
    connectivityCheck: z.boolean().default(false),
    /** What the policies ask of it; nobody asks where it is left out, see policy/. */
    policy: policySchema.optional(),
});

export type ClusterStackSettings = z.infer<typeof clusterStackSchema>;

/** The suffix of exports and imports that name none. */
export function mainSuffix({ mesh }: ClusterStackSettings): string {
    return mesh.suffixes[0] ?? defaultSuffix;
}

/** The way by which the calls of an import leave the cluster: its own setting, or the stack's. */
export function importVia({ egress }: ClusterStackSettings, { via }: Pick<ImportSettings, "via">): Via {
    return via ?? egress.via;
}
