import type { Policies, PolicyResource, ResourceValidationArgs } from "@pulumi/policy";
import { writtenSettings } from "../files/stackSettings";
import type { Judged, Properties, Rule, Standards } from "../lib/policy/rule";
import { rules, standardsOf } from "../lib/policy/rules";

/**
 * The rules as Pulumi's policies. Each refuses what violates it, unless a `--policy-pack-config` makes it advisory.
 *
 * @param folder the folder that Pulumi works in, with the stack's files
 */
export function policiesIn(folder: string): Policies {
    const standards = new Map<string, Standards>();
    const standardsFor = (urn: string) => {
        const [, stack = "", project = ""] = /^urn:pulumi:(.*?)::(.*?)::/.exec(urn) ?? [];
        const found = standards.get(stack) ?? standardsOf(writtenSettings(folder, project, stack));
        standards.set(stack, found);
        return found;
    };
    return rules.map((rule) => policyOf(rule, standardsFor));
}

function policyOf(rule: Rule, standardsFor: (urn: string) => Standards): Policies[number] {
    const { name, description, concerns } = rule;
    if ("judge" in rule)
        return {
            name,
            description,
            validateResource: (args, report) => {
                if (!concerns(args.type)) return;
                for (const sentence of rule.judge(judged(args), standardsFor(args.urn))) report(sentence);
            },
        };
    return {
        name,
        description,
        validateStack: ({ resources }, report) => {
            const [first] = resources;
            if (first === undefined) return;
            const some = resources.filter(({ type }) => concerns(type)).map(judged);
            for (const { sentence, urn } of rule.judgeAll(some, standardsFor(first.urn)))
                report(sentence, urn);
        },
    };
}

function judged(resource: ResourceValidationArgs | PolicyResource): Judged {
    const { urn, type, props, opts } = resource;
    return {
        urn,
        type,
        props: known(props) as Properties,
        isProtected: opts.protect,
        ...("propertyDependencies" in resource && {
            sources: Object.fromEntries(
                Object.entries(resource.propertyDependencies).map(([property, from]) => [
                    property,
                    from.map((each) => each.urn),
                ]),
            ),
        }),
    };
}

/** A value without what a preview can't know, to look at which is an error. */
function known(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    const read = (key: string | number) => {
        try {
            return known((value as Readonly<Record<string, unknown>>)[key]);
        } catch {
            return undefined;
        }
    };
    if (Array.isArray(value)) return Array.from({ length: value.length }, (_, index) => read(index));
    return Object.fromEntries(
        Object.keys(value).flatMap((key) => {
            const found = read(key);
            return found === undefined ? [] : [[key, found] as const];
        }),
    );
}
