import { z } from "zod";
import { mergeValues } from "../istio/values";
import { dnsLabelPattern } from "../base/names";
import { unnamedRevision } from "../istio/revisions";
import { minorOf, oldestIstio } from "../istio/supportedVersions";
import { dnsLabel, text, values } from "./fields";

/** Istio release that the charts come from unless the configuration says otherwise. */
export const defaultIstioVersion = "1.30.5";

/** Namespace of the control plane that this project installs. */
export const systemNamespace = "istio-system";

const versionText = z
    .string()
    .regex(/^\d+\.\d+\.\d+/, `must be a full version such as ${defaultIstioVersion}`)
    .refine((version) => (minorOf(version) ?? oldestIstio) >= oldestIstio, {
        message: `must be 1.${oldestIstio}.0 or newer, since older releases don't serve networking.istio.io/v1`,
    });
const chartFolders = z.strictObject({
    /** Folder of the chart `base`. */
    base: text,
    /** Folder of the chart `istiod`. */
    istiod: text,
});

/** What one control plane may have of its own, key `istio.revisions.REVISION`. What it leaves out it has of `istio`. */
const revisionSchema = z.strictObject({
    /** Release of its charts; without `charts` that of the repository. */
    version: versionText.optional(),
    /** Folders of its charts. */
    charts: chartFolders.optional(),
    /** Image hub. */
    hub: text.optional(),
    /** Image tag. */
    tag: text.optional(),
    /** Laid over `istio.values`. */
    values: values.default({}),
});

/** How Istio is installed, key `istio`. */
export const istioSchema = z
    .strictObject({
        /** Whether this project installs Istio. `false` uses the one that is there. */
        install: z.boolean().default(true),
        /** Namespace of the Istio that is there; `istio-system` for one that this project installs. */
        namespace: dnsLabel.default(systemNamespace),
        /** Revision of the control plane that the gateways and the samples use; `default` is the one without a name. */
        revision: dnsLabel.default(unnamedRevision),
        /** Every control plane by revision, where there is more than one; `default` is the one without a name. */
        revisions: z.record(z.string(), revisionSchema).optional(),
        /** What the API server lets run in the namespaces of istiod and of the gateways (Pod Security Standards). */
        podSecurity: z
            .enum(["restricted", "baseline", "privileged"], {
                error: "must be restricted, baseline or privileged",
            })
            .default("restricted"),
        /** Release of the charts in the Helm repository, such as `1.30.5`. Unused where `charts` is set. */
        version: versionText.default(defaultIstioVersion),
        /** URL of the Helm repository. */
        repository: z.url("must be a URL").default("https://istio-release.storage.googleapis.com/charts"),
        /** Folders of local charts to use instead of the repository's, relative to the project folder. */
        charts: chartFolders.optional(),
        /** Image hub; the charts' own by default. */
        hub: text.optional(),
        /** Image tag; the charts' own by default. */
        tag: text.optional(),
        /** Values for the istiod chart, laid over the project's own. */
        values: values.default({}),
        /** Where istiod's certificate authority comes from: the certificate stack, or a Secret `cacerts` that is there. */
        ca: z.enum(["mesh", "existing"], { error: "must be mesh or existing" }).default("mesh"),
        /** Whether a Secret `cacerts` is overwritten that somebody else has made, or another state of the mesh. */
        replaceCaCerts: z.boolean().default(false),
        /** Whether destroy also deletes Istio's resource definitions, and with them every Istio object in the cluster. */
        removeCrds: z.boolean().default(false),
    })
    .superRefine(({ install, namespace, revision, revisions }, context) => {
        const refuse = (key: string, message: string) => {
            context.addIssue({ code: "custom", path: [key], message });
        };
        for (const name of Object.keys(revisions ?? {}).filter((key) => !dnsLabelPattern.test(key))) {
            refuse(
                "revisions",
                `names "${name}", which is no revision: lower-case letters, digits and dashes`,
            );
        }
        if (install && namespace !== systemNamespace) {
            refuse(
                "namespace",
                `is ${namespace}, but what this project installs is in ${systemNamespace}; remove it, or set istio.install ` +
                    `to false to use the Istio of ${namespace}`,
            );
        }
        if (!install && revisions !== undefined) {
            refuse(
                "revisions",
                "are control planes to install, but istio.install is false; remove one of the two",
            );
        }
        if (install && revisions !== undefined && !(revision in revisions)) {
            refuse(
                "revision",
                `is ${revision}, which istio.revisions does not name; add it there, or choose one that is`,
            );
        }
    });

export type IstioSettings = z.infer<typeof istioSchema>;

/** One control plane to install. */
export interface RevisionSettings extends Pick<
    IstioSettings,
    "charts" | "hub" | "tag" | "values" | "version"
> {
    readonly revision: string;
}

/** Every control plane that a stack installs, the one that is used first. */
export function revisionSettings(istio: IstioSettings): readonly RevisionSettings[] {
    const { version, charts, hub, tag, values: common } = istio;
    const names = Object.keys(istio.revisions ?? {}).filter((name) => name !== istio.revision);
    return [istio.revision, ...names.sort()].map((revision) => {
        const own = istio.revisions?.[revision];
        return {
            revision,
            version: own?.version ?? version,
            charts: own?.charts ?? (own?.version === undefined ? charts : undefined),
            hub: own?.hub ?? hub,
            tag: own?.tag ?? tag,
            values: mergeValues(common, own?.values ?? {}),
        };
    });
}
