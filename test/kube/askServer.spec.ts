import assert from "node:assert/strict";
import * as http from "node:http";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { askServer } from "../../kube/askServer";
import { StandInKubectl } from "../support/standInKubectl";

describe("an application that is asked past its proxy", () => {
    let standIn: StandInKubectl;
    const access = { kubeconfig: __filename, context: "c" };

    beforeEach(() => {
        standIn = new StandInKubectl();
    });
    afterEach(() => {
        standIn.remove();
    });

    /** What is said of a server, to which the stand-in's tunnel leads. */
    const ask = async (server: http.Server | http2.Http2Server) => {
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const { port } = server.address() as AddressInfo;
        standIn.does(`echo "Forwarding from 127.0.0.1:${port} -> 8080"; exec sleep 20`);
        try {
            return await askServer(
                access,
                { namespace: "bar", pod: "httpbin", port: 8080 },
                { path: "/x", host: "h:80" },
            );
        } finally {
            server.close();
        }
    };

    it("answers by HTTP/1.1, for the path and the host of the call", async () => {
        const asked: string[] = [];
        const server = http.createServer((request, response) => {
            asked.push(`${request.method ?? ""} ${request.url ?? ""} ${request.headers.host ?? ""}`);
            response.writeHead(503).end();
        });
        assert.deepEqual(await ask(server), { http: 503, grpc: false });
        assert.deepEqual(asked, ["GET /x h:80"]);
    });

    it("answers by gRPC alone", async () => {
        const server = http2.createServer();
        server.on("stream", (stream) => {
            stream.respond(
                { ":status": 200, "content-type": "application/grpc", "grpc-status": "12" },
                { endStream: true },
            );
        });
        assert.deepEqual(await ask(server), { grpc: true });
    });

    it("says why it can't be asked", async () => {
        standIn.does("echo 'pods is forbidden' >&2; exit 1");
        await assert.rejects(
            askServer(access, { namespace: "bar", pod: "httpbin", port: 8080 }, { path: "/", host: "h" }),
            /pods is forbidden/,
        );
    });
});
