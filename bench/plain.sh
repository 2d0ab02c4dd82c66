#!/usr/bin/env bash
# The yardstick: the same mesh as `mesh up` makes on the lab's two clusters, by openssl, helm and kubectl, as a
# competent operator would script it: both clusters side by side, nothing waited for that need not be.
# Ends at the first 200 of httpbin.bar.global:8000 from cluster1's sleep pod.
#
#   bench/plain.sh up      from bare clusters to the first 200
#   bench/plain.sh down    back to bare clusters
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
host=httpbin.bar.global
address=240.0.0.2

k() {
    local cluster=$1
    shift
    kubectl --kubeconfig ".lab/$cluster/kubeconfig" --context "$cluster" "$@"
}

certificates() {
    openssl ecparam -name prime256v1 -genkey -noout -out "$work/root.key"
    openssl req -x509 -new -key "$work/root.key" -days 3650 -subj "/O=Istio/CN=Root CA" \
        -addext "keyUsage=critical,keyCertSign,cRLSign" -out "$work/root.pem" 2>/dev/null
    local cluster
    for cluster in cluster1 cluster2; do
        openssl ecparam -name prime256v1 -genkey -noout -out "$work/$cluster.key"
        openssl req -new -key "$work/$cluster.key" -subj "/L=$cluster/O=Istio/CN=Intermediate CA" -out "$work/$cluster.csr"
        openssl x509 -req -in "$work/$cluster.csr" -CA "$work/root.pem" -CAkey "$work/root.key" -CAcreateserial -days 365 \
            -extfile <(printf 'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign,digitalSignature\nsubjectAltName=DNS:istiod.istio-system.svc\n') \
            -out "$work/$cluster.pem" 2>/dev/null
        cat "$work/$cluster.pem" "$work/root.pem" >"$work/$cluster-chain.pem"
    done
}

control_plane() {
    local cluster=$1
    k "$cluster" create namespace istio-system >/dev/null
    k "$cluster" create secret generic cacerts -n istio-system \
        --from-file=ca-cert.pem="$work/$cluster.pem" --from-file=ca-key.pem="$work/$cluster.key" \
        --from-file=root-cert.pem="$work/root.pem" --from-file=cert-chain.pem="$work/$cluster-chain.pem" >/dev/null
    local helm=(helm --kubeconfig ".lab/$cluster/kubeconfig" --kube-context "$cluster" -n istio-system)
    "${helm[@]}" install istio-base .lab/charts/base >/dev/null
    "${helm[@]}" install istiod .lab/charts/istio-control/istio-discovery --wait \
        --set global.hub=lab.local/istio,global.tag=lab,global.imagePullPolicy=IfNotPresent \
        --set global.multiCluster.clusterName="$cluster" \
        --set telemetry.enabled=false,telemetry.v2.enabled=false \
        --set-string env.PILOT_ENABLE_METADATA_EXCHANGE=false,env.PILOT_ENABLE_ALPN_FILTER=false \
        --set-string env.ISTIO_MULTIROOT_MESH=true,meshConfig.defaultConfig.proxyMetadata.PROXY_CONFIG_XDS_AGENT=true \
        --set resources.requests.cpu=100m,resources.requests.memory=256Mi >/dev/null
}

gateway() {
    helm --kubeconfig ".lab/$1/kubeconfig" --kube-context "$1" -n istio-system install istio-eastwestgateway .lab/charts/gateway \
        --set labels.istio=eastwestgateway,imagePullPolicy=IfNotPresent,autoscaling.enabled=false \
        --set service.type=NodePort,service.ports[0].name=tls,service.ports[0].port=15443,service.ports[0].targetPort=15443 \
        --set readinessProbe.httpGet.path=/healthz/ready,readinessProbe.httpGet.port=15021,readinessProbe.periodSeconds=1 \
        --set resources.requests.cpu=50m >/dev/null
}

# dns CLUSTER: the server of the zone, and the stub in the cluster's own DNS
dns() {
    local cluster=$1
    k "$cluster" apply -f - >/dev/null <<YAML
apiVersion: v1
kind: ConfigMap
metadata: { name: global-dns, namespace: istio-system }
data:
  Corefile: "global:5353 {\n errors\n health\n ready\n file /etc/coredns/zone global\n}\n"
  zone: "\$ORIGIN global.\n\$TTL 5\n@ IN SOA global-dns.global. hostmaster.global. 1 7200 1800 86400 5\n@ IN NS global-dns.global.\n$host. IN A $address\n"
---
apiVersion: v1
kind: Service
metadata: { name: global-dns, namespace: istio-system }
spec:
  selector: { app: global-dns }
  ports:
    - { name: dns, port: 53, targetPort: 5353, protocol: UDP }
    - { name: dns-tcp, port: 53, targetPort: 5353, protocol: TCP }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: global-dns, namespace: istio-system }
spec:
  selector: { matchLabels: { app: global-dns } }
  template:
    metadata: { labels: { app: global-dns } }
    spec:
      containers:
        - name: coredns
          image: lab.local/coredns:v1.12.1
          args: [-conf, /etc/coredns/Corefile]
          volumeMounts: [{ name: config, mountPath: /etc/coredns }]
          readinessProbe: { httpGet: { path: /ready, port: 8181 }, periodSeconds: 1 }
      volumes: [{ name: config, configMap: { name: global-dns } }]
YAML
    local ip corefile
    ip=$(k "$cluster" get service -n istio-system global-dns -o 'jsonpath={.spec.clusterIP}')
    corefile=$(k "$cluster" get configmap -n kube-system coredns -o 'jsonpath={.data.Corefile}')
    k "$cluster" create configmap -n kube-system coredns --dry-run=client -o yaml \
        --from-literal=Corefile="$corefile"$'\n'"global:53 { # bench"$'\n'"    errors"$'\n'"    cache 30"$'\n'"    forward . $ip"$'\n'"}"$'\n' |
        k "$cluster" replace -f - >/dev/null
    k "$cluster" rollout restart -n kube-system deployment/coredns >/dev/null
    k "$cluster" rollout status -n kube-system deployment/coredns >/dev/null
}

# sample CLUSTER NAMESPACE APP: sleep or httpbin
sample() {
    local cluster=$1 namespace=$2 app=$3 command="" port=8080
    if [ "$app" = sleep ]; then command='command: [/bin/sleep, infinity]'; fi
    k "$cluster" apply -f - >/dev/null <<YAML
apiVersion: v1
kind: Namespace
metadata: { name: $namespace, labels: { istio-injection: enabled } }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: $app, namespace: $namespace }
---
apiVersion: v1
kind: Service
metadata: { name: $app, namespace: $namespace }
spec:
  selector: { app: $app }
  ports: [{ name: http, port: 8000, targetPort: $port }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: $app, namespace: $namespace }
spec:
  selector: { matchLabels: { app: $app } }
  template:
    metadata: { labels: { app: $app } }
    spec:
      serviceAccountName: $app
      terminationGracePeriodSeconds: 1
      containers: [{ name: $app, image: "lab.local/$app:lab", imagePullPolicy: IfNotPresent, $command }]
YAML
}

exporter() {
    k cluster2 apply -f - >/dev/null <<YAML
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: httpbin-bar-global, namespace: bar }
spec:
  hosts: [$host]
  addresses: [$address]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{ name: http1, number: 8000, targetPort: 8080, protocol: HTTP }]
  workloadSelector: { labels: { app: httpbin } }
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: istio-eastwestgateway, namespace: istio-system }
spec:
  selector: { istio: eastwestgateway }
  servers:
    - port: { name: tls, number: 15443, protocol: TLS }
      tls: { mode: AUTO_PASSTHROUGH }
      hosts: [$host]
YAML
}

importer() {
    local node port
    node=$(k cluster2 get nodes -o 'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}')
    port=$(k cluster2 get service -n istio-system istio-eastwestgateway -o 'jsonpath={.spec.ports[0].nodePort}')
    k cluster1 apply -f - >/dev/null <<YAML
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: httpbin-bar-global, namespace: istio-system }
spec:
  hosts: [$host]
  addresses: [$address]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{ name: http1, number: 8000, protocol: HTTP }]
  endpoints: [{ address: $node, ports: { http1: $port }, labels: { security.istio.io/tlsMode: istio } }]
  subjectAltNames: [spiffe://cluster.local/ns/bar/sa/httpbin]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: httpbin-bar-global, namespace: istio-system }
spec:
  host: $host
  trafficPolicy: { tls: { mode: ISTIO_MUTUAL } }
YAML
}

one_cluster() {
    control_plane "$1"
    dns "$1" &
    local resolving=$!
    gateway "$1"
    if [ "$1" = cluster1 ]; then sample cluster1 foo sleep; else
        sample cluster2 bar httpbin
        exporter
    fi
    wait "$resolving"
}

up() {
    certificates
    one_cluster cluster1 &
    local first=$!
    one_cluster cluster2
    wait "$first"
    importer
    local tries
    for tries in $(seq 300); do
        if [ "$(k cluster1 exec -n foo deployment/sleep -c sleep -- curl -s -o /dev/null -m 3 -w '%{http_code}' "http://$host:8000/headers" 2>/dev/null)" = 200 ]; then return; fi
        sleep 0.2
    done
    echo "no 200 after $tries tries" >&2
    return 1
}

# one_down CLUSTER: ends when the namespaces are gone
one_down() {
    local cluster=$1
    helm --kubeconfig ".lab/$cluster/kubeconfig" --kube-context "$cluster" -n istio-system uninstall istio-eastwestgateway istiod istio-base --ignore-not-found >/dev/null
    k "$cluster" get configmap -n kube-system coredns -o 'jsonpath={.data.Corefile}' | sed '/# bench/,$d' >"$work/$cluster-Corefile"
    k "$cluster" create configmap -n kube-system coredns --dry-run=client -o yaml --from-file=Corefile="$work/$cluster-Corefile" | k "$cluster" replace -f - >/dev/null
    k "$cluster" rollout restart -n kube-system deployment/coredns >/dev/null
    k "$cluster" delete namespace istio-system foo bar --ignore-not-found >/dev/null
    k "$cluster" get crd -o name | awk '/istio.io$/' | xargs -r kubectl --kubeconfig ".lab/$cluster/kubeconfig" delete >/dev/null
}

down() {
    one_down cluster1 &
    local first=$!
    one_down cluster2
    wait "$first"
}

"$1"
