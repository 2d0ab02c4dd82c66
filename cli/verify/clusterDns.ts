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
                  hint: `GlobalDns has no better answer, so the fault lies there. ${behind.hint ?? ""}`,
              }
            : result;
    },
};

/** What to do where GlobalDns, if there is one, knows the name. */
function hint({ cluster, host, dnsAdapter, globalDnsAddress, probe }: Target): string {
    if (dnsAdapter === "sidecar")
        return (
            `The probe's sidecar does not answer for ${host}. One that started before dns.adapter was sidecar does so ` +
            `after: kubectl rollout restart -n ${probe.namespace} deployment/${probe.deployment}`
        );
    if (dnsAdapter === "none")
        return (
            `GlobalDns (${globalDnsAddress ?? ""}) knows ${host}, but ${cluster}'s DNS does not ask it. With dns.adapter none ` +
            `forwarding the mesh's suffixes to it is yours to set up.`
        );
    return (
        `The cluster DNS of ${cluster} does not forward the zone to GlobalDns, which knows ${host}. To mend that: ` +
        `npm run mesh -- up --refresh --clusters ${cluster}`
    );
}
