import { z } from "zod";
import { dnsLabel, duplicates, text } from "./fields";

/** What the platform grants to one team in a cluster. */
const grantSchema = z.strictObject({
    /** Namespaces whose services the team may export. */
    namespaces: z.array(dnsLabel).default([]),
    /** Where the team is found by others, in any words. */
    contact: text.optional(),
});

/** The key `teams`: who has a part in a cluster, by name. */
export const teamsSchema = z.record(dnsLabel, grantSchema).superRefine((teams, context) => {
    const granted = new Map<string, string>();
    for (const [team, { namespaces }] of Object.entries(teams)) {
        const issue = (message: string) => {
            context.addIssue({ code: "custom", path: [team, "namespaces"], message });
        };
        for (const namespace of duplicates(namespaces)) issue(`name ${namespace} more than once; remove one`);
        for (const namespace of new Set(namespaces)) {
            const other = granted.get(namespace);
            if (other !== undefined)
                issue(
                    `name ${namespace}, which teams.${other}.namespaces name already; a namespace has one team, so remove ` +
                        `it from one of them`,
                );
            else granted.set(namespace, team);
        }
    }
});

export type Teams = z.infer<typeof teamsSchema>;
