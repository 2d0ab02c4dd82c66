import type { TeamTexts } from "../config/teamFiles";
import type { GatewayAddress } from "./contract";

/** Variable of the environment by which a program finds the hand-over of the `mesh` command that runs it: a socket's path. */
export const handoverVariable = "MESH_HANDOVER";

/** Settings of a stack by key, without the project's prefix, as its file says them. */
export type Declared = Readonly<Record<string, unknown>>;

/** What a command that runs all stacks tells each of their programs. */
export interface RunDeclarations {
    readonly command: "up" | "preview";
    /** The settings of the stacks that this command runs, all read at its beginning. */
    readonly stacks: Readonly<Record<string, Declared>>;
    /** The teams' files, read at the same time. */
    readonly teams: TeamTexts;
}

/** What an exporting cluster's program says while it runs. */
export interface Told {
    /** Hosts that its gateway passes on from now on. */
    readonly hosts: readonly string[];
    /** Where its gateway is; null in a preview that can't know it. */
    readonly gateway: GatewayAddress | null;
}

/** What a certificate stack's preview foresees of one cluster's certificates. */
export interface CertificatesForeseen {
    /** Whether the update makes the cluster another intermediate. */
    readonly renewed: boolean;
    /** The roots to trust after the update, PEM; null where one of them is about to be made. */
    readonly trustBundlePem: string | null;
}

/** An importer's use of a host, as its last update has written it. */
export interface Use {
    readonly host: string;
    /** The importing cluster. */
    readonly by: string;
}

/** What an exporter asks before it takes away what it serves. */
export interface Leaving {
    /** Who goes by it until now. */
    readonly uses: readonly Use[];
    /** Hosts that it can't serve before it has the answer, since they are written together with the others. */
    readonly holdsBack: readonly string[];
}

/** A use that goes on, with a clause that says why. */
export interface Kept extends Use {
    readonly reason: string;
}

/** Answer to the question where a host can be reached. */
export type Whereabouts =
    | { readonly state: "served"; readonly gateway: GatewayAddress }
    /** A preview can't know it. */
    | { readonly state: "unknown" }
    /** The exporter's run has come to nothing, or takes too long: a clause that says so. */
    | { readonly state: "given up"; readonly reason: string };
