import { verifyHints } from "../hints/verifyHints";
import { skipped, type Check } from "./check";
import { judge, lookUp } from "./nslookup";

/** The server of the mesh's zones knows the name. */
export const globalDns: Check = {
    name: "GlobalDns",
    run: async (target, exec) => {
        const { globalDnsAddress } = target;
        if (globalDnsAddress === undefined) return skipped("the sidecars resolve the mesh's names");
        return judge(target, await lookUp(target, exec, globalDnsAddress), verifyHints.globalDns(target));
    },
};
