import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";

/** What the host of dynamic providers makes of a code (@pulumi/pulumi, cmd/dynamic-provider, getProvider). */
const load = 'const provider = require("require-from-string")(process.argv[1]).handler();';

/**
 * The names of the functions of the provider that a dynamic resource keeps code for, sorted.
 *
 * The code runs in a process of its own, as it does under Pulumi: it loads its modules a second time.
 *
 * @param code what the resource keeps as `__provider`
 */
export function providerFunctions(code: string): readonly string[] {
    const script = `${load} console.log(JSON.stringify(Object.keys(provider).sort()));`;
    return JSON.parse(execFileSync(process.execPath, ["-e", script, code], { encoding: "utf8" })) as string[];
}

/**
 * Calls a function of the provider that a dynamic resource keeps code for, in a process of its own.
 *
 * @returns what it gives, as the host hands it on to the engine
 */
export async function callProvider(
    code: string,
    name: "read" | "diff" | "delete",
    ...args: readonly unknown[]
): Promise<unknown> {
    const script = `${load}
        const [name, args] = process.argv.slice(2);
        provider[name](...JSON.parse(args)).then((result = null) => console.log(JSON.stringify(result)));`;
    const { stdout } = await promisify(execFile)(process.execPath, [
        "-e",
        script,
        code,
        name,
        JSON.stringify(args),
    ]);
    return JSON.parse(stdout) as unknown;
}
