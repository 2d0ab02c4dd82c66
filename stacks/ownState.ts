import * as pulumi from "@pulumi/pulumi";
import { definitionsType } from "../components/istioDefinitions";
import { stackOwner } from "../components/ownNamespace";
import type { ClusterOutputs } from "../lib/mesh/contract";
import { readCluster } from "../outputs";

/** What the state of the stack that is being worked on says of earlier updates. */
export interface OwnState {
    /** Whether an update has ever come to its end. */
    readonly isUp: boolean;
    /** What the last one said. Outputs of another format, which this very run replaces, count as none. */
    readonly outputs: ClusterOutputs | undefined;
}

/** Reads what the own stack's outputs say. */
export async function readOwnState(name: string): Promise<OwnState> {
    try {
        const outputs = await readCluster(name);
        return { isUp: outputs !== undefined, outputs };
    } catch (error) {
        if (error instanceof pulumi.RunError) return { isUp: true, outputs: undefined };
        throw error;
    }
}

/** What every run puts into the state, also one that is refused: the stack itself. */
const always = ["pulumi:pulumi:Stack", "pulumi:providers:pulumi"];

/**
 * Whether the own stack's state holds any resource. A first update that was stopped half way has left at least the
 * provider, which is written before the first object is.
 */
export async function holdsResources(): Promise<boolean> {
    return (await readResources()).some(({ type }) => !always.includes(type));
}

/** Istio's definitions as they were in a state of an earlier version: fifteen resources of a chart. */
const formerDefinitions = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";

/**
 * Whether the state has Istio's definitions as resources of the chart alone. Where it has the one resource too, those have
 * been marked to be kept before, and can be forgotten.
 */
export async function holdsFormerDefinitions({ outputs }: OwnState): Promise<boolean> {
    if (outputs?.definitionsApart === true) return false;
    const types = (await readResources()).map(({ type }) => type);
    return types.includes(formerDefinitions) && !types.includes(definitionsType);
}

/** A Kubernetes object in a state, as far as it is named by itself. */
interface StateObject {
    readonly kind?: unknown;
    readonly metadata?: { readonly name?: unknown; readonly namespace?: unknown };
}

/** The objects that the own stack's state knows in the cluster, each as {@link objectKey} writes it. */
export async function knownObjects(): Promise<ReadonlySet<string>> {
    const objects = (await readResources()).map(({ outputs }) => outputs as StateObject | undefined);
    return new Set(
        objects.flatMap((object) => {
            const { name, namespace = "" } = object?.metadata ?? {};
            const { kind } = object ?? {};
            const isNamed =
                typeof kind === "string" && typeof name === "string" && typeof namespace === "string";
            return isNamed ? [objectKey(kind, namespace, name)] : [];
        }),
    );
}

/** An object's kind and name in one text. */
export function objectKey(kind: string, namespace: string, name: string): string {
    return `${kind} ${namespace}/${name}`;
}

interface StateResource {
    readonly type: string;
    readonly outputs?: unknown;
}

async function readResources(): Promise<readonly StateResource[]> {
    const { outputs } = (await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {
        stackName: stackOwner(),
    })) as { readonly outputs: Readonly<Record<string, StateResource>> };
    return Object.values(outputs);
}
