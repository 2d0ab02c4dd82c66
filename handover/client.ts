import { request } from "node:http";
import { text } from "node:stream/consumers";
import {
    type CertificatesForeseen,
    handoverVariable,
    type Kept,
    type Leaving,
    type RunDeclarations,
    type Told,
    type Whereabouts,
} from "../lib/mesh/handover";

/** A program's end of the hand-over of the `mesh` command that it is run by. */
export class HandoverClient {
    private constructor(
        private readonly socket: string,
        /** What the command has told all its programs. */
        readonly run: RunDeclarations,
    ) {}

    /**
     * Finds the hand-over, or undefined where no `mesh` command runs this program.
     *
     * @throws Error when the command is gone
     */
    static async find(env: NodeJS.ProcessEnv = process.env): Promise<HandoverClient | undefined> {
        const socket = env[handoverVariable];
        if (!socket) return undefined;
        const run = (await ask(socket, "GET", "/run")) as RunDeclarations;
        return new HandoverClient(socket, run);
    }

    /** Says where this stack's gateway is, and which hosts it serves from now on. */
    async tell(stack: string, told: Told): Promise<void> {
        await ask(this.socket, "POST", place("told", stack), told);
    }

    /**
     * Waits until another stack's run is over; there is no need to where this command does not run it.
     *
     * @returns whether it came to a good end
     */
    async endedWell(stack: string): Promise<boolean> {
        return (await ask(this.socket, "GET", place("end", stack))) as boolean;
    }

    /** Waits until an exporter serves a host to an importer, or will not. */
    async whereabouts(exporter: string, host: string, importer: string): Promise<Whereabouts> {
        try {
            return (await ask(this.socket, "GET", place("where", exporter, host, importer))) as Whereabouts;
        } catch {
            return { state: "given up", reason: "the mesh command that ran both stacks has ended" };
        }
    }

    /** Says that this stack goes by the new of a host now. */
    async leave(stack: string, host: string): Promise<void> {
        await ask(this.socket, "POST", place("left", stack, host));
    }

    /**
     * Waits until no importer goes by what a stack is about to take away, or will not leave it.
     *
     * @returns the uses that go on
     */
    async release(stack: string, leaving: Leaving): Promise<readonly Kept[]> {
        return (await ask(this.socket, "POST", place("release", stack), leaving)) as readonly Kept[];
    }

    /** Says what a preview of the certificate stack foresees for a cluster. */
    async foresee(cluster: string, foreseen: CertificatesForeseen): Promise<void> {
        await ask(this.socket, "POST", place("certificates", cluster), foreseen);
    }

    /** What the preview of the certificate stack has foreseen for a cluster; undefined where it has said nothing. */
    async foreseen(cluster: string): Promise<CertificatesForeseen | undefined> {
        const answer = (await ask(this.socket, "GET", place("certificates", cluster))) as
            CertificatesForeseen | Record<string, never>;
        return "renewed" in answer ? (answer as CertificatesForeseen) : undefined;
    }
}

function place(...parts: readonly string[]): string {
    return `/${parts.map(encodeURIComponent).join("/")}`;
}

function ask(socketPath: string, method: string, path: string, body?: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
        const sent = request({ socketPath, method, path, agent: false }, (response) => {
            text(response)
                .then((answer) => {
                    if (response.statusCode !== 200) throw new Error(answer);
                    resolve(JSON.parse(answer));
                })
                .catch(reject);
        });
        sent.on("error", reject);
        sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
}
