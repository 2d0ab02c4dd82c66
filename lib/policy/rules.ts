import { policySchema } from "../config/policy";
import { suffixesSchema } from "../config/suffixes";
import type { Declared } from "../mesh/handover";
import { certificateStrength } from "./certificateStrength";
import { closedBalancers } from "./closedBalancers";
import { gatewayHosts } from "./gatewayHosts";
import { mutualTls } from "./mutualTls";
import { namedCallers } from "./namedCallers";
import { protectedRoot } from "./protectedRoot";
import { mapAt, type Rule, type Standards } from "./rule";

/** All rules. */
export const rules: readonly Rule[] = [
    protectedRoot,
    namedCallers,
    mutualTls,
    gatewayHosts,
    certificateStrength,
    closedBalancers,
];

/**
 * What a stack's settings hold it to. The program refuses settings that are wrong, so nothing is made by them; until it has, the
 * strictest hold.
 */
export function standardsOf(settings: Declared): Standards {
    return {
        policy:
            policySchema.safeParse(settings["policy"] ?? {}).data ?? policySchema.parse({ production: true }),
        suffixes: suffixesSchema.safeParse(mapAt(settings, "mesh")["suffixes"]).data ?? [],
    };
}
