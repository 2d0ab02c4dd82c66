/** What a change is about, in the order in which a reader wants to know it. */
export const topics = ["clusters", "calls", "callers", "services", "settings", "unknown"] as const;
export type Topic = (typeof topics)[number];

/** One thing that changes between two meshes. */
export interface MeshChange {
    readonly topic: Topic;
    /** Something becomes possible, is possible no longer, becomes another, or can't be known from files. */
    readonly sign: "+" | "-" | "~" | "?";
    /** The stack that it happens in; the calling one of a call. */
    readonly stack: string;
    /** The mesh-wide host that it is about. */
    readonly host?: string;
    /** What happens, without its stack: `can call httpbin.bar.global (8000 HTTP), served by cluster2`. */
    readonly text: string;
    /** What comes with it: who is interrupted, what is restarted, what has to be done. */
    readonly effect?: string;
}
