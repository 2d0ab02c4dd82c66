import { CommandLine, type MeshCommandName, type Options } from "../../cli/commandLine";
import { advise, type Hint } from "../../cli/hints/hint";
import type { ClusterOutputs, Export } from "../../lib/mesh/contract";
import type { Board } from "../../cli/print/progress";
import type { RunResult } from "../../cli/engine/stackRuns";

/** The tutorial's service. */
export const httpbin: Export = {
    host: "httpbin.bar.global",
    name: "httpbin",
    namespace: "bar",
    ports: [{ name: "http1", number: 8000, protocol: "HTTP" }],
    virtualAddress: "240.0.0.2",
    identities: ["spiffe://cluster.local/ns/bar/sa/httpbin"],
};

/** A command that names no environment. */
export function typed(name: MeshCommandName = "up", options: Options = {}): CommandLine {
    return new CommandLine(undefined, name, options);
}

/** A hint that shows no command. */
export function hint(text: string): Hint {
    return advise`${text}`;
}

/** Outputs of a cluster that neither exports nor imports anything, unless told otherwise. */
export function clusterOutputs(cluster: string, other: Partial<ClusterOutputs> = {}): ClusterOutputs {
    return {
        contractVersion: 1,
        cluster,
        context: cluster,
        suffixes: ["global"],
        dnsAdapter: "coredns",
        gateway: { kind: "NodePort", addresses: ["172.30.0.12"], port: 31443 },
        exports: [],
        imports: [],
        pendingImports: [],
        rootFingerprint: "ab".repeat(32),
        trustedRoots: ["ab".repeat(32)],
        globalDnsAddress: "10.91.0.53",
        ...other,
    };
}

/** A run that went well and changed nothing, unless told otherwise. */
export function runResult(stack: string, other: Partial<RunResult> = {}): RunResult {
    return {
        stack,
        changes: { created: 0, updated: 0, replaced: 0, deleted: 0, same: 5 },
        planned: [],
        done: [],
        seconds: 2,
        interrupted: false,
        notes: [],
        warnings: [],
        ...other,
    };
}

/** A board that keeps what it was told to leave on the screen. */
export class RecordingBoard implements Board {
    readonly lines: string[] = [];

    update(): void {
        // Passing lines depend on timing.
    }

    finish(stack: string, text: string, outcome: string): void {
        this.lines.push(`${stack} ${outcome}: ${text}`);
    }

    say(sentence: string): void {
        this.lines.push(sentence);
    }

    close(): Promise<void> {
        return Promise.resolve();
    }
}
