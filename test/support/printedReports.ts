import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import Ajv from "ajv";
import type { VerifyReport } from "../../cli/verify/report";
import type { Code } from "../../lib/doctor/codes";
import type { Schema } from "../../schemas/settings";

/** A type as JSON has it: what writes itself as a text is one, and further codes may come. */
export type Printed<T> = T extends { toJSON(): infer Text }
    ? Text
    : T extends Code
      ? string
      : T extends readonly (infer Item)[]
        ? readonly Printed<Item>[]
        : T extends object
          ? { readonly [K in keyof T]: Printed<T[K]> }
          : T;

/** The committed schema of what `mesh verify --json` prints. */
export function verifySchema(): Schema {
    const file = resolve(__dirname, "../../schemas/verify.schema.json");
    return JSON.parse(readFileSync(file, "utf8")) as Schema;
}

/** The same, which takes no field that it does not name: a reader's takes them. */
function strict(schema: Schema): Schema {
    return JSON.parse(JSON.stringify(schema), (_, value: unknown) => {
        const isObject = typeof value === "object" && value !== null && "properties" in value;
        return isObject ? { ...value, additionalProperties: false } : value;
    }) as Schema;
}

const [isPrinted, isWholly] = [(schema: Schema) => schema, strict].map((change) =>
    new Ajv({ allErrors: true, format: false, unknownFormats: "ignore" }).compile(change(verifySchema())),
);

/** Reads what `mesh verify --json` prints, which has to be as the schema says, with no field beside. */
export function readPrinted(text: string): readonly Printed<VerifyReport>[] {
    const reports: unknown = JSON.parse(text);
    for (const validate of [isPrinted, isWholly])
        assert.ok(validate?.(reports), JSON.stringify(validate?.errors));
    return reports as readonly Printed<VerifyReport>[];
}

/** Holds reports against the schema as they would be printed. */
export function printed(reports: readonly VerifyReport[]): readonly Printed<VerifyReport>[] {
    return readPrinted(JSON.stringify(reports));
}
