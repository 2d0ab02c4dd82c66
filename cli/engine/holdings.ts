import { nameOf } from "./objectChange";

/** What `pulumi stack export` says, as far as it is used. */
export interface ExportedState {
    /** Version of the format. */
    readonly version?: number;
    readonly deployment: {
        readonly resources?: readonly StateResource[];
        readonly pending_operations?: readonly unknown[];
    };
}

interface StateResource {
    readonly urn: string;
    readonly type: string;
    readonly custom?: boolean;
    readonly protect?: boolean;
}

/** What a stack's state says of deleting what it holds. */
export interface Holdings {
    /** Names of the resources that are protected from being deleted. */
    readonly protected: readonly string[];
    /** Whether an earlier run was killed while it made something. */
    readonly isUnfinished: boolean;
    /** Whether there is anything outside the state: a stack that was refused has Pulumi's own records alone. */
    readonly isSomewhere: boolean;
}

/** Looks through a stack's state. */
export function holdingsOf({ deployment }: ExportedState): Holdings {
    const { resources = [], pending_operations: pending = [] } = deployment;
    return {
        protected: resources.filter(({ protect }) => protect === true).map(({ urn }) => nameOf(urn)),
        isUnfinished: pending.length > 0,
        isSomewhere:
            pending.length > 0 ||
            resources.some(({ custom, type }) => custom === true && !type.startsWith("pulumi:")),
    };
}
