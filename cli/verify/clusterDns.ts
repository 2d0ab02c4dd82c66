import type { Hint } from "../hints/hint";
import { verifyHints } from "../hints/verifyHints";
import type { Check, Target } from "./check";
import { globalDns } from "./globalDns";
import { judge, lookUp } from "./nslookup";

/** The name resolves the way applications resolve it. */
export const clusterDns: Check = {
    name: "cluster DNS",
    run: async (target, exec) => {
        const result = judge(target, await lookUp(target, exec), hint(target));
        if (result.status !== "failed" || target.globalDnsAddress === undefined) return result;
        // The cluster DNS only passes the question on: where GlobalDns has no answer either, the fault lies there.
        const behind = await globalDns.run(target, exec);
        return behind.status === "failed"
            ? {
                  ...result,
                  hint: verifyHints.globalDnsBehind(behind.hint),
              }
            : result;
    },
};

/** What to do where GlobalDns, if there is one, knows the name. */
function hint(target: Target): Hint {
    if (target.dnsAdapter === "sidecar") return verifyHints.sidecarDns(target);
    return target.dnsAdapter === "none" ? verifyHints.ownDns(target) : verifyHints.clusterDns(target);
}
