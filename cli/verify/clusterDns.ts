import type { Check } from "./check";
import { globalDns } from "./globalDns";
import { judge, lookUp } from "./nslookup";

/** The name resolves the way applications resolve it. */
export const clusterDns: Check = {
    name: "cluster DNS",
    run: async (target, exec) => {
        const { cluster, host } = target;
        const result = judge(
            target,
            await lookUp(target, exec),
            `The cluster DNS of ${cluster} does not forward the zone to GlobalDns, which knows ${host}. To mend that: ` +
                `npm run mesh -- up --refresh --clusters ${cluster}`,
        );
        if (result.status !== "failed") return result;
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
