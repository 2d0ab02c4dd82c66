#!/usr/bin/env bash
# Runs every level of tests and ends with the line `N passed, N failed`.
#
# The levels that need tools or clusters build and start them. The cluster level wants bare clusters and leaves none: a lab
# of this checkout that is up, with whatever is in it, is taken down first.
set -uo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

results=$(mktemp -d)
passed=0
failed=0

# one NAME COMMAND...: a check that passes or fails as a whole
one() {
    local name=$1
    shift
    echo "== $name"
    if "$@"; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "!! $name failed"
    fi
}

# specs LEVEL [--parallel] FOLDER...: the mocha specs below test/FOLDER, two files at a time where they don't meet each other
specs() {
    local level=$1 side=()
    shift
    if [ "$1" = --parallel ]; then
        side=(--parallel --jobs 2)
        shift
    fi
    echo "== $level"
    # Only mocha's own report counts: a run that ends without one has failed.
    mocha "${side[@]}" --reporter ./test/support/reporter.ts --reporter-option "output=$results/$level" "${@/%//**/*.spec.ts}"
    count "$level"
}

# count LEVEL: adds what a level has written of itself
count() {
    local counts
    counts=$(cat "$results/$1" 2>/dev/null || echo "0 1")
    passed=$((passed + ${counts% *}))
    failed=$((failed + ${counts#* }))
}

# Looks at the sources, which needs neither tools nor clusters.
checks() {
    local passed=0 failed=0
    one "format" prettier --check --log-level warn .
    one "lint" eslint --max-warnings 0 .
    one "layers" npm run --silent layers
    one "types" tsc -p .
    one "workflows" test/workflows.sh
    echo "$passed $failed" >"$results/checks"
}

finish() {
    rm -rf "$results"
    echo "$passed passed, $failed failed"
    if [ "$failed" -gt 0 ]; then exit 1; fi
}

# The builds take longest on a new machine and the cheap levels need kubectl and the charts, so tools come first.
one "build tools" node load.js lab/main.ts build
eval "$(node load.js lab/main.ts env)"
specs lib --parallel test/lib test/kube test/lab test/cli test/ci test/handover test/policy test/schemas
specs components --parallel test/components
specs program --parallel test/program
specs engine --parallel test/engine
if [ -e .lab/cluster1 ]; then one "lab down" node load.js lab/main.ts down; fi
one "lab up" node load.js lab/main.ts up --clusters 3
# The cluster level waits more than it computes, which leaves the machine to these for a while.
checks >"$results/checks.log" 2>&1 &
# All parts take half an hour, so these alone unless PARTS names others: test/cluster/threeClusters.spec.ts.
PARTS=${PARTS:-cycle,egress,dns} specs cluster test/cluster
wait
cat "$results/checks.log"
count checks
one "lab down" node load.js lab/main.ts down
finish
