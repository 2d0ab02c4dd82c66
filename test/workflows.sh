#!/usr/bin/env bash
# Lints the workflows of .github/ with actionlint and zizmor, in pinned versions that are fetched once into the user's cache.
set -euo pipefail
cd "$(dirname "$0")/.."
actionlint=1.7.12
zizmor=1.32.0
cache=${XDG_CACHE_HOME:-$HOME/.cache}/istio-multicluster/workflow-lints-$actionlint-$zizmor

if [ ! -d "$cache" ]; then
    mkdir -p "$(dirname "$cache")"
    new=$(mktemp -d "$cache.XXXXXX")
    trap 'rm -rf "$new"' EXIT
    GOBIN=$new go install "github.com/rhysd/actionlint/cmd/actionlint@v$actionlint"
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --target "$new/python" "zizmor==$zizmor"
    # Another run may have been first.
    mv -T "$new" "$cache" 2>/dev/null || true
fi
"$cache/actionlint"
"$cache/python/bin/zizmor" --offline --no-progress --quiet .github/workflows 2>/dev/null || {
    "$cache/python/bin/zizmor" --offline --no-progress .github/workflows
    exit 1
}
