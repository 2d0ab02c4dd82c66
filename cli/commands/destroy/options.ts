import type { CommandLine } from "../../commandLine";
import type { Holdings } from "../../engine/holdings";
import type { Look, Place } from "../../engine/reach";
import type { RunOptions, RunResult } from "../../engine/stackRuns";

/** The part of {@link Stacks} that `mesh destroy` needs. */
export interface DestroyStacks {
    has(stack: string): boolean;
    resources(stack: string): number;
    relist(): Promise<void>;
    holdings(stack: string): Promise<Holdings>;
    destroy(stack: string, options: RunOptions): Promise<RunResult>;
    remove(stack: string): Promise<void>;
    abandon(stack: string): Promise<void>;
    look(stack: string): Promise<Look>;
    place(stack: string): Place | undefined;
}

/** What to destroy, and how. */
export interface DestroyOptions {
    /** The command that was typed. */
    readonly command: CommandLine;
    /** Clusters to destroy; the certificates stay then. Without it all of them go, and the certificates too. */
    readonly clusters?: readonly string[] | undefined;
    /** Forget the stacks as well; their config files stay. */
    readonly remove: boolean;
    /** Clusters to forget without deleting what is in them, because they don't answer. */
    readonly abandoned: readonly string[];
}
