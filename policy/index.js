#!/usr/bin/env node
"use strict";

/** The policy pack: `--policy-pack policy/index.js`, which Pulumi starts itself, or `--policy-pack policy`, by its Node.js host. */

// Pulumi's Node.js host for packs has its own compiler translate what is loaded from here on.
delete require.extensions[".ts"];
require("../spared");
require("../load");
require("./pack.ts");
