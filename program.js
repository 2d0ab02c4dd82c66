"use strict";

/** Where Pulumi begins: index.ts, translated (load.js), and the SDK without what it is spared (spared.js). */
if (process.env.PULUMI_NODEJS_TYPESCRIPT === "true") {
    const error = new Error(
        "The Pulumi.yaml of this folder leaves the program to Pulumi's own compiler. Add to it, each on a line of its own: " +
            "runtime, below that options, and below that typescript: false.",
    );
    error.stack = undefined;
    throw error;
}

require("./spared");
require("./load");
module.exports = require("./index.ts");
