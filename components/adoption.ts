import type * as pulumi from "@pulumi/pulumi";
import { type ManagedFields, managedFieldsReader, type ObjectRef } from "../kube/fieldManagers";
import type { ClusterAccess } from "../kube/kubectl";
import { patchForce } from "./takeOverWebhooks";

/** Annotation of the provider: the name under which it writes an object, in place of one that it makes up. */
const writerAnnotation = "pulumi.com/patchFieldManager";

/** How the names begin that the provider makes up. */
const madeUp = "pulumi-kubernetes-";

/**
 * Makes a transform that takes over objects which another state of this stack has made. The provider writes each under
 * the name that it was last written under: under a name of its own it would share the fields with the old one, and every
 * later change of them would be a conflict.
 *
 * The name is in the state then, and stays when the annotation goes.
 */
export function adoption(
    access: ClusterAccess,
): (args: pulumi.ResourceTransformArgs) => Promise<pulumi.ResourceTransformResult | undefined> {
    const fieldsOf = managedFieldsReader(access);
    return async function adopt({ type, props, opts }) {
        const object = type.startsWith("kubernetes:") ? objectOf(props) : undefined;
        const writer = object && lastWriter(await fieldsOf(object));
        if (writer === undefined) return undefined;
        const { metadata } = props as Props;
        const annotations = { ...metadata?.annotations, ...patchForce, [writerAnnotation]: writer };
        return { props: { ...props, metadata: { ...metadata, annotations } }, opts };
    };
}

interface Props {
    readonly apiVersion?: unknown;
    readonly kind?: unknown;
    readonly metadata?: {
        readonly name?: unknown;
        readonly namespace?: unknown;
        readonly annotations?: Readonly<Record<string, string>>;
    };
}

/** The object that a resource stands for, or undefined for one without a known name, such as a chart. */
function objectOf(props: object): ObjectRef | undefined {
    const { apiVersion, kind, metadata } = props as Props;
    const { name, namespace } = metadata ?? {};
    if (typeof apiVersion !== "string" || typeof kind !== "string" || typeof name !== "string")
        return undefined;
    return { apiVersion, kind, name, namespace: typeof namespace === "string" ? namespace : undefined };
}

function lastWriter(fields: readonly ManagedFields[]): string | undefined {
    const writers = fields.filter(
        ({ manager = "", operation }) => operation === "Apply" && manager.startsWith(madeUp),
    );
    return [...writers].sort((a, b) => ((a.time ?? "") < (b.time ?? "") ? 1 : -1))[0]?.manager;
}
