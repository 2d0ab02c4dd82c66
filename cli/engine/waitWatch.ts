import { findCauses } from "../../kube/waiting";
import type { ClusterAccess } from "../../kube/kubectl";
import { shownAccess } from "../../kube/kubeconfig";
import { kubectlText } from "../../lib/base/shownCommands";
import type { Cause } from "../../lib/cluster/causes";
import { remedyOf } from "../../lib/cluster/remedy";
import { Sightings } from "../../lib/cluster/sightings";
import { targetText, type WaitTarget } from "../../lib/cluster/waiting";
import type { Message, Run, Step } from "./events";
import { componentsOf } from "./waitTargets";

/** Seconds that a step may take without a word of why. */
const quietSeconds = 10;

/** Seconds between two looks. */
const pauseSeconds = 5;

/** Most objects that one look asks for: each may be a process of its own. */
const mostTargets = 4;

/** Asks the cluster what keeps objects from being ready, or gone. */
export type Look = (targets: readonly WaitTarget[]) => Promise<readonly (Cause | undefined)[]>;

/** An object that will not come up, and what to do. */
export interface Hopeless {
    /** `Deployment istio-system/global-dns: pod ... can't pull the image ...`. */
    readonly sentence: string;
    /** What to do, as the begin of a sentence without a full stop. */
    readonly remedy: string;
}

/** The cluster of a stack, as far as a wait is looked into. */
export interface WatchedCluster {
    readonly stack: string;
    readonly access: ClusterAccess;
}

/**
 * Looks into the cluster while a run of the engine waits there for long, and says what for. A run that waits for what
 * will not come is ended through {@link signal}. While nothing waits for long, nothing is asked.
 */
export class WaitWatch {
    private readonly sightings = new Sightings();
    private readonly steps = new Map<string, Step>();
    private readonly end = new AbortController();
    private isLooking = false;
    private next = 0;
    private found: readonly Hopeless[] = [];
    private hasNews = false;
    private errors: readonly Message[] = [];
    private finished = 0;
    /** When a step of the run was last seen to have ended, in seconds. */
    private lastMove = 0;

    /** @param look replaceable by tests */
    constructor(
        private readonly cluster: WatchedCluster,
        private readonly look: Look = (targets) => findCauses(cluster.access, targets),
    ) {}

    /** Aborted once the run waits for something that will not come. */
    get signal(): AbortSignal {
        return this.end.signal;
    }

    /** What will not come; empty unless the run was ended for it. */
    get hopeless(): readonly Hopeless[] {
        return this.found;
    }

    /** What had failed by itself when the run was ended; what fails later does so because of that. */
    get earlierErrors(): readonly Message[] {
        return this.errors;
    }

    /** Begins a look if one is due. To be called often. */
    tick(run: Run, now: number): void {
        if (run.finished !== this.finished) {
            this.finished = run.finished;
            this.lastMove = now;
        }
        if (this.isLooking || this.signal.aborted || now < this.next) return;
        const waiting = [...run.running]
            .filter(([, step]) => step.waitsFor.length > 0 && now - step.since >= quietSeconds)
            .sort(([, one], [, other]) => one.since - other.since)
            .slice(0, mostTargets);
        if (waiting.length === 0) return;
        this.isLooking = true;
        void this.lookInto(run, waiting, now).finally(() => {
            this.isLooking = false;
        });
    }

    /** Whether something has been found out since this was last asked. */
    takeNews(): boolean {
        const had = this.hasNews;
        this.hasNews = false;
        return had;
    }

    /** What a step waits for, in the cluster's words. */
    wordsOf(urn: string): string | undefined {
        return this.sightings.of(urn)?.text;
    }

    /** A sentence for each step that had not succeeded when the run ended, as far as it is known what it waited for. */
    lastWords(run: Run): readonly string[] {
        return [...this.steps]
            .filter(([urn]) => run.running.has(urn) || run.failed.has(urn))
            .flatMap(([urn, step]) => {
                const words = this.wordsOf(urn) ?? step.said;
                return words === undefined ? [] : [`${objectText(step)}: ${words}`];
            });
    }

    private async lookInto(
        run: Run,
        waiting: readonly (readonly [string, Step])[],
        now: number,
    ): Promise<void> {
        const targets = waiting.flatMap(([, { waitsFor }]) => waitsFor);
        // A look that fails in a way that nobody foresaw must not end a run that may well succeed.
        const causes = await this.look(targets).catch(() => []);
        this.next = now + pauseSeconds;
        for (const [urn, step] of waiting) {
            const own = step.waitsFor.map((target) => causes[targets.indexOf(target)]);
            const cause =
                own.find((each) => each?.patienceSeconds !== undefined) ??
                own.find((each) => each !== undefined);
            this.steps.set(urn, step);
            // A look that went wrong says nothing of the cause that the look before has shown.
            if (cause?.kind === "access" && this.sightings.of(urn) !== undefined) continue;
            if (this.sightings.note(urn, cause, now, this.lastMove)) this.hasNews = true;
        }
        const stuck = waiting.filter(([urn]) => run.running.has(urn) && this.sightings.isHopeless(urn, now));
        if (stuck.length === 0) return;
        this.errors = [...run.errors];
        this.found = stuck.map(([urn, step]) => this.verdict(urn, step));
        this.end.abort();
    }

    private verdict(urn: string, step: Step): Hopeless {
        const cause = this.sightings.of(urn) ?? { kind: "other", text: "" };
        const [target] = step.waitsFor;
        if (target === undefined) throw new Error(`${urn} waits for nothing`);
        const origin = {
            target,
            components: componentsOf(urn),
            stack: this.cluster.stack,
            kubectl: kubectlText(shownAccess(this.cluster.access)),
        };
        return { sentence: `${objectText(step)}: ${cause.text}`, remedy: remedyOf(cause, origin) };
    }
}

function objectText({ waitsFor: [target], kind, name }: Step): string {
    return target === undefined ? `${kind} ${name}` : targetText(target);
}
