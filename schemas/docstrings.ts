import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** What docstrings say of the keys of a map, by the map's own keys: those of `z.strictObject({ … })` where it is written. */
export type Docstrings = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** By which keys a map is found among docstrings. */
export function keysOf(shape: object): string {
    return Object.keys(shape).sort().join(",");
}

/**
 * Reads the docstrings of all settings out of the sources of lib/config, so that an editor shows what a reader of the code
 * sees.
 *
 * @throws Error where two maps have the same keys and other words
 */
export function readDocstrings(folder: string): Docstrings {
    const found = new Map<string, Readonly<Record<string, string>>>();
    for (const name of readdirSync(folder).filter((file) => file.endsWith(".ts"))) {
        const source = ts.createSourceFile(
            name,
            readFileSync(join(folder, name), "utf8"),
            ts.ScriptTarget.Latest,
            true,
        );
        for (const docs of literalsIn(source)) {
            const keys = keysOf(docs);
            const before = found.get(keys);
            if (before !== undefined && JSON.stringify(before) !== JSON.stringify(docs))
                throw new Error(`${name} describes ${keys} in other words than another file.`);
            found.set(keys, docs);
        }
    }
    return found;
}

/** The docstrings of each object literal of a file by its keys; what is spread into one from the same file counts as its own. */
function literalsIn(source: ts.SourceFile): readonly Readonly<Record<string, string>>[] {
    const constants = new Map<string, ts.ObjectLiteralExpression>();
    const literals: ts.ObjectLiteralExpression[] = [];
    const visit = (node: ts.Node): void => {
        if (ts.isObjectLiteralExpression(node)) literals.push(node);
        if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer)
            if (ts.isObjectLiteralExpression(node.initializer))
                constants.set(node.name.text, node.initializer);
        ts.forEachChild(node, visit);
    };
    visit(source);
    const docsOf = (literal: ts.ObjectLiteralExpression): Readonly<Record<string, string>> =>
        Object.assign(
            {},
            ...literal.properties.map((property): Readonly<Record<string, string>> => {
                if (ts.isSpreadAssignment(property)) {
                    const spread = ts.isIdentifier(property.expression)
                        ? constants.get(property.expression.text)
                        : undefined;
                    return spread ? docsOf(spread) : {};
                }
                return { [property.name.getText(source)]: docstringOf(property) };
            }),
        ) as Readonly<Record<string, string>>;
    return literals.map(docsOf).filter((docs) => Object.values(docs).some((text) => text !== ""));
}

function docstringOf(node: ts.Node): string {
    const text = ts
        .getJSDocCommentsAndTags(node)
        .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? "")
        .join(" ");
    return text.replace(/\s+/g, " ").trim();
}
