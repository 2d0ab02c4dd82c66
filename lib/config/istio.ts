import { z } from "zod";
import { text, values } from "./fields";

/** Istio release that the charts come from unless the configuration says otherwise. */
export const defaultIstioVersion = "1.30.5";

/** How Istio is installed, key `istio`. */
export const istioSchema = z.strictObject({
    /** Release of the charts in the Helm repository, such as `1.30.5`. Unused where `charts` is set. */
    version: z
        .string()
        .regex(/^\d+\.\d+\.\d+/, `must be a full version such as ${defaultIstioVersion}`)
        .default(defaultIstioVersion),
    /** URL of the Helm repository. */
    repository: z.url("must be a URL").default("https://istio-release.storage.googleapis.com/charts"),
    /** Folders of local charts to use instead of the repository's, relative to the project folder. */
    charts: z.strictObject({ base: text, istiod: text }).optional(),
    /** Image hub; the charts' own by default. */
    hub: text.optional(),
    /** Image tag; the charts' own by default. */
    tag: text.optional(),
    /** Values for the istiod chart, laid over the project's own. */
    values: values.default({}),
    /** Where istiod's certificate authority comes from: the certificate stack, or a Secret `cacerts` that is there. */
    ca: z.enum(["mesh", "existing"], { error: "must be mesh or existing" }).default("mesh"),
    /** Whether a Secret `cacerts` that somebody else has made is overwritten. */
    replaceCaCerts: z.boolean().default(false),
    /** Whether destroy also deletes Istio's resource definitions, and with them every Istio object in the cluster. */
    removeCrds: z.boolean().default(false),
});
