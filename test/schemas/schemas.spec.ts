import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import Ajv from "ajv";
import { z } from "zod";
import { parseStackFile } from "../../lib/base/stackFileText";
import { caSchema } from "../../lib/config/ca";
import { clusterStackSchema } from "../../lib/config/clusterStack";
import { withoutEmptyKeys } from "../../lib/config/emptyKeys";
import { schemasCommand, schemaTexts } from "../../schemas/schemas";
import type { Schema } from "../../schemas/settings";
import { services } from "../refusals/services";
import { settings } from "../refusals/settings";
import { cluster, httpbin, type Raw, wanted } from "../support/stackFile";

const root = resolve(__dirname, "../..");
const folder = join(root, "schemas");
const schemaIn = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Schema;
const compiled = (name: string) => new Ajv({ allErrors: true }).compile(schemaIn(name));
const [isStackFile, isTeamFile] = [compiled("stack.schema.json"), compiled("team.schema.json")];
const said = ({ errors }: typeof isStackFile) =>
    (errors ?? []).map(({ dataPath, message }) => `${dataPath} ${message ?? ""}`);

/** A stack's file with some settings. */
const fileWith = (raw: Raw): unknown => ({
    config: JSON.parse(
        JSON.stringify(
            Object.fromEntries(
                Object.entries(raw).map(([key, value]) => [`istio-multicluster:${key}`, value]),
            ),
        ),
    ) as unknown,
});

/** The committed files of stacks and teams. */
const committed = [
    ...["ca", "cluster1", "cluster2"].map((stack) => `Pulumi.${stack}.yaml`),
    ...readdirSync(join(root, "examples"), { recursive: true, encoding: "utf8" })
        .filter((file) => /(^|\/)(Pulumi\.[^/]+|teams\/teams\/[^/]+)\.yaml$/.test(file))
        .map((file) => `examples/${file}`),
].sort();

describe("the schemas for editors", () => {
    for (const [name, text] of Object.entries(schemaTexts()))
        it(`${name} is what the code makes`, () => {
            assert.ok(
                readFileSync(join(folder, name), "utf8") === text,
                `schemas/${name} is stale; run ${schemasCommand}, and commit what it writes`,
            );
        });

    it("describe every setting by its docstring", () => {
        for (const name of ["stack.schema.json", "team.schema.json"]) {
            const bare: string[] = [];
            let count = 0;
            const look = (value: unknown, path: string): void => {
                if (typeof value !== "object" || value === null) return;
                const { properties = {}, additionalProperties, items, anyOf = [] } = value as Schema;
                for (const [key, property] of Object.entries(properties) as [string, Schema][]) {
                    count++;
                    if (!property.description) bare.push(`${path}.${key}`);
                    look(property, `${path}.${key}`);
                }
                for (const inner of [additionalProperties, items, ...anyOf]) look(inner, path);
            };
            look(schemaIn(name), name);
            assert.deepEqual(bare, ["stack.schema.json.config"].slice(name.startsWith("stack") ? 0 : 1));
            assert.ok(count > 20);
        }
    });

    it("take every committed file but the one with mistakes, and are what its first line leads to", () => {
        assert.ok(committed.length > 25);
        for (const file of committed) {
            const text = readFileSync(join(root, file), "utf8");
            const isTeams = dirname(file).endsWith("/teams/teams");
            const [, schema = ""] = /^# yaml-language-server: \$schema=(.*)\n/.exec(text) ?? [];
            const place = resolve(root, dirname(file), schema);
            assert.equal(
                relative(folder, place),
                isTeams ? "team.schema.json" : "stack.schema.json",
                `${file} leads to ${schema}`,
            );
            assert.ok(existsSync(place));
            const validate = isTeams ? isTeamFile : isStackFile;
            const taken = validate(parseStackFile(text));
            assert.deepEqual(
                [file, taken === true ? [] : said(validate)],
                [file, file.includes("bad-input") ? said(validate) : []],
            );
            assert.equal(taken, !file.includes("bad-input"));
        }
    });
});

describe("the schema of stack files", () => {
    /** Whether zod refuses a value for its shape; what the program has found out by code of its own is no shape. */
    const isMisshapen = (issues: readonly z.core.$ZodIssue[]): boolean =>
        issues.some(
            (issue) => issue.code !== "custom" && (issue.code !== "invalid_key" || isMisshapen(issue.issues)),
        );

    for (const [section, cases] of [...Object.entries(settings), ...Object.entries(services)])
        describe(section, () => {
            for (const [cause, , raw] of cases) {
                const kind = "ca" in raw ? z.strictObject({ ca: caSchema }) : clusterStackSchema;
                const { error } = kind.safeParse(withoutEmptyKeys(kind, raw));
                const verb = error && isMisshapen(error.issues) ? "refuses" : error ? undefined : "takes";
                // Rules that are code: a schema may know them or not.
                if (verb === undefined) continue;
                it(`${verb} ${cause}, as the program's own does`, () => {
                    assert.equal(isStackFile(fileWith(raw)), verb === "takes", said(isStackFile).join("\n"));
                });
            }
        });

    it("takes what the program takes beside: nothing behind a key, JSON in a text, something encrypted", () => {
        const encrypted = { secure: "v1:abc" };
        for (const raw of [
            { cluster, exports: null, mesh: { suffixes: null }, dns: { adapter: null } },
            { cluster, exports: JSON.stringify([httpbin]), connectivityCheck: "true" },
            { cluster: encrypted, exports: [{ ...httpbin, serviceAccount: encrypted }] },
            { cluster: { kubeconfig: { content: encrypted } } },
            { cluster, imports: [{ ...wanted, from: ["cluster2", "cluster3"] }] },
            { ca: { clusters: ["a"], root: { certPem: "c", privateKeyPem: encrypted } } },
        ])
            assert.ok(isStackFile(fileWith(raw)), said(isStackFile).join("\n"));
        assert.ok(
            isStackFile({ config: { "pulumi:tags": {} }, environment: ["mesh"], encryptionsalt: "v1" }),
        );
    });

    it("wants one kind of stack, and no key beside", () => {
        assert.ok(!isStackFile(fileWith({ ca: { clusters: ["a"] }, cluster })));
        assert.ok(!isStackFile(fileWith({ exports: [] })));
        assert.ok(!isStackFile({ confg: {} }));
        assert.ok(!isStackFile(fileWith({ cluster, exprots: [] })));
    });
});

describe("the schema of teams' files", () => {
    it("takes exports and imports by cluster", () => {
        for (const file of [
            null,
            { exports: null, imports: { cluster1: null } },
            { exports: { cluster2: [httpbin] }, imports: { cluster1: [wanted] } },
        ])
            assert.ok(isTeamFile(file), said(isTeamFile).join("\n"));
    });

    it("refuses what is the platform's, an owner, something encrypted, and lists that are not by cluster", () => {
        for (const file of [
            { istio: {} },
            { exprots: {} },
            { exports: [httpbin] },
            { exports: { cluster2: httpbin } },
            { exports: { cluster2: [{ ...httpbin, owner: "shop" }] } },
            { exports: { cluster2: [{ ...httpbin, serviceAccount: { secure: "v1:abc" } }] } },
        ])
            assert.ok(!isTeamFile(file), JSON.stringify(file));
    });
});
