import { z } from "zod";
import { days, dnsLabel, duplicates, text } from "./fields";

/** A certificate and its key, as two texts or as two files. */
const pairShape = {
    /** The certificate, PEM. */
    certPem: text.optional(),
    /** Its private key, PEM. An encrypted value: `pulumi config set --secret --path ca.root.privateKeyPem`. */
    privateKeyPem: text.optional(),
    /** File with the certificate, PEM, relative to the project folder. */
    certFile: text.optional(),
    /** File with its private key, PEM, relative to the project folder. */
    keyFile: text.optional(),
};

/** A root: one that the stack makes, or one that is given, with its key or with what it has signed elsewhere. */
const rootShape = {
    ...pairShape,
    /** Intermediates that a root has signed whose key is elsewhere, by cluster: one for each of the mesh. */
    intermediates: z
        .record(
            dnsLabel,
            z
                .strictObject(pairShape)
                .refine(
                    isOneOf("certPem,privateKeyPem", "certFile,keyFile"),
                    "must have certPem and privateKeyPem, or certFile and keyFile",
                ),
        )
        .optional(),
};

/** Whether exactly these keys are given, in the order of the schema. */
function isOneOf(...sets: readonly string[]) {
    return (given: Readonly<Record<string, unknown>>): boolean =>
        sets.includes(
            Object.keys(rootShape)
                .filter((key) => given[key] !== undefined)
                .join(","),
        );
}

const wholeSource = isOneOf(
    "",
    ...["certPem,privateKeyPem", "certFile,keyFile"],
    ...["certPem,intermediates", "certFile,intermediates"],
);
const wholeSourceMessage =
    "must have certPem and privateKeyPem, or certFile and keyFile, or certPem or certFile with intermediates that it has " +
    "signed, or none of these for a root that is made here";

/** A root by its name, key `ca.root`. */
const rootSchema = z
    .strictObject({
        /** What the root is called in the stack. Resources are named after it, so a root keeps its name for good. */
        name: dnsLabel.default("root"),
        ...rootShape,
    })
    .refine(wholeSource, wholeSourceMessage);

/** The way from one root to the next, key `ca.rotation`. */
const rotationSchema = z.strictObject({
    /** How far it is to go: both roots are trusted; the new one signs; the old one is gone. One after the other. */
    step: z.enum(["trust", "reissue", "retire"], { error: "must be trust, reissue or retire" }),
    /** The new root. */
    to: z
        .strictObject({
            /** What the root is called in the stack. Resources are named after it, so a root keeps its name for good. */
            name: dnsLabel,
            ...rootShape,
        })
        .refine(wholeSource, wholeSourceMessage),
});

export type RootSettings = z.infer<typeof rootSchema>;

/** Settings of the certificate stack, key `ca`. */
export const caSchema = z
    .strictObject({
        /** Names of the clusters, which are the names of their stacks. Each gets an intermediate CA. */
        clusters: z.array(dnsLabel).min(1, "must name at least one cluster"),
        /** Key type of the root and of the intermediates. `ECDSA-P256` by default; `RSA-4096` for old clients. */
        keyAlgorithm: z
            .enum(["ECDSA-P256", "RSA-4096"], { error: "must be ECDSA-P256 or RSA-4096" })
            .default("ECDSA-P256"),
        /** Organization in the subject of every CA certificate. */
        organization: text.default("Istio"),
        /** Days that the root is valid. The root is never renewed by itself: 3650, as in Istio's own certificate tool. */
        rootValidityDays: days.default(3650),
        /** Days that an intermediate is valid. */
        intermediateValidityDays: days.default(365),
        /** Days before its end from which on an update renews an intermediate. */
        intermediateRenewalDays: days.default(90),
        /** Whether Pulumi refuses to delete or replace the key and the certificate of the root that signs. */
        protectRoot: z.boolean().default(true),
        /** Whether certificates are made although clusters have some that this state does not know. For one update. */
        makeAnew: z.boolean().default(false),
        /** The root; one that the stack makes by default. */
        root: rootSchema.prefault({}),
        /** The change of the root that is under way. */
        rotation: rotationSchema.optional(),
        /** Days before an intermediate's end from which on previews and updates warn; a third of the renewal days. */
        expiryWarningDays: days.optional(),
        /** Days before a root's end from which on previews and updates warn; a tenth of the root's validity. */
        rootExpiryWarningDays: days.optional(),
    })
    .superRefine((ca, context) => {
        for (const name of duplicates(ca.clusters)) {
            context.addIssue({
                code: "custom",
                path: ["clusters"],
                message: `names "${name}" more than once; remove one`,
            });
        }
        if (ca.intermediateValidityDays > ca.rootValidityDays) {
            context.addIssue({
                code: "custom",
                path: ["intermediateValidityDays"],
                message: `is ${ca.intermediateValidityDays}, longer than the root's ${ca.rootValidityDays}; lower it`,
            });
        }
        if (ca.intermediateRenewalDays >= ca.intermediateValidityDays) {
            context.addIssue({
                code: "custom",
                path: ["intermediateRenewalDays"],
                message: `is ${ca.intermediateRenewalDays}, so every update would renew a certificate of ${ca.intermediateValidityDays} days; lower it`,
            });
        }
        if (ca.expiryWarningDays !== undefined && ca.expiryWarningDays >= ca.intermediateRenewalDays) {
            context.addIssue({
                code: "custom",
                path: ["expiryWarningDays"],
                message: `is ${ca.expiryWarningDays}, so it would warn of every intermediate that is about to be renewed at ${ca.intermediateRenewalDays} days; lower it`,
            });
        }
        for (const [path, root] of [
            [["root"], ca.root],
            [["rotation", "to"], ca.rotation?.to],
        ] as const) {
            const given = Object.keys(root?.intermediates ?? {});
            if (given.length === 0) continue;
            const say = (key: string, message: string) => {
                context.addIssue({ code: "custom", path: [...path, "intermediates", key], message });
            };
            for (const cluster of ca.clusters.filter((name) => !given.includes(name)))
                say(
                    cluster,
                    "is missing, and the root's key is not here to sign it; give the cluster's intermediate",
                );
            for (const name of given.filter((each) => !ca.clusters.includes(each)))
                say(
                    name,
                    `is for no cluster of ca.clusters (${ca.clusters.join(", ")}); correct the name or take it out`,
                );
        }
        if (ca.rotation?.to.name === ca.root.name) {
            context.addIssue({
                code: "custom",
                path: ["rotation", "to", "name"],
                message: `is "${ca.root.name}", as the present root is called; give the new root another name`,
            });
        }
    })
    .transform((ca) => ({
        ...ca,
        expiryWarningDays: ca.expiryWarningDays ?? Math.floor(ca.intermediateRenewalDays / 3),
        rootExpiryWarningDays: ca.rootExpiryWarningDays ?? Math.floor(ca.rootValidityDays / 10),
    }));

export type CaSettings = z.infer<typeof caSchema>;
