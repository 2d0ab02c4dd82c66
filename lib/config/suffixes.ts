import { z } from "zod";
import { defaultSuffix, dnsLabelPattern, isWithin } from "../base/names";
import { duplicates } from "./fields";

/** Longest suffix, so that host names and the server names made of them stay within what DNS and TLS carry. */
const longest = 100;

/** A DNS name that can be a suffix of mesh-wide host names. */
export const suffixSchema = z
    .string()
    .refine(
        (suffix) =>
            suffix.length <= longest && suffix.split(".").every((label) => dnsLabelPattern.test(label)),
        `must be a DNS name such as global or mesh.example: labels of lower-case letters, digits and dashes, ${longest} characters at most`,
    );

/** The key `mesh.suffixes`. */
export const suffixesSchema = z
    .array(suffixSchema)
    .min(1, "must name at least one suffix")
    .default([defaultSuffix])
    .superRefine((suffixes, context) => {
        const issue = (message: string) => {
            context.addIssue({ code: "custom", message });
        };
        for (const suffix of duplicates(suffixes)) issue(`name ${suffix} more than once; remove one`);
        for (const suffix of suffixes) {
            const above = suffixes.find((other) => other !== suffix && isWithin(suffix, other));
            if (above !== undefined) issue(`name ${suffix}, which is inside ${above}; remove one of the two`);
            if (isWithin(suffix, "arpa")) issue(`name ${suffix}, a zone of reverse lookups; remove it`);
        }
    });
