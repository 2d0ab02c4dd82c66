import type { Hint } from "../hints/hint";
import { verifyHints } from "../hints/verifyHints";
import { failed, passed, untried, type CheckResult, type Exec, type Target } from "./check";

/** What a name server said about the IPv4 address of a name. */
export type Answer =
    | { readonly kind: "addresses"; readonly addresses: readonly string[] }
    | { readonly kind: "none"; readonly reason: string }
    /** There is no nslookup to ask with. */
    | { readonly kind: "missing" };

/**
 * Reads the output of nslookup, be it bind's, busybox's or toybox's: addresses count only after the name they belong to,
 * since the server's own address comes first.
 */
export function parseNslookup(output: string): Answer {
    const lines = output.split("\n").map((line) => line.trim());
    const first = lines.findIndex((line) => line.startsWith("Name:"));
    const addresses = (first < 0 ? [] : lines.slice(first))
        .map((line) => /^Address(?: \d+)?:\s*(\S+)/.exec(line)?.[1])
        .filter((address) => address !== undefined && !address.includes(":"));
    if (addresses.length > 0) return { kind: "addresses", addresses: [...new Set(addresses as string[])] };
    if (/NXDOMAIN/.test(output)) return { kind: "none", reason: "there is no such name (NXDOMAIN)" };
    if (/SERVFAIL/.test(output)) return { kind: "none", reason: "the server could not answer (SERVFAIL)" };
    if (/REFUSED/i.test(output)) return { kind: "none", reason: "the server refused" };
    if (/timed out|no servers could be reached/i.test(output))
        return { kind: "none", reason: "no answer in time" };
    const missing = /(?:nslookup: )?(?:command )?not found$/m.test(output);
    if (missing) return { kind: "missing" };
    return { kind: "none", reason: lines.filter((line) => line !== "").at(-1) ?? "nslookup said nothing" };
}

/**
 * Asks for a host from the probe.
 *
 * @param server name server to ask; the pod's own when undefined
 */
export async function lookUp(target: Target, exec: Exec, server?: string): Promise<Answer> {
    // nslookup ends with an error when the name has no IPv6 address, so its exit code says nothing. The dot at the end keeps
    // the search domains out of it.
    const script = 'nslookup "$@" 2>&1; true';
    const args = [`${target.host}.`, ...(server === undefined ? [] : [server])];
    return parseNslookup(await exec(target.probe.container, ["sh", "-c", script, "sh", ...args]));
}

/** Compares an answer with the host's virtual address. */
export function judge(target: Target, answer: Answer, hint: Hint): CheckResult {
    if (answer.kind === "missing")
        return untried(`${target.host}: the probe has no nslookup`, verifyHints.noNslookup());
    if (answer.kind === "none") return failed(`${target.host}: ${answer.reason}`, hint);
    const [only, ...others] = answer.addresses;
    if (only === target.virtualAddress && others.length === 0) return passed(only);
    return failed(
        `${target.host} resolves to ${answer.addresses.join(", ")} instead of ${target.virtualAddress}`,
        hint,
    );
}
