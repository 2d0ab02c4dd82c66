import type { ClusterOutputs, Export, GatewayPlace } from "./contract";

/** What a cluster offers to one that imports from it. */
export interface Offer {
    readonly exports: readonly Export[];
    /** Where the importer reaches its gateway; undefined where only the run that is going on will tell. */
    readonly gateway?: GatewayPlace;
    /** `REGION` or `REGION/ZONE`. */
    readonly locality?: string;
}

/** What is known of one peer. */
export interface Peer {
    /**
     * What it offers after the command that is going on, which runs it too; undefined where no command does, so that its
     * outputs alone count.
     */
    readonly planned?: Offer;
    /** The stack outputs of its last update; undefined when it was never updated. */
    readonly outputs?: ClusterOutputs;
    /** Hosts that its stack file exports; undefined when there is no such file in the project folder. */
    readonly declared?: readonly string[];
    /** Versions of each of these hosts that its stack file names. */
    readonly declaredSubsets?: ReadonlyMap<string, readonly string[]>;
}
