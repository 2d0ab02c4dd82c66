import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import Ajv from "ajv";
import { parseAllDocuments } from "yaml";

/** The part of a CustomResourceDefinition that is used here. */
interface Definition {
    readonly kind: string;
    readonly spec: {
        readonly group: string;
        readonly names: { readonly kind: string };
        readonly versions: readonly {
            readonly name: string;
            readonly schema: { readonly openAPIV3Schema: Schema };
        }[];
    };
}

type Schema = Readonly<Record<string, unknown>>;

/** Keywords of a CRD's schema that JSON Schema knows too; the others are formats, texts and rules of Kubernetes. */
const sharedKeywords = new Set([
    ...[
        "type",
        "enum",
        "required",
        "pattern",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "uniqueItems",
    ],
    ...["minimum", "maximum", "minProperties", "maxProperties"],
]);

/**
 * Checks objects against Istio's own resource definitions, of the release that the lab is built from.
 *
 * Stricter than the API server in one point: a field that the definition does not know is an error, where the server
 * drops it. Not checked: the definitions' rules in CEL, and what istiod's webhook adds.
 */
export class IstioSchemas {
    private readonly ajv = new Ajv({ allErrors: true, logger: false });
    private readonly definitions: readonly Definition[];

    /** @throws Error with a sentence when Istio's charts can't be found */
    constructor() {
        const text = readFileSync(join(chartsFolder(), "base/files/crd-all.gen.yaml"), "utf8");
        this.definitions = parseAllDocuments(text)
            .map((document) => document.toJS() as Definition | null)
            .filter((definition) => definition?.kind === "CustomResourceDefinition") as Definition[];
    }

    /** What is wrong with an object, a line for each problem; empty for a good one. */
    problems(object: { readonly apiVersion: string; readonly kind: string }): readonly string[] {
        const [group, version] = object.apiVersion.split("/");
        const schema = this.definitions
            .find(({ spec }) => spec.group === group && spec.names.kind === object.kind)
            ?.spec.versions.find(({ name }) => name === version)?.schema.openAPIV3Schema;
        if (schema === undefined) return [`Istio has no ${object.kind} of ${object.apiVersion}`];
        const validate = this.ajv.compile(jsonSchema(topLevel(schema)));
        if (validate(object) === true) return [];
        return [this.ajv.errorsText(validate.errors, { separator: "\n" })];
    }
}

/** A definition leaves the fields that every Kubernetes object has to the API server. */
function topLevel(schema: Schema): Schema {
    const common = { apiVersion: { type: "string" }, kind: { type: "string" } };
    const metadata = {
        type: "object",
        properties: {
            name: { type: "string" },
            namespace: { type: "string" },
            annotations: { type: "object", additionalProperties: { type: "string" } },
        },
    };
    const properties = { ...(schema["properties"] as Schema), ...common, metadata };
    return { ...schema, properties, required: ["apiVersion", "kind", "metadata", "spec"] };
}

/** A CRD's schema as a plain JSON Schema that knows no further fields. */
function jsonSchema(schema: Schema): Schema {
    const result: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(schema)) {
        if (sharedKeywords.has(key)) result[key] = value;
        else if (key === "properties") result[key] = mapValues(value as Schema, jsonSchema);
        else if (key === "items") result[key] = jsonSchema(value as Schema);
        else if (key === "oneOf" || key === "anyOf" || key === "allOf" || key === "not") result[key] = value;
    }
    const more = schema["additionalProperties"];
    if (typeof more === "object" && more !== null)
        result["additionalProperties"] = jsonSchema(more as Schema);
    else if (schema["properties"] && !schema["x-kubernetes-preserve-unknown-fields"]) {
        result["additionalProperties"] = false;
    }
    if (schema["x-kubernetes-int-or-string"]) return { anyOf: [{ type: "integer" }, { type: "string" }] };
    return schema["nullable"] ? { anyOf: [result, { type: "null" }] } : result;
}

function mapValues(object: Schema, change: (schema: Schema) => Schema): Schema {
    return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value as Schema)]));
}

/** Istio's charts as the lab uses them, or where Go keeps the module that the lab takes them from. */
function chartsFolder(): string {
    const root = resolve(__dirname, "../..");
    const charts = join(root, ".lab/charts");
    if (existsSync(charts)) return charts;
    try {
        const module = execFileSync("go", ["list", "-m", "-f", "{{.Dir}}", "istio.io/istio"], {
            cwd: join(root, "lab/toolchain/istio"),
            encoding: "utf8",
            stdio: ["ignore", "pipe", "ignore"],
        }).trim();
        if (module !== "") return join(module, "manifests/charts");
    } catch {
        // Without Go the sentence below says what to do.
    }
    throw new Error(
        "Istio's charts are needed to check objects against its definitions, but neither .lab/charts exists nor does " +
            "Go have the module istio.io/istio; run `npm run lab -- build` first.",
    );
}
