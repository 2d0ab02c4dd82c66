"use strict";

/**
 * Lets Node.js load this project's TypeScript, in whatever process requires this file: the program that Pulumi runs, the hosts of
 * its dynamic providers, `mesh`, the lab and the tests. `node load.js FILE ARGUMENTS...` runs a file.
 *
 * A file is translated once for each content that it ever has, and what came out is kept under a hash of that, below this
 * project's node_modules: so there is no build to forget, nothing stale is ever run, and nobody else can put code there. Types are
 * not checked here (`npm run types` does).
 */
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const { addHook } = require("pirates");
const { version } = require("esbuild/package.json");

const folder = path.join(__dirname, "node_modules", ".cache", "istio-multicluster");
// `import()` of Node.js itself would not come here for what it imports.
const settings = {
    loader: "ts",
    format: "cjs",
    target: "node20",
    supported: { "dynamic-import": false },
    // Read only with --enable-source-maps, as the tests run.
    sourcemap: "inline",
    sourcesContent: false,
};
/** After so long without a change a file is translated again, and what was kept of it until now, and of its former contents, goes. */
const keptDays = 30;

addHook(translated, { exts: [".ts"], ignoreNodeModules: true });

function translated(source, file) {
    // By its bare name a map finds the source beside the file, in whatever copy of the project it is used.
    const options = { ...settings, sourcefile: path.basename(file) };
    const key = createHash("sha256")
        .update(JSON.stringify([version, options, source]))
        .digest("hex");
    const kept = path.join(folder, `${key}.js`);
    return read(kept) ?? keep(kept, translate(source, options));
}

function translate(source, options) {
    // Loaded only where something has to be translated.
    return require("esbuild").transformSync(source, options).code;
}

function read(kept) {
    try {
        return fs.readFileSync(kept, "utf8");
    } catch {
        return undefined;
    }
}

/** Keeps a translation where this folder can be written, and returns it. */
function keep(kept, code) {
    try {
        fs.mkdirSync(folder, { recursive: true });
        // Another process may translate the same file meanwhile: each sees the whole of it or nothing.
        const unfinished = `${kept}.${process.pid}`;
        fs.writeFileSync(unfinished, code);
        fs.renameSync(unfinished, kept);
        removeOld();
    } catch {
        // Then it is translated each time.
    }
    return code;
}

function removeOld() {
    const before = Date.now() - keptDays * 24 * 3600 * 1000;
    for (const name of fs.readdirSync(folder)) {
        const file = path.join(folder, name);
        if (fs.statSync(file).mtimeMs < before) fs.rmSync(file, { force: true });
    }
}

if (require.main === module) {
    process.argv.splice(1, 2, path.resolve(process.argv[2]));
    // So that the file finds itself to be the one that is run.
    Module.runMain();
}
