import { dirname } from "node:path";
import { wayTo } from "../lib/base/wayToProject";

/**
 * What the state keeps as the code of a dynamic provider: a fixed text that loads the real code from the project, by its way
 * from the folder in which the host of dynamic providers runs, the environment's. Pulumi's own serialiser would put the whole
 * code there instead, so that each edit of it would show up as a change of the resource, and would load the TypeScript compiler
 * to do so. States of earlier versions hold a text that loads it by `tsx/cjs/api`, so that stays loadable too.
 *
 * A mesh that has moved into an environment's folder has texts in its state that load from where it was. Its first update there
 * has to write them anew, or nothing could be deleted later: {@link asMoved}.
 *
 * @param file path inside the project of a module that exports the provider as `provider`
 */
export function providerLoader(file: string): string {
    const load = (each: string) =>
        `require(path.resolve("${wayTo(each, process.cwd(), dirname(__dirname))}"))`;
    const provider = `${load(file)}.provider`;
    const isBelow = load(file) !== `require(path.resolve("${file}"))`;
    return `exports.handler = () => {
    const path = require("path");
    ${load("load.js")};
    return ${isBelow ? `${load("components/asMoved.ts")}.asMoved(${provider})` : provider};
};
`;
}
