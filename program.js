"use strict";

// Where Pulumi begins: index.ts, translated (load.js).
require("./load");
module.exports = require("./index.ts");
