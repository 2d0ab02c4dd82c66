#!/bin/bash
# First process of a node: runs as process 1 in its own network, mount, host name, IPC and process namespaces.
#
#   init.sh NODE_DIR NAME ADDRESS/PREFIX GATEWAY BALANCER_ADDRESSES KUBELET KUBEADM KUBECTL
#
# BALANCER_ADDRESSES is one word, the last three arguments of loadBalancer.sh: "PREFIX FIRST COUNT".
#
# NODE_DIR is the node's folder on the machine. The machine's files are the node's too, except /var (NODE_DIR/var),
# /run (empty) and /etc (the machine's, changes stay in the node). The folder and the settings come from create.ts.
set -eu
umask 022
# Containers inherit the limit of open files, and that of a login shell is too low for a proxy.
limit=$(ulimit -Hn)
if [ "$limit" = unlimited ] || [ "$limit" -gt 65536 ]; then limit=65536; fi
ulimit -Sn "$limit"
dir=$1 name=$2 address=$3 gateway=$4 kubelet=$6 kubeadm=$7 kubectl=$8
read -ra balancerAddresses <<<"$5"

# The new /run is put together below NODE_DIR, because the binaries themselves may lie below the machine's /run or /var.
mount -t tmpfs -o mode=755 tmpfs "$dir/run"
mkdir -p "$dir"/run/imc/{bin,config,var,etc/upper,etc/work,sysctl}
cp -r "$dir/config/." "$dir/run/imc/config"
cp "$(dirname "$0")/loadBalancer.sh" "$dir/run/imc/bin/"
for binary in "$kubelet" "$kubeadm" "$kubectl"; do
    target="$dir/run/imc/bin/$(basename "$binary")"
    touch "$target"
    mount --bind "$binary" "$target"
done
mount --bind "$dir/var" "$dir/run/imc/var"
mount --rbind "$dir/run" /run
mount --bind /run/imc/var /var
ln -s /run /var/run
mkdir -p /var/tmp /var/log /var/lib/kubelet

mount -t overlay -o lowerdir=/etc,upperdir=/run/imc/etc/upper,workdir=/run/imc/etc/work overlay /etc
rm -f /etc/resolv.conf /etc/hosts
cp /run/imc/config/resolv.conf /etc/resolv.conf
printf '127.0.0.1 localhost\n%s %s\n' "${address%/*}" "$name" >/etc/hosts
mkdir -p /etc/cni/net.d /etc/kubernetes
find /etc/cni/net.d -mindepth 1 -delete
cp /run/imc/config/cni.conflist /etc/cni/net.d/10-pods.conflist
hostname "$name"

# kubelet wants these settings and would write them, for the whole machine. It sees them as wanted instead.
while read -r key value; do
    echo "$value" >"/run/imc/sysctl/$(basename "$key")"
    mount --bind "/run/imc/sysctl/$(basename "$key")" "/proc/sys/$key"
done <<END
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
END

# Volumes that are mounted later have to show up in containers that ask for it.
mount --make-rshared /

# Every node is its own router; the machine's own forwarding stays as it is. What can't be reached is refused each time.
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 0 >/proc/sys/net/ipv4/icmp_ratelimit
ip link set lo up
until ip link show eth0 >/dev/null 2>&1; do sleep 0.05; done
ip address add "$address" dev eth0
ip link set eth0 up

# The default route is for the node's own processes only, which need one to call a service's address (it is translated
# after a route was found). For pods it would mean silence: no packet leaves the machine, and a call to a service that
# kube-proxy does not know yet would wait half a minute, where it now fails and is tried again. CoreDNS starts like that.
ip route add default via "$gateway" table 100
ip rule add iif lo lookup 100 pref 40000

# No init system: a service that ends is started again after a second.
keepRunning() {
    while :; do
        "$@" || true
        sleep 1
    done
}

runKubelet() {
    # shellcheck source=/dev/null
    . /var/lib/kubelet/kubeadm-flags.env
    # shellcheck disable=SC2086
    /run/imc/bin/kubelet --config=/var/lib/kubelet/config.yaml --kubeconfig=/etc/kubernetes/kubelet.conf \
        --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf $KUBELET_KUBEADM_ARGS
}

keepRunning containerd --config /run/imc/config/containerd.toml >>/var/log/containerd.log 2>&1 &

# kubeadm writes this file last, then waits for the kubelet.
until [ -s /var/lib/kubelet/config.yaml ]; do sleep 0.1; done
keepRunning runKubelet >>/var/log/kubelet.log 2>&1 &

# A watch that asks for an API server that is not there yet only ends and begins again.
keepRunning bash /run/imc/bin/loadBalancer.sh "/run/imc/bin/$(basename "$kubectl")" "${balancerAddresses[@]}" \
    >>/var/log/load-balancer.log 2>&1 &

# Process 1 inherits the orphans of all containers; waiting is what lets them end.
while :; do wait || true; done
