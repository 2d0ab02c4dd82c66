import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import type { CertificatesForeseen, Leaving, RunDeclarations, Told } from "../lib/mesh/handover";
import { Ledger, type Patience } from "./ledger";
import { RunFolder } from "./runFolder";

const usualPatience: Patience = { silentMs: 120_000, longestMs: 600_000 };

/**
 * Where the programs of one `mesh` command tell each other what only a running update knows: where a gateway is, which
 * hosts it serves, and who still goes by what was there before. It is a socket in a folder that only this user can enter,
 * holds nothing secret, and goes with the command.
 */
export class Handover {
    private readonly ledger: Ledger;
    private readonly certificates = new Map<string, CertificatesForeseen>();
    private readonly waiting = new Set<() => void>();
    private readonly timer: NodeJS.Timeout;

    private constructor(
        private readonly run: RunDeclarations,
        private readonly folder: RunFolder,
        private readonly server: Server,
        patience: Patience,
    ) {
        this.ledger = new Ledger(Object.keys(run.stacks), patience, Date.now());
        this.timer = setInterval(() => {
            this.wake();
        }, 1000).unref();
    }

    /** Opens the socket. What an earlier command that was killed has left is taken away. */
    static async open(run: RunDeclarations, patience: Patience = usualPatience): Promise<Handover> {
        const folder = RunFolder.open();
        const server = createServer();
        const handover = new Handover(run, folder, server, patience);
        server.on("request", (request, response) => {
            handover.answer(request, response).catch((error: unknown) => {
                response.statusCode = 400;
                response.end(JSON.stringify({ error: String(error) }));
            });
        });
        await new Promise<void>((resolve, reject) => {
            server.once("error", reject);
            server.listen(handover.socket, resolve);
        });
        server.unref();
        process.once("exit", handover.closeAtExit);
        return handover;
    }

    /** Path of the socket. */
    get socket(): string {
        return path.join(this.folder.path, "socket");
    }

    /** A step of a stack's run has ended. */
    progressed(stack: string): void {
        this.ledger.progressed(stack, Date.now());
    }

    /**
     * A stack's run is over, and whoever waits for it need not wait longer.
     *
     * @param how a clause such as `cluster1's up failed`
     */
    ended(stack: string, how: string, isGood: boolean): void {
        this.ledger.ended(stack, how, isGood);
        this.wake();
    }

    private readonly closeAtExit = () => {
        this.close();
    };

    /** Takes the socket away. Whoever waits sees the connection end. */
    close(): void {
        process.removeListener("exit", this.closeAtExit);
        clearInterval(this.timer);
        this.server.close();
        this.server.closeAllConnections();
        this.folder.remove();
    }

    private wake(): void {
        for (const look of [...this.waiting]) look();
    }

    private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const [, what = "", stack = "", host = "", importer = ""] = (request.url ?? "")
            .split("/")
            .map(decodeURIComponent);
        const said = request.method === "POST" ? await body(request) : undefined;
        const answer = await this.answerTo(`${request.method ?? ""} ${what}`, response, {
            stack,
            host,
            importer,
            said,
        });
        response.end(JSON.stringify(answer));
    }

    private async answerTo(
        question: string,
        response: ServerResponse,
        { stack, host, importer, said }: Question,
    ): Promise<unknown> {
        const { ledger } = this;
        switch (question) {
            case "GET run":
                return this.run;
            case "POST certificates":
                this.certificates.set(stack, said as CertificatesForeseen);
                return {};
            case "GET certificates":
                return this.certificates.get(stack) ?? {};
            case "GET end":
                return this.decided(response, () => ledger.endedWell(stack));
            case "POST told":
                ledger.tell(stack, said as Told, Date.now());
                break;
            case "POST left":
                ledger.leave(stack, host, Date.now());
                break;
            case "GET where":
                ledger.awaits(importer, stack, host);
                this.wake();
                return this.decided(response, (asked, now) => ledger.where(stack, host, asked, now)).finally(
                    () => {
                        ledger.gotAnswer(importer, stack, host);
                    },
                );
            case "POST release":
                ledger.asksToLeave(stack, said as Leaving);
                this.wake();
                return this.decided(response, (asked, now) => ledger.release(stack, asked, now));
            default:
                throw new Error(`There is nothing at ${question}.`);
        }
        this.wake();
        return {};
    }

    /** Waits until there is an answer, or nobody waits for it any longer. */
    private decided<T>(
        response: ServerResponse,
        look: (asked: number, now: number) => T | undefined,
    ): Promise<T | undefined> {
        const asked = Date.now();
        return new Promise((resolve) => {
            const end = (answer?: T) => {
                this.waiting.delete(again);
                resolve(answer);
            };
            const again = () => {
                const answer = look(asked, Date.now());
                if (answer !== undefined) end(answer);
            };
            this.waiting.add(again);
            response.once("close", () => {
                end();
            });
            again();
        });
    }
}

/** A question, taken apart. */
interface Question {
    readonly stack: string;
    readonly host: string;
    readonly importer: string;
    /** What was sent with it. */
    readonly said: unknown;
}

async function body(request: IncomingMessage): Promise<unknown> {
    const sent = await text(request);
    return sent === "" ? undefined : JSON.parse(sent);
}
