import type { GatewayAddress } from "../lib/mesh/contract";
import type { Kept, Leaving, Told, Use, Whereabouts } from "../lib/mesh/handover";

/** How long one stack waits for another, milliseconds. */
export interface Patience {
    /** Without any finished step of the other. */
    readonly silentMs: number;
    /** Without a word of the other's that it serves, or has left, anything more. */
    readonly longestMs: number;
}

/** How a stack's run ended: a clause, and whether all that it was to do is done. */
interface End {
    readonly how: string;
    readonly isGood: boolean;
}

/** What one stack's run has said so far. */
interface Entry {
    lastStep: number;
    /** When it last said of a host that it serves it, or has left it. */
    lastSaid: number;
    /** How it ended; undefined while it runs. */
    end?: End;
    /** Where its gateway is; null in a preview that can't know it. */
    gateway?: GatewayAddress | null;
    readonly served: Set<string>;
    /** Hosts that it does not import in the old way any more. */
    readonly left: Set<string>;
    /** Exporters that it waits for, by host. */
    readonly awaits: Map<string, Set<string>>;
    /** What it waits to take away. */
    leaving?: Leaving;
}

/**
 * Who of one run serves which host, who still goes by what was there before, and who waits for whom. Everything that it is
 * asked it answers as of now: undefined stands for "wait".
 */
export class Ledger {
    private readonly entries: ReadonlyMap<string, Entry>;

    constructor(
        stacks: readonly string[],
        private readonly patience: Patience,
        now: number,
    ) {
        this.entries = new Map(
            stacks.map((stack) => [
                stack,
                { lastStep: now, lastSaid: now, served: new Set(), left: new Set(), awaits: new Map() },
            ]),
        );
    }

    /** A step of a stack's run has ended. */
    progressed(stack: string, now: number): void {
        this.change(stack, (entry) => {
            entry.lastStep = now;
        });
    }

    /** A stack's run is over. */
    ended(stack: string, how: string, isGood: boolean): void {
        this.change(stack, (entry) => {
            entry.end ??= { how, isGood };
        });
    }

    /** Whether a stack's run came to a good end, once it is over; one that this command does not run has nothing to do. */
    endedWell(stack: string): boolean | undefined {
        const entry = this.entries.get(stack);
        return entry === undefined ? true : entry.end?.isGood;
    }

    /** A stack's gateway passes on some hosts. */
    tell(stack: string, { hosts, gateway }: Told, now: number): void {
        this.change(stack, (entry) => {
            entry.lastSaid = now;
            entry.gateway = gateway;
            for (const host of hosts) entry.served.add(host);
        });
    }

    /** A stack goes by the new of a host. */
    leave(stack: string, host: string, now: number): void {
        this.change(stack, (entry) => {
            entry.lastSaid = now;
            entry.left.add(host);
        });
    }

    /** An importer begins to wait for a host of an exporter. */
    awaits(importer: string, exporter: string, host: string): void {
        this.change(importer, ({ awaits }) => {
            awaits.set(host, new Set([...(awaits.get(host) ?? []), exporter]));
        });
    }

    /** An importer has got its answer, or nobody waits for it any longer. */
    gotAnswer(importer: string, exporter: string, host: string): void {
        this.change(importer, ({ awaits }) => awaits.get(host)?.delete(exporter));
    }

    /** Where a host of an exporter is reached. */
    where(exporter: string, host: string, asked: number, now: number): Whereabouts | undefined {
        const entry = this.entries.get(exporter);
        if (entry === undefined)
            return { state: "given up", reason: `${exporter} is not run by this command` };
        const { gateway, served, end } = entry;
        if (served.has(host) && gateway !== undefined)
            return gateway === null ? { state: "unknown" } : { state: "served", gateway };
        const reason = endText(end, "serving") ?? this.lostPatience(exporter, "serve it", asked, now);
        return reason === undefined ? undefined : { state: "given up", reason };
    }

    /** A stack begins to wait for the importers of what it is about to take away. */
    asksToLeave(exporter: string, leaving: Leaving): void {
        this.change(exporter, (entry) => {
            entry.leaving = leaving;
        });
    }

    /** The uses that go on, once each of the others has ended. */
    release(exporter: string, asked: number, now: number): readonly Kept[] | undefined {
        const kept: Kept[] = [];
        for (const { host, by } of this.entries.get(exporter)?.leaving?.uses ?? []) {
            if (this.hasLeft(by, host) || this.waitsInCircle(exporter, by, host)) continue;
            const { end } = this.entries.get(by) ?? {};
            const reason = endText(end, "leaving") ?? this.lostPatience(by, "leave it", asked, now);
            if (reason === undefined) return undefined;
            kept.push({ host, by, reason });
        }
        return kept;
    }

    /** Whether an importer goes by the new; one that this command does not run is not waited for. */
    private hasLeft(importer: string, host: string): boolean {
        const { left } = this.entries.get(importer) ?? {};
        return left === undefined || left.has(host);
    }

    /**
     * Whether an importer can't leave a host before another exporter serves it, and that one not before what it waits for, and
     * so on until the first exporter: waiting would then never end.
     */
    private waitsInCircle(exporter: string, importer: string, host: string): boolean {
        const seen = new Set<string>();
        const reaches = (use: Use): boolean =>
            [...(this.entries.get(use.by)?.awaits.get(use.host) ?? [])].some((next) => {
                const { leaving } = this.entries.get(next) ?? {};
                if (leaving?.holdsBack.includes(use.host) !== true || seen.has(next)) return false;
                seen.add(next);
                return (
                    next === exporter ||
                    leaving.uses.some((each) => !this.hasLeft(each.by, each.host) && reaches(each))
                );
            });
        return reaches({ by: importer, host });
    }

    /** A clause that says why nobody waits any longer for a stack, if so. */
    private lostPatience(stack: string, forWhat: string, asked: number, now: number): string | undefined {
        const { silentMs, longestMs } = this.patience;
        const { lastStep = asked, lastSaid = asked } = this.entries.get(stack) ?? {};
        if (now - Math.max(lastStep, asked) >= silentMs)
            return `nothing has moved in ${stack} for ${Math.round(silentMs / 1000)} seconds`;
        // Whoever has hundreds does one after the other, and comes to the last of them after a long time.
        if (now - Math.max(lastSaid, asked) >= longestMs)
            return `${stack} has not come to ${forWhat} within ${Math.round(longestMs / 60_000)} minutes`;
        return undefined;
    }

    private change(stack: string, by: (entry: Entry) => void): void {
        const entry = this.entries.get(stack);
        if (entry !== undefined) by(entry);
    }
}

/** Why nothing more is to be expected of a run that has ended. */
function endText(end: End | undefined, what: string): string | undefined {
    return end && (end.isGood ? `${end.how} without ${what} it` : end.how);
}
