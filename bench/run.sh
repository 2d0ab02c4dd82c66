#!/usr/bin/env bash
# Times `mesh up` against bench/plain.sh on the same bare lab clusters, in turns, and prints the ratio.
#
#   bench/run.sh [ROUNDS]     3 rounds by default
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-3}
export PATH="$PWD/node_modules/.bin:$PATH"
tsx lab/main.ts build --only helm
tsx lab/main.ts up
eval "$(tsx lab/main.ts env)"

# An earlier mesh would turn the first round into an update.
tsx cli/main.ts destroy >/dev/null

first_200() {
    local tries
    for tries in $(seq 300); do
        if [ "$(kubectl --kubeconfig .lab/cluster1/kubeconfig exec -n foo deployment/sleep -c sleep -- \
            curl -s -o /dev/null -m 3 -w '%{http_code}' http://httpbin.bar.global:8000/headers 2>/dev/null)" = 200 ]; then return; fi
        sleep 0.2
    done
    echo "no 200 after $tries tries" >&2
    return 1
}

no_crds() {
    local cluster
    for cluster in cluster1 cluster2; do
        kubectl --kubeconfig ".lab/$cluster/kubeconfig" get crd -o name | awk '/istio.io$/' |
            xargs -r kubectl --kubeconfig ".lab/$cluster/kubeconfig" delete >/dev/null
    done
}

# timed NAME COMMAND...: runs it and adds its seconds to $seconds_NAME
timed() {
    local name=$1 start=$EPOCHREALTIME
    shift
    "$@" >"$log/$name.log" 2>&1 || { tail -20 "$log/$name.log"; exit 1; }
    awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f\n", b - a }' | tee -a "$log/$name"
}

mesh_up() { tsx cli/main.ts up && first_200; }

log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
for round in $(seq "$rounds"); do
    no_crds
    printf 'round %d: mesh up     ' "$round"
    timed mesh mesh_up
    tsx cli/main.ts destroy >/dev/null
    no_crds
    printf 'round %d: plain script ' "$round"
    timed plain bench/plain.sh up
    bench/plain.sh down
done
median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
awk -v mesh="$(median "$log/mesh")" -v plain="$(median "$log/plain")" \
    'BEGIN { printf "median: mesh up %.1f s, plain script %.1f s, ratio %.2f\n", mesh, plain, mesh / plain }'
