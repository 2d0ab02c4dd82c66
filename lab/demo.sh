#!/usr/bin/env bash
# From a checkout to the proof: clusters, mesh, and a call from one cluster that is answered in the other.
#
#   lab/demo.sh                        on the lab's clusters, which are built and started if they aren't there
#   lab/demo.sh CONTEXT CONTEXT ...    on clusters of your own; the first gets the client, the second the server
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"
started=$SECONDS

if [ $# -eq 0 ]; then
    mesh=(node load.js cli/main.ts --env .)
    node load.js lab/main.ts up
    eval "$(node load.js lab/main.ts env)"
else
    mesh=(node load.js cli/main.ts --env demo)
    # Your own Pulumi, and the backend that it is logged in to, if you have it; the lab's otherwise.
    if ! command -v pulumi >/dev/null; then
        node load.js lab/main.ts build --only pulumi
        mkdir -p .pulumi-state
        export PULUMI_BACKEND_URL="${PULUMI_BACKEND_URL:-file://$PWD/.pulumi-state}"
        eval "$(node load.js lab/main.ts env)"
    fi
    "${mesh[@]}" init --contexts "$*"
fi

"${mesh[@]}" up
printf 'The mesh is up after %d min %d s.\n' $(((SECONDS - started) / 60)) $(((SECONDS - started) % 60))
"${mesh[@]}" verify --path /headers
