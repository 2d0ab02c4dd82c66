import * as http from "node:http";
import * as http2 from "node:http2";
import * as net from "node:net";
import { framed, grpcOk, grpcUnavailable, type Protocol, servedPorts, unframed } from "./protocols";

/**
 * A server that answers every call with its name, and writes a line with the id of each that it begins with: by them it is seen
 * when a call was made twice. Run as `server.ts NAME`.
 */
const [, , name = "server"] = process.argv;

function begin(protocol: Protocol, id: string): void {
    process.stdout.write(`${protocol} ${id}\n`);
}

async function bytesOf(stream: AsyncIterable<unknown>): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
}

// A connection that a caller's proxy keeps must not end on its own.
const kept = { keepAliveTimeout: 0, requestTimeout: 0 };

http.createServer(kept, (request, response) => {
    void bytesOf(request).then(
        (body) => {
            begin("HTTP", body.toString());
            response.end(name);
        },
        () => response.destroy(),
    );
}).listen(servedPorts.HTTP);

const answer = { ":status": 200, "content-type": "application/grpc" };

http2
    .createServer()
    .on("stream", (stream) => {
        stream.on("error", () => undefined);
        void bytesOf(stream).then(
            (body) => {
                const id = unframed(body);
                begin("GRPC", id);
                if (id.startsWith("unavailable")) {
                    stream.respond({ ...answer, "grpc-status": grpcUnavailable }, { endStream: true });
                    return;
                }
                stream.respond(answer, { waitForTrailers: true });
                stream.on("wantTrailers", () => {
                    stream.sendTrailers({ "grpc-status": grpcOk });
                });
                stream.end(framed(name));
            },
            () => undefined,
        );
    })
    .listen(servedPorts.GRPC);

net.createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (data) => {
        const id = data.toString().trim();
        begin("TCP", id);
        // One that is to stay open is answered, and left.
        if (id.startsWith("stay")) socket.write(name);
        else socket.end(name);
    });
}).listen(servedPorts.TCP);
