import type * as pulumi from "@pulumi/pulumi";

const types = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/** Annotation of the provider: write a field although somebody else, by the API server's record, has written it. */
export const patchForce = { "pulumi.com/patchForce": "true" } as const;

/**
 * Lets an update take over Istio's webhook configurations as they are. One that a killed run has made, and could not write
 * down, is made again by the next run, under another name of its writer; and the API server sees a conflict even where both
 * want the same, since it has filled in a default (`scope`) inside the list of rules. Other kinds have no such list.
 */
export function takeOverWebhooks({
    type,
    props,
    opts,
}: pulumi.ResourceTransformArgs): pulumi.ResourceTransformResult | undefined {
    if (!types.some((kind) => type.endsWith(`:${kind}`))) return undefined;
    const { metadata = {} } = props as {
        readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
    };
    return {
        props: {
            ...props,
            metadata: { ...metadata, annotations: { ...metadata.annotations, ...patchForce } },
        },
        opts,
    };
}
