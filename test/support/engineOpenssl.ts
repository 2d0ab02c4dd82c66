import { execFileSync } from "node:child_process";

/**
 * Runs openssl and returns what it writes.
 *
 * @throws Error with openssl's own words when it fails
 */
export function openssl(args: readonly string[], input = ""): string {
    return execFileSync("openssl", args, { input, encoding: "utf8", stdio: "pipe", timeout: 20_000 });
}
