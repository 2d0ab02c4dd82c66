/**
 * What the state keeps as the code of a dynamic provider: a fixed text that loads the real code from the project folder, in
 * which the host of dynamic providers runs. Pulumi's own serialiser would put the whole code there instead, so that each
 * edit of it would show up as a change of the resource, and would load the TypeScript compiler to do so. States of earlier
 * versions hold a text that loads it by `tsx/cjs/api`, so that stays loadable too.
 *
 * @param file path inside the project folder of a module that exports the provider as `provider`
 */
export function providerLoader(file: string): string {
    return `exports.handler = () => {
    const path = require("path");
    require(path.resolve("load.js"));
    return require(path.resolve("${file}")).provider;
};
`;
}
