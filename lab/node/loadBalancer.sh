#!/bin/bash
# The lab's stand-in of a cloud's load balancer, one in each node: gives every Service of type LoadBalancer an address of
# its own, on which kube-proxy then serves it.
#
#   loadBalancer.sh KUBECTL PREFIX FIRST COUNT
#
# The addresses are PREFIX.FIRST and the COUNT - 1 after it, such as 172.30.0.120 to 172.30.0.129. Which one belongs to
# whom stands in the Services alone: an end at any moment loses nothing, and the next start goes on from there.
#
# Some clouds report a name instead of an address. A Service with the annotation lab.istio-multicluster/hostname gets that
# name reported; since kube-proxy serves only reported addresses, the Service gets its own as an external one.
set -u
export KUBECONFIG=/etc/kubernetes/admin.conf
kubectl=$1 prefix=$2 first=$3 count=$4

# NAMESPACE NAME ADDRESS EXTERNAL HOSTNAME REPORTED-HOSTNAME for each Service of that type; "-" for none.
services() {
    "$kubectl" get services --all-namespaces --no-headers -o "custom-columns=T:.spec.type,\
NS:.metadata.namespace,N:.metadata.name,A:.status.loadBalancer.ingress[0].ip,E:.spec.externalIPs[0],\
H:.metadata.annotations.lab\.istio-multicluster/hostname,R:.status.loadBalancer.ingress[0].hostname" |
        sed 's/<none>/-/g' |
        while read -r type rest; do
            if [ "$type" = LoadBalancer ]; then echo "$rest"; fi
        done
    return "${PIPESTATUS[0]}"
}

# The load balancer's addresses that this node has.
present() {
    ip -o -4 address show dev eth0 | while read -r _ _ _ address _; do
        address=${address%/32}
        # Other addresses of the node are not its own to take away.
        if [[ $address = "$prefix".* && $address != */* ]] &&
            ((${address##*.} >= first && ${address##*.} < first + count)); then echo "$address"; fi
    done
}

# A free address that is not among the given ones.
freeAddress() {
    local last
    for ((last = first; last < first + count; last++)); do
        if [[ " $* " != *" $prefix.$last "* ]]; then
            echo "$prefix.$last"
            return
        fi
    done
    return 1
}

# assign NAMESPACE NAME ADDRESS HOSTNAME: an empty hostname reports the address itself.
assign() {
    local ingress="{\"ip\":\"$3\"}"
    echo "$1/$2: $3${4:+, reported as $4}"
    if [ -n "$4" ]; then
        ingress="{\"hostname\":\"$4\"}"
        "$kubectl" patch service "$2" -n "$1" --type=merge -p "{\"spec\":{\"externalIPs\":[\"$3\"]}}"
    fi
    "$kubectl" patch service "$2" -n "$1" --subresource=status --type=merge \
        -p "{\"status\":{\"loadBalancer\":{\"ingress\":[$ingress]}}}"
}

reconcile() {
    local list namespace name address external hostname reported used=()
    list=$(services) || return
    while read -r _ _ address external hostname _; do
        if [ "${hostname:--}" != - ]; then address=$external; fi
        used+=("$address")
    done <<<"$list"
    while read -r namespace name address external hostname reported; do
        if [ -z "$namespace" ]; then continue; fi
        if [ "$hostname" = - ]; then hostname=; else address=$external; fi
        if [ "$address" = - ] || { [ -n "$hostname" ] && [ "$reported" != "$hostname" ]; }; then
            if [ "$address" = - ]; then
                if ! address=$(freeAddress "${used[@]}"); then
                    echo "$namespace/$name: all $count addresses are in use"
                    continue
                fi
                used+=("$address")
            fi
            assign "$namespace" "$name" "$address" "$hostname"
        fi
        if ! present | grep -qxF "$address"; then ip address add "$address/32" dev eth0; fi
    done <<<"$list"
    for address in $(present); do
        if [[ " ${used[*]} " != *" $address "* ]]; then
            echo "$address is free again"
            ip address delete "$address/32" dev eth0
        fi
    done
}

# One line for each change of a Service. The API server ends a watch after a while; init.sh then starts this again.
"$kubectl" get services --all-namespaces --watch --no-headers -o custom-columns=T:.spec.type |
    while read -r type; do
        if [ "$type" = LoadBalancer ] || [ -n "$(present)" ]; then reconcile; fi
    done
