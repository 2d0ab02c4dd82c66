import { startOf } from "./processes";

/** The variable by which each process of a run of `mesh` can be known, in the environment that it is started with. */
export const markVariable = "ISTIO_MULTICLUSTER_RUN";

/** A run of `mesh`, as its processes name it. */
export interface RunMark {
    /** Id and start of the `mesh` process itself. */
    readonly pid: number;
    readonly start: string;
    /** The project folder. */
    readonly folder: string;
}

/** The mark of this process's run. */
export function ownMark(folder: string): RunMark {
    return { pid: process.pid, start: startOf(process.pid) ?? "", folder };
}

/**
 * The mark as a variable's value.
 *
 * @param engine number of the Pulumi command within the run, from 1; 0 for what `mesh` starts itself, such as kubectl
 */
export function markValue({ pid, start, folder }: RunMark, engine: number): string {
    return `${pid}:${start}:${engine}:${folder}`;
}

/** Reads a mark and the number of the Pulumi command, or undefined when the value is none. */
export function parseMark(value: string): { readonly mark: RunMark; readonly engine: number } | undefined {
    const [, pid = "", start = "", engine = "", folder = ""] = /^(\d+):(\d*):(\d+):(.+)$/s.exec(value) ?? [];
    if (folder === "") return undefined;
    return { mark: { pid: Number(pid), start, folder }, engine: Number(engine) };
}

/** True for marks of the same run. */
export function isSameRun(one: RunMark, other: RunMark): boolean {
    return one.pid === other.pid && one.start === other.start && one.folder === other.folder;
}

/** True while the `mesh` process of a run lives. */
export function isRunAlive({ pid, start }: RunMark): boolean {
    return startOf(pid) === start;
}
