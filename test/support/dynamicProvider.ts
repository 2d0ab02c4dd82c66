import { execFileSync } from "node:child_process";

/**
 * The names of the functions of the provider that a dynamic resource keeps code for, sorted.
 *
 * The code runs in a process of its own, as it does under Pulumi: it loads its modules a second time.
 *
 * @param code what the resource keeps as `__provider`
 */
export function providerFunctions(code: string): readonly string[] {
    const script = `${code}console.log(JSON.stringify(Object.keys(exports.handler()).sort()));`;
    return JSON.parse(execFileSync(process.execPath, ["-e", script], { encoding: "utf8" })) as string[];
}
