#!/usr/bin/env node
"use strict";

/** The policy pack: `--policy-pack policy/index.js`, which Pulumi starts itself, or `--policy-pack policy`, by its Node.js host. */
require("../spared");
require("../load");
require("./pack.ts");
