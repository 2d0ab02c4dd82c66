import { randomBytes } from "node:crypto";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * Lets another process of this run, the host of the dynamic providers, ask for a text that is made only then. So what is large
 * and seldom needed passes neither through the engine nor into the state.
 *
 * @returns where it is asked for: an address of this machine that nobody else can guess, while this process lives
 */
export async function offer(make: () => Promise<string>): Promise<string> {
    const path = `/${randomBytes(16).toString("hex")}`;
    const server = createServer((request, response) => {
        if (request.url !== path) {
            response.writeHead(404).end();
            return;
        }
        make().then(
            (text) => response.end(text),
            (error: unknown) =>
                response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
        );
    });
    await new Promise<void>((resolve, reject) => {
        server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    server.unref();
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
}

/**
 * Asks for a text that the program offers.
 *
 * @throws Error with the program's words where it can't be made, and where the program has ended
 */
export function ask(address: string): Promise<string> {
    return new Promise((resolve, reject) => {
        const request = get(address, { agent: false }, (response) => {
            let text = "";
            response.setEncoding("utf8").on("data", (part: string) => (text += part));
            response.once("error", reject).once("end", () => {
                if (response.statusCode === 200) resolve(text);
                else reject(new Error(text || `The program answers ${response.statusCode ?? "nothing"}.`));
            });
        });
        request.once("error", (error) => {
            reject(new Error(`The program that made this resource can't be asked: ${error.message}`));
        });
    });
}
