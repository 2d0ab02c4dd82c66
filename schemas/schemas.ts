import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { reportsSchema } from "../cli/verify/reportSchema";
import { parseStackFile } from "../lib/base/stackFileText";
import { clusterStackSchema } from "../lib/config/clusterStack";
import { caStackSchema } from "../lib/config/parse";
import { dnsLabel } from "../lib/config/fields";
import { type Docstrings, keysOf, readDocstrings } from "./docstrings";
import { innerOf, replaceBy, type Schema, settingsSchema } from "./settings";

const root = resolve(__dirname, "..");

/** The command that writes the schemas. */
export const schemasCommand = "npm run schemas";

/**
 * Texts of the files of this folder, by name: those that editors check stack files and teams' files with, and that of what `mesh
 * verify --json` prints.
 */
export function schemaTexts(): Readonly<Record<string, string>> {
    const docstrings = readDocstrings(join(root, "lib/config"));
    const project = z.object({ name: z.string() });
    const { name } = project.parse(parseStackFile(readFileSync(join(root, "Pulumi.yaml"), "utf8")));
    const text = (schema: Schema) => `${JSON.stringify(schema, undefined, 2)}\n`;
    return {
        "stack.schema.json": text(stackFileSchema(name, docstrings)),
        "team.schema.json": text(teamFileSchema(docstrings)),
        "verify.schema.json": text(verifySchema()),
    };
}

const draft = "http://json-schema.org/draft-07/schema#";
const secure = { $ref: "#/definitions/secure" };

/** The keys of a stack's file that are Pulumi's own (workspace.ProjectStack), and what each is. */
const ofPulumi: Readonly<Record<string, Schema>> = {
    secretsprovider: {
        type: "string",
        description: "Key that encrypts the stack's secrets; without it a passphrase.",
    },
    encryptedkey: { type: "string", description: "Written by Pulumi." },
    encryptionsalt: { type: "string", description: "Written by Pulumi." },
    environment: { description: "Environments of Pulumi ESC, which may set what the file does not." },
};

function stackFileSchema(project: string, docstrings: Docstrings): Schema {
    const settings = settingsSchema(
        z.strictObject({ ...caStackSchema.shape, ...clusterStackSchema.shape }),
        docstrings,
    );
    const properties = (settings.properties ?? {}) as Readonly<Record<string, Schema>>;
    const texts = {
        ...docstrings.get(keysOf(caStackSchema.shape)),
        ...docstrings.get(keysOf(clusterStackSchema.shape)),
    };
    for (const [key, property] of Object.entries(properties)) {
        property.description = texts[key] ?? "";
        orEncrypted(property);
    }
    const names = Object.keys(properties);
    const ca = `${project}:ca`;
    const needsCluster: Schema = { required: [`${project}:cluster`] };
    return {
        $schema: draft,
        title: "Settings of a stack: the mesh's certificates, or one cluster",
        type: "object",
        additionalProperties: false,
        properties: {
            ...ofPulumi,
            config: {
                type: ["object", "null"] as unknown as "object",
                properties: Object.fromEntries(
                    Object.entries(properties).map(([key, property]) => [
                        `${project}:${key}`,
                        asWhole(property),
                    ]),
                ),
                // Other prefixes are Pulumi's and its providers'.
                patternProperties: { [`^${project}:(?!(?:${names.join("|")})$)`]: false },
            },
        },
        // One stack is either the certificates or one cluster; with an environment the file does not say all.
        if: { properties: { config: { type: "object", required: [ca] } }, required: ["config"] },
        then: {
            properties: {
                config: {
                    properties: Object.fromEntries(
                        names
                            .filter((key) => !(key in caStackSchema.shape))
                            .map((key) => [`${project}:${key}`, { type: "null" }]),
                    ),
                },
            },
        },
        else: {
            if: { not: { required: ["environment"] } },
            then: { required: ["config"], properties: { config: { type: "object", ...needsCluster } } },
        },
        definitions: {
            secure: {
                type: "object",
                description: "A text that Pulumi has encrypted: pulumi config set --secret --path KEY",
                properties: { secure: { type: "string" } },
                required: ["secure"],
                additionalProperties: false,
            },
        },
    };
}

function teamFileSchema(docstrings: Docstrings): Schema {
    const { exports, imports } = clusterStackSchema.shape;
    const byCluster = z.strictObject({
        exports: z.record(dnsLabel, exports.unwrap()).optional(),
        imports: z.record(dnsLabel, imports.unwrap()).optional(),
    });
    const schema = settingsSchema(byCluster, docstrings);
    const texts = docstrings.get(keysOf(clusterStackSchema.shape)) ?? {};
    for (const [key, list] of Object.entries(schema.properties ?? {}) as [string, Schema][]) {
        list.description = `${texts[key] ?? ""} By cluster: the name of its stack.`;
        const entries = list.additionalProperties as Schema;
        const entry = entries.items as Schema;
        // It is the file's team.
        if (entry.properties) Reflect.deleteProperty(entry.properties, "owner");
        replaceBy(entries, { anyOf: [{ ...entries }, { type: "null" }] });
    }
    return {
        $schema: draft,
        title: "What one team exports from and imports into the clusters of a mesh",
        ...schema,
        type: ["object", "null"],
    } as unknown as Schema;
}

/** Readers take what they don't know: fields may be added. */
function verifySchema(): Schema {
    const schema = z.toJSONSchema(reportsSchema, {
        io: "input",
        target: "draft-7",
        override: ({ jsonSchema }) => {
            // That of TypeScript's types, which says nothing about a text.
            delete jsonSchema.readOnly;
        },
    });
    return { $schema: draft, title: "What mesh verify --json prints, version 1", ...schema };
}

/** A setting as a whole may be JSON in a text, and encrypted. */
function asWhole(property: Schema): Schema {
    const { description, ...schema } = property;
    const json =
        schema.type === undefined ? [] : [{ type: "string", pattern: jsonPattern(schema) } as Schema];
    return { ...(description !== undefined && { description }), anyOf: [schema, ...json, secure] };
}

function jsonPattern({ type }: Schema): string {
    return [type].flat().includes("boolean") ? "^(true|false)$" : "^\\s*[\\[{]";
}

/** Any text below a setting may be encrypted, but for those that are one of a few words. */
function orEncrypted(schema: Schema): void {
    for (const inner of innerOf(schema)) {
        orEncrypted(inner);
        if (![inner.type].flat().includes("string")) continue;
        const text = { ...inner };
        delete text.description;
        delete text.default;
        replaceBy(inner, { anyOf: [text, secure] });
    }
}
