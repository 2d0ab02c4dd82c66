import type { Check } from "./check";
import { judge, lookUp } from "./nslookup";

/** The server of the mesh's zone knows the name. */
export const globalDns: Check = {
    name: "GlobalDns",
    run: async (target, exec) =>
        judge(
            target,
            await lookUp(target, exec, target.globalDnsAddress),
            `See whether GlobalDns (${target.globalDnsAddress}) runs in ${target.cluster}'s istio-system, then: ` +
                `npm run mesh -- up --clusters ${target.cluster}`,
        ),
};
