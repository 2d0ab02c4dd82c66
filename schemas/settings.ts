import { z } from "zod";
import { type Docstrings, keysOf } from "./docstrings";

/** A JSON schema, draft 7. */
export type Schema = z.core.JSONSchema.BaseSchema;

/** Where a map keeps the docstrings of its keys until the schema is a tree, in which no two places share one object. */
const docs = "x-docs";

/**
 * The JSON schema of settings as a file says them: defaults may be left out, and so may what is behind the key of an optional
 * setting. What more than one setting decides is left to the program.
 */
export function settingsSchema(settings: z.ZodType, docstrings: Docstrings): Schema {
    const schema: Schema = z.toJSONSchema(settings, {
        io: "input",
        target: "draft-7",
        unrepresentable: "any",
        override: ({ zodSchema, jsonSchema }) => {
            if (zodSchema instanceof z.ZodObject)
                jsonSchema[docs] = docstrings.get(keysOf(zodSchema.shape)) ?? {};
            soften(zodSchema, jsonSchema);
        },
    });
    delete schema.$schema;
    finish(schema);
    return schema;
}

/** Lets a schema take what the program takes, and no less. */
function soften(zodSchema: z.core.$ZodType, schema: Schema): void {
    // What zod says of numbers that are too big to be exact, and of formats that are no standard's; both have more beside.
    if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
    if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
    if (schema.pattern !== undefined) delete schema.format;
    const words = messageOf(zodSchema);
    if (schema.pattern !== undefined && words !== undefined) schema["patternErrorMessage"] = words;
    // The one conversion there is makes a list out of a single entry.
    if (zodSchema instanceof z.ZodPipe && zodSchema.def.in instanceof z.ZodTransform && schema.items)
        replaceBy(schema, { anyOf: [schema.items as Schema, { ...schema }] });
}

/** Puts the docstrings to the keys of every map, and lets what is behind an optional key be left out. */
function finish(schema: Schema): void {
    const { properties = {}, required = [], [docs]: texts = {} } = schema;
    Reflect.deleteProperty(schema, docs);
    for (const [key, property] of Object.entries(properties) as [string, Schema][]) {
        const text = (texts as Readonly<Record<string, string>>)[key];
        if (text) property.description = text;
        if (!required.includes(key)) orNothing(property);
    }
    innerOf(schema).forEach(finish);
}

/** The schemas right below one. */
export function innerOf({
    properties = {},
    items,
    additionalProperties,
    anyOf = [],
}: Schema): readonly Schema[] {
    return [...Object.values(properties), items, additionalProperties, ...anyOf].filter(
        (inner): inner is Schema => typeof inner === "object" && !Array.isArray(inner),
    );
}

/** The words of a text's rule. Editors that know the keyword show them in the place of the pattern. */
function messageOf(zodSchema: z.core.$ZodType): string | undefined {
    if (!(zodSchema instanceof z.ZodString)) return undefined;
    const rule = zodSchema.def.checks?.find(({ _zod }) => "pattern" in _zod.def);
    const words = rule?._zod.def.error?.(undefined as never);
    return typeof words === "string" ? words : words?.message;
}

/** A key with nothing behind it counts as left out. */
function orNothing(property: Schema): void {
    if (Array.isArray(property.anyOf)) property.anyOf.push({ type: "null" });
    else if (property.enum !== undefined) {
        property.enum.push(null);
        delete property.type;
    } else if (typeof property.type === "string")
        (property as { type: unknown }).type = [property.type, "null"];
}

/** Replaces all that a schema says, but for its description and its default. */
export function replaceBy(schema: Schema, other: Schema): void {
    const { description, default: usual } = schema;
    for (const key of Object.keys(schema)) Reflect.deleteProperty(schema, key);
    Object.assign(schema, other, {
        ...(description !== undefined && { description }),
        ...(usual !== undefined && { default: usual }),
    });
}
