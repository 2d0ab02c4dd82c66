"use strict";

/**
 * To be required before Pulumi's SDK. It spares two things that the SDK does for programs of other kinds, and which are half of
 * what a start costs: to take functions apart the SDK loads the TypeScript compiler and npm's model of a dependency tree, which
 * are loaded here when they are first asked for (never, see components/providerLoader.ts); and it looks every stack trace up in
 * source maps, of which there are none.
 */
const Module = require("node:module");

const load = Module._load;
Module._load = function loadOrPostpone(request, parent, ...others) {
    const now = () => load.call(this, request, parent, ...others);
    const isSpared = request === "@npmcli/arborist" || /(^|\/)typescript-shim$/.test(request);
    return isSpared && /[\\/]@pulumi[\\/]pulumi[\\/]/.test(parent?.filename ?? "") ? postponed(now) : now();
};

/** A module that is loaded with the first look into it. */
function postponed(now) {
    return new Proxy(
        {},
        {
            // Asked by what imports it, before anything is used.
            get: (_, key) => (key === "__esModule" ? true : now()[key]),
            has: (_, key) => key in now(),
        },
    );
}

Error.prepareStackTrace = undefined;
