import { connect } from "node:net";

/** Time between two looks at the engine, in milliseconds. */
const pauseMs = 1000;

let isWatching = false;

/** Looks in a row that have to fail: a connection may be refused for a moment on a machine that is short of something. */
const looks = 2;

/**
 * Ends this process when Pulumi's engine is gone, which is what started it and reads what it says.
 *
 * An engine that is killed leaves the program and its providers behind. Pulumi's SDK reports every call to the engine that
 * fails from then on to the engine, which fails as well: the program goes round like this for ever, and takes more memory
 * each time. The plugins that are Pulumi's own notice within five minutes.
 *
 * Does nothing where there is no engine, as in a test.
 */
export function endWithEngine(): void {
    const address = engineAddress(process.argv, process.env);
    if (address === undefined || isWatching) return;
    isWatching = true;
    // Both outputs are pipes to the engine.
    for (const stream of [process.stdout, process.stderr]) stream.on("error", end);
    let failed = 0;
    const look = () => {
        const socket = connect(address);
        socket.unref();
        socket.once("connect", () => {
            failed = 0;
            socket.destroy();
        });
        socket.once("error", () => {
            failed += 1;
            if (failed >= looks) end();
        });
    };
    setInterval(look, pauseMs).unref();
}

/** Where the engine listens: Pulumi's SDK has it in a variable of the program, and a plugin is given it as its last argument. */
export function engineAddress(
    args: readonly string[],
    { PULUMI_NODEJS_ENGINE }: Readonly<Record<string, string | undefined>>,
): { readonly host: string; readonly port: number } | undefined {
    const [, host, port] =
        /^(127\.0\.0\.1|localhost|\[::1\]):(\d+)$/.exec(PULUMI_NODEJS_ENGINE ?? args.at(-1) ?? "") ?? [];
    return host === undefined ? undefined : { host: host.replace(/[[\]]/g, ""), port: Number(port) };
}

function end(): void {
    process.exit(1);
}
