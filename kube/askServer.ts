import * as http from "node:http";
import * as http2 from "node:http2";
import type { ServerAnswer } from "../lib/doctor/evidence";
import type { ClusterAccess } from "./kubectl";
import { type PodPort, withPortForward } from "./portForward";

/** Milliseconds that an application may take to answer. */
const limitMs = 3000;

/** A method that no server has, which one that speaks gRPC says in gRPC's words. */
const noMethod = "/mesh.verify/Ask";

/** What is asked of an application. */
export interface ServerQuestion {
    readonly path: string;
    /** Host header. */
    readonly host: string;
}

/**
 * Asks an application by HTTP/1.1 and by gRPC through a tunnel, whose connections come from 127.0.0.1 inside the pod, and so to
 * the application past its proxy. The tunnels are two: one may end when the application ends a connection.
 *
 * @throws KubectlError when no tunnel can be opened
 */
export async function askServer(
    access: ClusterAccess,
    port: PodPort,
    question: ServerQuestion,
): Promise<ServerAnswer> {
    const [status, grpc] = await Promise.all([
        withPortForward(access, port, (localPort) => askHttp(localPort, question)),
        withPortForward(access, port, askGrpc),
    ]);
    return { ...(status !== undefined && { http: status }), grpc };
}

/** Status of the answer; undefined where there is none. */
function askHttp(port: number, { path, host }: ServerQuestion): Promise<number | undefined> {
    return new Promise((resolve) => {
        const request = http.get(
            { host: "127.0.0.1", port, path, headers: { host }, timeout: limitMs, agent: false },
            (response) => {
                resolve(response.statusCode);
                request.destroy();
            },
        );
        request.on("timeout", () => request.destroy());
        request.on("error", () => {
            resolve(undefined);
        });
        request.on("close", () => {
            resolve(undefined);
        });
    });
}

/** Whether there is an answer with a status of gRPC's. */
function askGrpc(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const session = http2.connect(`http://127.0.0.1:${port}`);
        const end = (isGrpc: boolean) => {
            clearTimeout(timer);
            resolve(isGrpc);
            session.destroy();
        };
        const timer = setTimeout(() => {
            end(false);
        }, limitMs);
        session.on("error", () => {
            end(false);
        });
        const headers = {
            ":method": "POST",
            ":path": noMethod,
            "content-type": "application/grpc",
            te: "trailers",
        };
        const stream = session.request(headers);
        stream.on("error", () => {
            end(false);
        });
        const look = (answer: http2.IncomingHttpHeaders) => {
            if (answer["grpc-status"] !== undefined) end(true);
        };
        stream.on("response", look);
        stream.on("trailers", look);
        stream.on("close", () => {
            end(false);
        });
        stream.resume();
        // An empty message, with its length before it.
        stream.end(Buffer.alloc(5));
    });
}
