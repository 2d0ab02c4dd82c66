import * as path from "node:path";

/**
 * The first line of a stack's or a team's file, by which an editor completes and checks it.
 *
 * @param root the project's own folder, which has the schemas
 * @param folder that of the file
 */
export function schemaLine(root: string, folder: string, kind: "stack" | "team"): string {
    const place = path.relative(folder, path.join(root, "schemas", `${kind}.schema.json`));
    return `# yaml-language-server: $schema=${place.split(path.sep).join("/")}\n`;
}
