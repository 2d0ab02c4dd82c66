import { Listr } from "listr2";
import { colours, isFancy } from "./colours";
import { located } from "./output";

/** Where the state of several stacks is shown while they are worked on. */
export interface Board {
    /**
     * One passing line about a stack, replaced by the next.
     *
     * @param isNews whether it says something that a log shall not miss; false by default
     */
    update(stack: string, text: string, isNews?: boolean): void;
    /** A stack has reached its end. */
    finish(stack: string, text: string, outcome: "done" | "failed" | "skipped"): void;
    /** A sentence that stays on the screen. */
    say(sentence: string): void;
    /** Takes the board off the screen; to be called once, after the last stack's end. */
    close(): Promise<void>;
}

/**
 * A live board on a terminal, and plain lines elsewhere.
 *
 * @param stacks all stacks that will be shown, in the order to show them
 */
export function openBoard(stacks: readonly string[], terminal = isFancy(process.stdout)): Board {
    return terminal ? new LiveBoard(stacks) : new LineBoard();
}

interface Row {
    end: (error?: Error) => void;
    skip: (text: string) => void;
    setTitle: (text: string) => void;
    setOutput: (text: string) => void;
}

class LiveBoard implements Board {
    private readonly rows = new Map<string, Row>();
    private readonly sentences: string[] = [];
    private readonly shown: Promise<unknown>;

    constructor(stacks: readonly string[]) {
        const tasks = stacks.map((stack) => {
            const row: Row = { end: nothing, skip: nothing, setTitle: nothing, setOutput: nothing };
            this.rows.set(stack, row);
            const ended = new Promise<void>((resolve, reject) => {
                row.end = (error) => {
                    // The list throws when a row that has ended is written to.
                    row.setOutput = nothing;
                    row.setTitle = nothing;
                    row.skip = nothing;
                    if (error) reject(error);
                    else resolve();
                };
            });
            // The list below listens too late for an end that comes before its first frame.
            ended.catch(nothing);
            return {
                title: stack,
                task: (_: unknown, task: { title: string; output: string; skip(text: string): void }) => {
                    row.setTitle = (text) => (task.title = text);
                    row.setOutput = (text) => (task.output = text);
                    row.skip = (text) => {
                        task.skip(text);
                        row.end();
                    };
                    return ended;
                },
            };
        });
        this.shown = new Listr(tasks, {
            concurrent: true,
            exitOnError: false,
            registerSignalListeners: false,
            rendererOptions: { collapseErrors: true, collapseSkips: true, showErrorMessage: false },
        }).run();
    }

    update(stack: string, text: string): void {
        this.rows.get(stack)?.setOutput(located(text));
    }

    finish(stack: string, text: string, outcome: "done" | "failed" | "skipped"): void {
        const row = this.rows.get(stack);
        if (outcome === "skipped") {
            row?.skip(`${stack}: ${text}`);
            return;
        }
        row?.setTitle(`${stack}: ${text}`);
        row?.end(outcome === "failed" ? new Error(text) : undefined);
    }

    say(sentence: string): void {
        this.sentences.push(sentence);
        for (const row of this.rows.values()) row.setOutput(colours.yellow(located(sentence)));
    }

    async close(): Promise<void> {
        for (const row of this.rows.values()) row.end();
        await this.shown;
        for (const sentence of this.sentences) console.log(located(sentence));
    }
}

/** How long a stack may be silent in a log before a line says that it is still at work, in seconds. */
const heartbeatSeconds = 15;

class LineBoard implements Board {
    private readonly began = Date.now();
    private readonly last = new Map<string, number>();

    update(stack: string, text: string, isNews = false): void {
        const now = this.seconds();
        const last = this.last.get(stack);
        if (!isNews && last !== undefined && now - last < heartbeatSeconds) return;
        this.last.set(stack, now);
        this.line(`${stack}: ${text}`);
    }

    finish(stack: string, text: string): void {
        this.last.set(stack, this.seconds());
        this.line(`${stack}: ${text}`);
    }

    say(sentence: string): void {
        console.log(located(sentence));
    }

    close(): Promise<void> {
        return Promise.resolve();
    }

    private line(text: string): void {
        console.log(`[${this.seconds().toFixed(0).padStart(4)} s] ${located(text)}`);
    }

    private seconds(): number {
        return (Date.now() - this.began) / 1000;
    }
}

function nothing(): void {
    // The row is not on the screen.
}
