import { z } from "zod";

/**
 * Takes out the settings that have nothing behind their key, as in `exports:`, so that they count as left out. What a user
 * has named, such as a label or a Helm value, stays: a selector that lost a label would select more.
 *
 * @param schema what the value should be; a value of another shape stays as it is
 */
export function withoutEmptyKeys(schema: z.core.$ZodType, value: unknown): unknown {
    const inner = unwrapped(schema);
    if (inner instanceof z.ZodArray && Array.isArray(value))
        return value.map((item) => withoutEmptyKeys(inner.element, item));
    if (!isMap(value)) return value;
    if (inner instanceof z.ZodRecord) {
        const { valueType } = inner;
        return mapped(value, (item) => withoutEmptyKeys(valueType, item));
    }
    if (!(inner instanceof z.ZodObject)) return value;
    const shape: Readonly<Record<string, z.core.$ZodType | undefined>> = inner.shape;
    const given = Object.entries(value).filter(([, item]) => item !== null);
    return mapped(Object.fromEntries(given), (item, key) => {
        const part = shape[key];
        return part === undefined ? item : withoutEmptyKeys(part, item);
    });
}

/** A schema without its defaults and conversions. */
function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
    if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
        return unwrapped(schema.def.innerType);
    if (schema instanceof z.ZodPipe)
        return unwrapped(schema.def.in instanceof z.ZodTransform ? schema.def.out : schema.def.in);
    return schema;
}

type Values = Readonly<Record<string, unknown>>;

function isMap(value: unknown): value is Values {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mapped(values: Values, change: (value: unknown, key: string) => unknown): Values {
    return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value, key)]));
}
