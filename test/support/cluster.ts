import * as tls from "node:tls";
import { type ClusterAccess, getJson, kubectl } from "../../kube/kubectl";
import { kubeconfigPath } from "../../lab/paths";

/** How to reach a cluster of the lab. */
export function access(cluster: string): ClusterAccess {
    return { kubeconfig: kubeconfigPath(cluster), context: cluster };
}

/** Runs kubectl on a cluster of the lab. */
export function onCluster(
    cluster: string,
    args: readonly string[],
    options: { input?: string; timeoutSeconds?: number } = {},
): Promise<string> {
    return kubectl(access(cluster), args, options);
}

/** Runs a shell script in a container of the first pod of a Deployment, and returns what it writes. */
export function inPod(
    cluster: string,
    { namespace, name, container = name }: { namespace: string; name: string; container?: string },
    script: string,
    timeoutSeconds = 60,
): Promise<string> {
    const target = name.includes("/") ? name : `deployment/${name}`;
    return onCluster(
        cluster,
        ["exec", "-n", namespace, target, "-c", container, "--", "sh", "-c", `{ ${script}; } 2>&1`],
        { timeoutSeconds },
    );
}

/** What the administration port of a proxy answers, for the first pod of a Deployment. */
export function proxyAdmin(
    cluster: string,
    { namespace, name }: { namespace: string; name: string },
    path: string,
): Promise<string> {
    return onCluster(
        cluster,
        [
            ...["exec", "-n", namespace, `deployment/${name}`, "-c", "istio-proxy"],
            ...["--", "pilot-agent", "request", "GET", path],
        ],
        { timeoutSeconds: 30 },
    );
}

/** What a cluster held at one moment, of all that a mesh could leave behind. */
export interface Inventory {
    /** The cluster DNS's Corefile. */
    readonly corefile: string;
    /** Specification of the cluster DNS's Deployment. */
    readonly dnsDeployment: unknown;
    /** `KIND NAMESPACE/NAME` of each object, sorted. */
    readonly objects: readonly string[];
}

const inventoried = [
    ...["namespaces", "mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
    ...["clusterroles", "clusterrolebindings", "roles", "rolebindings", "serviceaccounts"],
    ...["configmaps", "secrets", "services", "endpointslices", "deployments", "daemonsets", "statefulsets"],
    ...["horizontalpodautoscalers", "poddisruptionbudgets", "networkpolicies", "leases"],
];

interface Listed {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Records what a cluster holds. */
export async function inventory(cluster: string): Promise<Inventory> {
    const [corefile, deployment, list] = await Promise.all([
        readCorefile(cluster),
        getJson<{ spec: unknown }>(
            access(cluster),
            "/apis/apps/v1/namespaces/kube-system/deployments/coredns",
        ),
        onCluster(cluster, ["get", inventoried.join(","), "--all-namespaces", "-o", "json"]),
    ]);
    const { items } = JSON.parse(list) as { readonly items: readonly Listed[] };
    return {
        corefile,
        dnsDeployment: deployment.spec,
        objects: items
            .map(({ kind, metadata: { namespace = "", name } }) => `${kind} ${namespace}/${name}`)
            .sort(),
    };
}

const corefilePath = "/api/v1/namespaces/kube-system/configmaps/coredns";

/** The cluster DNS's Corefile, byte for byte. */
export async function readCorefile(cluster: string): Promise<string> {
    const { data } = await getJson<{ data: { Corefile: string } }>(access(cluster), corefilePath);
    return data.Corefile;
}

/** Changes the Corefile as somebody with an editor would. */
export async function editCorefile(cluster: string, change: (corefile: string) => string): Promise<void> {
    const Corefile = change(await readCorefile(cluster));
    const patch = JSON.stringify({ data: { Corefile } });
    await onCluster(cluster, [
        "patch",
        "configmap",
        "coredns",
        "-n",
        "kube-system",
        "--type=merge",
        "-p",
        patch,
    ]);
}

/** Names of the resource definitions that Istio's base chart installs. */
export async function istioDefinitions(cluster: string): Promise<readonly string[]> {
    const names = await onCluster(cluster, ["get", "customresourcedefinitions", "-o", "name"]);
    return names
        .split("\n")
        .filter((name) => name.endsWith(".istio.io"))
        .map((name) => name.replace(/^.*\//, ""));
}

/** Every value of every secret of a cluster, decoded, by `NAMESPACE/NAME KEY`. */
export async function secretValues(cluster: string): Promise<ReadonlyMap<string, string>> {
    interface Secret extends Listed {
        readonly data?: Readonly<Record<string, string>>;
    }
    const { items } = await getJson<{ items: readonly Secret[] }>(access(cluster), "/api/v1/secrets");
    return new Map(
        items.flatMap(({ metadata: { namespace = "", name }, data = {} }) =>
            Object.entries(data).map(([key, value]): [string, string] => [
                `${namespace}/${name} ${key}`,
                Buffer.from(value, "base64").toString(),
            ]),
        ),
    );
}

/** What came of a TLS connection. */
export interface Handshake {
    /** Alternative names of the other side's certificate; undefined when none was shown. */
    readonly subjectAltName?: string;
    /** Bytes of application data that came back. */
    readonly received: number;
    /** Status of the HTTP answer; undefined when there was none. */
    readonly status?: number;
    /** How it ended. */
    readonly end: string;
}

/** What a client shows in the handshake. */
export interface ClientHello {
    /** Protocols that it offers. By default Istio's own, without which the gateway drops every connection. */
    readonly alpn?: readonly string[];
    /** Its certificate with the chain, and its key, PEM. None by default. */
    readonly certificate?: { readonly chain: string; readonly key: string };
}

/** Opens a TLS connection, sends an HTTP request on it, and waits for the end. */
export function handshake(
    host: string,
    port: number,
    servername: string,
    { alpn = ["istio"], certificate }: ClientHello = {},
): Promise<Handshake> {
    return new Promise((resolve) => {
        let subjectAltName: string | undefined;
        let received = 0;
        let status: number | undefined;
        const socket = tls.connect({
            host,
            port,
            servername,
            ALPNProtocols: [...alpn],
            cert: certificate?.chain,
            key: certificate?.key,
            rejectUnauthorized: false,
            timeout: 5000,
        });
        const finish = (end: string) => {
            socket.destroy();
            resolve({
                ...(subjectAltName !== undefined && { subjectAltName }),
                received,
                ...(status !== undefined && { status }),
                end,
            });
        };
        socket.on("secureConnect", () => {
            subjectAltName = socket.getPeerX509Certificate()?.subjectAltName;
            socket.write(`GET / HTTP/1.1\r\nHost: ${servername}\r\nConnection: close\r\n\r\n`);
        });
        socket.on("data", (data: Buffer) => {
            if (received === 0) {
                const [, code] = /^HTTP\/1\.1 (\d{3})/.exec(data.toString("latin1")) ?? [];
                if (code !== undefined) status = Number(code);
            }
            received += data.length;
        });
        socket.on("error", (error: NodeJS.ErrnoException) => {
            finish(error.code ?? error.message);
        });
        socket.on("timeout", () => {
            finish("timeout");
        });
        socket.on("close", () => {
            finish("closed");
        });
    });
}
