import * as http from "node:http";
import * as http2 from "node:http2";
import * as net from "node:net";
import { type Call, framed, grpcOk, type Protocol, unframed } from "./protocols";

/**
 * Calls a server at a constant rate, whatever becomes of the calls before, and writes a line for each call that has ended.
 * After SIGTERM it makes no more and ends with the last. Run as `caller.ts PROTOCOL ADDRESS PORT HOST RATE
 * [WORD]`, with a word that the ids begin with. With rate 0 it opens one TCP connection, on which nothing moves, and writes when
 * that ends.
 */
const [, , protocol, address = "", portText, host = "", rateText, word = ""] = process.argv;
const port = Number(portText);
const rate = Number(rateText);

/** Milliseconds after which a caller gives up. */
const limitMs = 10_000;

let made = 0;
let open = 0;
let isEnding = false;

const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity });

function byHttp(id: string): Promise<string> {
    return new Promise((resolve, reject) => {
        const headers = { host, "content-length": Buffer.byteLength(id) };
        const signal = AbortSignal.timeout(limitMs);
        const request = http.request(
            { host: address, port, method: "POST", agent, headers, signal },
            (response) => {
                let text = "";
                response.on("data", (data: Buffer) => (text += data.toString()));
                response.on("error", reject);
                response.on("end", () => {
                    if (response.statusCode === 200) resolve(text);
                    else reject(new Error(`${response.statusCode ?? ""} ${text}`));
                });
            },
        );
        request.on("error", reject);
        request.end(id);
    });
}

let session: http2.ClientHttp2Session | undefined;

function grpcSession(): http2.ClientHttp2Session {
    if (session === undefined || session.closed || session.destroyed) {
        session = http2.connect(`http://${address}:${port}`);
        session.on("error", () => undefined);
    }
    return session;
}

function byGrpc(id: string): Promise<string> {
    return new Promise((resolve, reject) => {
        const stream = grpcSession().request({
            ":method": "POST",
            ":path": "/calls.Calls/Call",
            ":authority": host,
            "content-type": "application/grpc",
            te: "trailers",
        });
        const limit = setTimeout(() => {
            reject(new Error("limit"));
            stream.close(http2.constants.NGHTTP2_CANCEL);
        }, limitMs);
        const chunks: Buffer[] = [];
        let status: unknown;
        const note = (headers: Readonly<Record<string, unknown>>) =>
            (status = headers["grpc-status"] ?? status);
        stream.on("response", note);
        stream.on("trailers", note);
        stream.on("data", (data: Buffer) => chunks.push(data));
        stream.on("error", reject);
        stream.on("close", () => {
            clearTimeout(limit);
            if (status === grpcOk) resolve(unframed(Buffer.concat(chunks)));
            else reject(new Error(`grpc-status ${String(status)}`));
        });
        stream.end(framed(id));
    });
}

function byTcp(id: string): Promise<string> {
    return new Promise((resolve, reject) => {
        let text = "";
        const socket = net.connect(port, address, () => socket.write(`${id}\n`));
        if (rate > 0) socket.setTimeout(limitMs, () => socket.destroy(new Error("limit")));
        socket.on("data", (data) => (text += data.toString()));
        socket.on("error", reject);
        socket.on("close", () => {
            if (text === "" || rate === 0) reject(new Error("closed"));
            else resolve(text);
        });
    });
}

const by: Readonly<Record<Protocol, (id: string) => Promise<string>>> = {
    HTTP: byHttp,
    GRPC: byGrpc,
    TCP: byTcp,
};

async function call(): Promise<void> {
    const at = Date.now();
    const id = `${rate === 0 ? "stay" : word}${process.pid}-${at}-${made++}`;
    open++;
    const ended: Pick<Call, "by" | "error"> = await by[protocol as Protocol](id).then(
        (name) => ({ by: name }),
        (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
    );
    open--;
    process.stdout.write(`${JSON.stringify({ protocol, at, ms: Date.now() - at, ...ended })}\n`);
    if (isEnding && open === 0) process.exit(0);
}

process.on("SIGTERM", () => {
    isEnding = true;
    if (open === 0 || rate === 0) process.exit(0);
});

if (rate === 0) void call();
else {
    const began = Date.now();
    setInterval(() => {
        while (!isEnding && made < ((Date.now() - began) / 1000) * rate) void call();
    }, 2);
}
