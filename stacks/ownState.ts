import * as pulumi from "@pulumi/pulumi";
import { stackOwner } from "../components/ownNamespace";
import { readCluster } from "../outputs";

/** What the state of the stack that is being worked on says of earlier updates. */
export interface OwnState {
    /** Whether an update has ever come to its end. */
    readonly isUp: boolean;
    /** Hosts that the last one imported. Outputs of another format, which this very run replaces, count as none. */
    readonly imported: readonly string[];
}

/** Reads what the own stack's outputs say. */
export async function readOwnState(name: string): Promise<OwnState> {
    try {
        const outputs = await readCluster(name);
        return { isUp: outputs !== undefined, imported: outputs?.imports.map(({ host }) => host) ?? [] };
    } catch (error) {
        if (error instanceof pulumi.RunError) return { isUp: true, imported: [] };
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
    const { outputs } = (await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {
        stackName: stackOwner(),
    })) as { readonly outputs: Readonly<Record<string, { readonly type: string }>> };
    return Object.values(outputs).some(({ type }) => !always.includes(type));
}
