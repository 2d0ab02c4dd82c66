import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import * as path from "node:path";
import { json } from "node:stream/consumers";
import type { GatewayAddress } from "../lib/mesh/contract";
import type { CertificatesForeseen, RunDeclarations, Told, Whereabouts } from "../lib/mesh/handover";
import { RunFolder } from "./runFolder";

/** How long an importer waits, milliseconds. */
export interface Patience {
    /** Without any finished step of the exporter. */
    readonly silentMs: number;
    readonly longestMs: number;
}

const usualPatience: Patience = { silentMs: 120_000, longestMs: 600_000 };

interface Exporter {
    gateway?: GatewayAddress | null;
    readonly served: Set<string>;
    lastStep: number;
    /** Why it will say nothing more; undefined while it runs. */
    ended?: string;
}

/**
 * Where the programs of one `mesh` command tell each other what only a running update knows: where a gateway is, and which
 * hosts it serves. It is a socket in a folder that only this user can enter, holds nothing secret, and goes with the command.
 */
export class Handover {
    private readonly began = Date.now();
    private readonly exporters = new Map<string, Exporter>();
    private readonly certificates = new Map<string, CertificatesForeseen>();
    private readonly waiting = new Set<() => void>();
    private readonly timer: NodeJS.Timeout;

    private constructor(
        private readonly run: RunDeclarations,
        private readonly folder: RunFolder,
        private readonly server: Server,
        private readonly patience: Patience,
    ) {
        for (const stack of Object.keys(run.stacks))
            this.exporters.set(stack, { served: new Set(), lastStep: this.began });
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
        const exporter = this.exporters.get(stack);
        if (exporter !== undefined) exporter.lastStep = Date.now();
    }

    /**
     * A stack's run is over, and whoever waits for it need not wait longer.
     *
     * @param how a clause such as `its update failed`
     */
    ended(stack: string, how: string): void {
        const exporter = this.exporters.get(stack);
        if (exporter !== undefined) exporter.ended ??= how;
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
        const [, what = "", stack = "", host = ""] = (request.url ?? "").split("/").map(decodeURIComponent);
        const reply = (body: unknown) => response.end(JSON.stringify(body));
        if (what === "run") reply(this.run);
        else if (what === "certificates" && request.method === "POST") {
            this.certificates.set(stack, (await json(request)) as CertificatesForeseen);
            reply({});
        } else if (what === "certificates") reply(this.certificates.get(stack) ?? {});
        else if (what === "told") {
            this.tell(stack, (await json(request)) as Told);
            reply({});
        } else if (what === "where") reply(await this.where(stack, host, response));
        else throw new Error(`There is nothing at ${request.url ?? ""}.`);
    }

    private tell(stack: string, { hosts, gateway }: Told): void {
        const exporter = this.exporters.get(stack);
        if (exporter === undefined) return;
        exporter.gateway = gateway;
        for (const host of hosts) exporter.served.add(host);
        this.wake();
    }

    private where(stack: string, host: string, response: ServerResponse): Promise<Whereabouts> {
        const asked = Date.now();
        return new Promise((resolve) => {
            const look = () => {
                const known = this.known(stack, host, asked);
                if (known === undefined) return;
                this.waiting.delete(look);
                resolve(known);
            };
            this.waiting.add(look);
            response.once("close", () => this.waiting.delete(look));
            look();
        });
    }

    private known(stack: string, host: string, asked: number): Whereabouts | undefined {
        const exporter = this.exporters.get(stack);
        if (exporter === undefined)
            return { state: "given up", reason: `${stack} is not run by this command` };
        const { gateway, served, ended, lastStep } = exporter;
        if (served.has(host) && gateway !== undefined)
            return gateway === null ? { state: "unknown" } : { state: "served", gateway };
        if (ended !== undefined) return { state: "given up", reason: ended };
        const now = Date.now();
        const { silentMs, longestMs } = this.patience;
        if (now - Math.max(lastStep, asked) >= silentMs)
            return {
                state: "given up",
                reason: `nothing has moved in ${stack} for ${Math.round(silentMs / 1000)} seconds`,
            };
        if (now - asked >= longestMs)
            return {
                state: "given up",
                reason: `${stack} has not come to serve it within ${Math.round(longestMs / 60_000)} minutes`,
            };
        return undefined;
    }
}
