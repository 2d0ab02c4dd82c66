import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { binDir } from "../../lab/paths";
import { buildTool } from "./labTool";

const bucket = "states";
const keys = { id: "istio-multicluster", secret: "for-tests-on-loopback-only" };

/** An S3 server on loopback with one empty bucket, whose objects are files of a temporary folder. */
export class S3Server {
    private constructor(
        private readonly folder: string,
        private readonly port: number,
        private readonly server: ChildProcess,
    ) {}

    /** Builds the server if need be, starts it, and waits until it takes connections. */
    static async start(): Promise<S3Server> {
        await buildTool("versitygw");
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-s3-"));
        fs.mkdirSync(path.join(folder, bucket));
        const port = await freePort();
        const server = spawn(
            path.join(binDir, "versitygw"),
            ["--port", `127.0.0.1:${port}`, "--quiet", "posix", folder],
            {
                env: { ...process.env, ROOT_ACCESS_KEY: keys.id, ROOT_SECRET_KEY: keys.secret },
                stdio: "ignore",
            },
        );
        const started = new S3Server(folder, port, server);
        process.once("exit", () => server.kill("SIGKILL"));
        for (let tries = 0; !(await isOpen(port)); tries++) {
            if (tries === 100) throw new Error("the S3 server takes no connections");
            await pause(100);
        }
        return started;
    }

    /** What Pulumi has to be told to keep its states there. */
    get variables(): Readonly<Record<string, string>> {
        const options = "disableSSL=true&s3ForcePathStyle=true&region=us-east-1";
        return {
            PULUMI_BACKEND_URL: `s3://${bucket}?endpoint=127.0.0.1:${this.port}&${options}`,
            AWS_ACCESS_KEY_ID: keys.id,
            AWS_SECRET_ACCESS_KEY: keys.secret,
            AWS_REGION: "us-east-1",
            AWS_EC2_METADATA_DISABLED: "true",
        };
    }

    /** Names and sizes of all objects, sorted. */
    listing(): readonly string[] {
        const root = path.join(this.folder, bucket);
        return fs
            .readdirSync(root, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => path.join(entry.parentPath, entry.name))
            .map((file) => `${path.relative(root, file)} ${fs.statSync(file).size}`)
            .sort();
    }

    /** Ends the server and removes everything that it holds. */
    async stop(): Promise<void> {
        const ended = once(this.server, "exit");
        this.server.kill("SIGTERM");
        await ended;
        fs.rmSync(this.folder, { recursive: true, force: true });
    }
}

async function freePort(): Promise<number> {
    const server = net.createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as net.AddressInfo;
    server.close();
    await once(server, "close");
    return port;
}

function isOpen(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const socket = net.connect(port, "127.0.0.1");
        socket.once("connect", () => {
            socket.destroy();
            resolve(true);
        });
        socket.once("error", () => {
            resolve(false);
        });
    });
}
