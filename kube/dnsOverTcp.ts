import { connect } from "node:net";
import { isComplete, type SoaAnswer, soaAnswer, soaQuery } from "../lib/dns/message";

/**
 * Asks a DNS server on this machine's loopback address for the start of a zone, over TCP.
 *
 * @param timeoutSeconds how long to wait for the answer, 5 seconds by default
 * @throws Error when the server cannot be reached, does not answer in time, or answers nonsense
 */
export function askSoa(localPort: number, zone: string, timeoutSeconds = 5): Promise<SoaAnswer> {
    return new Promise((resolve, reject) => {
        let received = Buffer.alloc(0);
        const socket = connect({ host: "127.0.0.1", port: localPort });
        socket.setTimeout(timeoutSeconds * 1000, () => {
            socket.destroy(new Error(`no answer within ${timeoutSeconds} seconds`));
        });
        socket.on("connect", () => socket.write(soaQuery(zone)));
        socket.on("error", reject);
        socket.on("close", () => {
            reject(new Error("the connection was closed without an answer"));
        });
        socket.on("data", (data: Buffer) => {
            received = Buffer.concat([received, data]);
            if (!isComplete(received)) return;
            try {
                resolve(soaAnswer(received, zone));
            } catch (error) {
                reject(error instanceof Error ? error : new Error(String(error)));
            }
            socket.destroy();
        });
    });
}
