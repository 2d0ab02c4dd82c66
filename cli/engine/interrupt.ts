import { warn } from "../print/output";
import { exitCode } from "../problem";
import { endNow, graceMs, processesOf } from "./endRun";
import { dropPulumis, runningPulumis, stopPulumis } from "./pulumiProcess";
import { ownMark } from "./runMark";

/** What can stop a run, and the exit code that says so: 128 plus the signal's number, as a shell does. */
const requests = {
    SIGINT: { code: exitCode.interrupted, what: "Stopping" },
    SIGTERM: { code: exitCode.terminated, what: "Stopping, as SIGTERM asks" },
    SIGHUP: { code: exitCode.hungUp, what: "Stopping, because the terminal was closed" },
    output: {
        code: exitCode.unread,
        what: "Stopping, because nothing can be written to the output any more",
    },
} as const;

/** What asks a run to stop; `output` for an output that can't be written to. */
export type StopRequest = keyof typeof requests;

/** Requests that come this close together are one, in milliseconds: npm hands a Ctrl-C on that the terminal has sent already. */
const sameMs = 100;

/** How long Pulumi may take to end after it was told to drop its work, in milliseconds. */
const dropMs = 3000;

/** How long the command may go on by itself once no Pulumi runs and nothing is left to be done, in milliseconds: to print what came of it. */
const lastWordsMs = 1500;

const pollMs = 100;

/**
 * Turns Ctrl-C, SIGTERM, a closed terminal and a closed output into a polite end: every Pulumi is asked once to finish what
 * it is doing, nothing new begins, and after a while, or at a second request, all processes of the run are ended.
 */
export class Interrupt {
    private first: StopRequest | undefined;
    private lastAt = 0;
    private isForced = false;
    /** What has to be done before a stopped command ends, and how much of it is under way. */
    private readonly duties = new Set<() => Promise<unknown>>();
    private dutiesLeft = 0;
    private isOutputClosed = false;

    /**
     * @param folder tells the folder of the environment, by which the run's processes are known
     * @param sayOnBoard told what happens, in one sentence, as long as the standard output can be written to
     */
    constructor(
        private readonly folder: () => string,
        private readonly sayOnBoard: (sentence: string) => void,
    ) {}

    /** True once a stop has been asked for: nothing new may begin. */
    get isRequested(): boolean {
        return this.first !== undefined;
    }

    /** The exit code of a run that was stopped. */
    get code(): number {
        return requests[this.first ?? "SIGINT"].code;
    }

    /** Begins to listen for signals, and for an output that is closed. */
    listen(): void {
        for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
            process.on(signal, () => {
                this.request(signal);
            });
        for (const stream of [process.stdout, process.stderr])
            stream.on("error", () => {
                if (stream === process.stdout) this.isOutputClosed = true;
                this.request("output");
            });
        // A command that had nothing left but to print ends by itself.
        process.on("exit", (code) => {
            if (this.first === "output" && code === exitCode.ok) process.exitCode = exitCode.unread;
        });
    }

    /** Has something done before a stopped command ends. @returns what takes that back */
    beforeEnd(duty: () => Promise<unknown>): () => void {
        this.duties.add(duty);
        return () => this.duties.delete(duty);
    }

    /** Asks the run to stop; a second request ends it at once. An output that is closed is no second request. */
    request(what: StopRequest): void {
        const now = Date.now();
        const isSame = now - this.lastAt < sameMs;
        if (this.first !== undefined && (isSame || what === "output" || what === "SIGHUP")) return;
        this.lastAt = now;
        if (this.first === undefined) {
            this.first = what;
            const more = what === "SIGINT" ? " Ctrl-C again stops at once." : "";
            this.say(`${requests[what].what}: what has begun may finish, nothing new begins.${more}`);
            stopPulumis();
            for (const duty of this.duties) this.do(duty);
            this.waitForEnd(now);
        } else this.force();
    }

    private do(duty: () => Promise<unknown>): void {
        const done = () => {
            this.dutiesLeft -= 1;
        };
        this.dutiesLeft += 1;
        duty().then(done, done);
    }

    private say(sentence: string): void {
        if (this.isOutputClosed) warn(sentence);
        else this.sayOnBoard(sentence);
    }

    private force(): void {
        if (this.isForced) return;
        this.isForced = true;
        this.say("Stopping at once: what has begun is dropped.");
        dropPulumis();
        setTimeout(() => {
            void this.exit();
        }, dropMs).unref();
    }

    /** Ends the process when the command does not do so by itself. */
    private waitForEnd(began: number): void {
        let idleSince: number | undefined;
        const timer = setInterval(() => {
            const now = Date.now();
            const isBusy = runningPulumis() > 0 || this.dutiesLeft > 0;
            idleSince = isBusy ? undefined : (idleSince ?? now);
            if (idleSince !== undefined && now - idleSince > lastWordsMs) {
                clearInterval(timer);
                void this.exit();
            } else if (now - began > graceMs) this.force();
        }, pollMs);
        // The command's own end is the better one.
        timer.unref();
    }

    private async exit(): Promise<void> {
        this.say("Stopped before the end.");
        await endNow(() => processesOf(ownMark(this.folder())));
        process.exit(this.code);
    }
}
