import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * A key service as Pulumi's `hashivault://KEY` speaks to it: HashiCorp Vault's transit engine, without any cryptography. A token is
 * the names of the keys that it may use, with commas between.
 */
export class FakeVault {
    /** `encrypt KEY` or `decrypt KEY` of each request that was granted. */
    readonly asked: string[] = [];

    private constructor(private readonly server: Server) {}

    static async start(): Promise<FakeVault> {
        const server = createServer();
        const vault = new FakeVault(server);
        server.on("request", (request, response) => {
            let body = "";
            request.on("data", (chunk: Buffer) => (body += chunk.toString()));
            request.on("end", () => {
                const token = String(request.headers["x-vault-token"]);
                const answer = vault.answer(request.url ?? "", token, body);
                response.writeHead(answer === undefined ? 403 : 200, { "content-type": "application/json" });
                response.end(JSON.stringify(answer ?? { errors: ["permission denied"] }));
            });
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        return vault;
    }

    /** Variables that give a process these keys. */
    env(...keys: readonly string[]): Readonly<Record<string, string | undefined>> {
        const { port } = this.server.address() as AddressInfo;
        return {
            VAULT_SERVER_URL: `http://127.0.0.1:${port}`,
            VAULT_SERVER_TOKEN: keys.join(",") || "none",
            VAULT_ADDR: undefined,
            VAULT_TOKEN: undefined,
        };
    }

    stop(): void {
        this.server.close();
        this.server.closeAllConnections();
    }

    private answer(url: string, token: string, body: string): object | undefined {
        const [, what = "", key = ""] = /^\/v1\/transit\/(encrypt|decrypt)\/([\w-]+)$/.exec(url) ?? [];
        if (!token.split(",").includes(key)) return undefined;
        this.asked.push(`${what} ${key}`);
        const { plaintext = "", ciphertext = "" } = JSON.parse(body) as Record<string, string>;
        const data =
            what === "encrypt"
                ? { ciphertext: `vault:v1:${plaintext}` }
                : { plaintext: ciphertext.slice("vault:v1:".length) };
        return { data };
    }
}
