import assert from "node:assert/strict";
import type { CaOutputs, ClusterOutputs } from "../../../lib/mesh/contract";
import { clientCertificate, type KeyPair, strangeAuthority } from "../../support/clientCertificate";
import { type ClientHello, type Handshake, handshake, onCluster } from "../../support/cluster";
import {
    type Changes,
    type Cluster,
    type LabMesh,
    replacePods,
    serverOf,
    sleep,
} from "../../support/labMesh";
import type { Settings } from "../../support/program";

const host = serverOf("cluster2");
const url = `http://${host}:8000/headers`;
const sni = `outbound_.8000_._.${host}`;
const clusters: readonly Cluster[] = ["cluster1", "cluster2", "cluster3"];
const trustDomainOf = (cluster: Cluster) => `${cluster}.mesh`;
const sleepOf = (cluster: Cluster) => `spiffe://${trustDomainOf(cluster)}/ns/foo/sa/sleep`;

/** Who may call an exported service, and who gets how far. */
export function security(mesh: LabMesh): void {
    describe("with a trust domain for each cluster, and callers that are named", () => {
        let gateway: ClusterOutputs["gateway"];
        let authorities: ReadonlyMap<Cluster, KeyPair>;

        it("comes up", async () => {
            mesh.configure(settings(mesh));
            await mesh.up();
            await takeTrustDomains();
            ({ gateway } = await mesh.project.outputs<ClusterOutputs>("cluster2"));
            const { intermediates } = await mesh.project.outputs<CaOutputs>("ca");
            authorities = new Map(
                clusters.map((cluster) => {
                    const { certPem = "", privateKeyPem = "" } = intermediates[cluster] ?? {};
                    return [cluster, { certPem, keyPem: privateKeyPem }];
                }),
            );
        });

        it("lets in the caller that is named, and the same name of another cluster not", async () => {
            const fromAnother = `${host} from cluster3's foo/sleep, where cluster1's is named`;
            mesh.check(
                `${host} from cluster1's foo/sleep, which is named`,
                "200",
                await mesh.call("cluster1", url),
            );
            mesh.check(fromAnother, "403", await mesh.call("cluster3", url, "403"));
        });

        it("lets no byte through without the right name, protocol and certificate", async () => {
            const [address = ""] = gateway.addresses;
            const identity = sleepOf("cluster1");
            const good = clientCertificate(identity, authority("cluster1"));
            const connect = (name: string, hello: ClientHello) =>
                handshake(address, gateway.port, name, hello);
            const before = await requests();
            const named = await connect(sni, { certificate: good });
            mesh.check(
                "a certificate of cluster1's CA in the name of its foo/sleep",
                "HTTP 200",
                answer(named),
            );
            const refused: readonly (readonly [string, string, ClientHello])[] = [
                [
                    "a service that is not exported",
                    "outbound_.8000_._.other.bar.global",
                    { certificate: good },
                ],
                ["a port that is not exported", `outbound_.8080_._.${host}`, { certificate: good }],
                ["istiod", "outbound_.15012_._.istiod.istio-system.svc.cluster.local", { certificate: good }],
                ["a server name that is no Istio name", host, { certificate: good }],
                ["no ALPN", sni, { alpn: [], certificate: good }],
                ["the ALPN of a browser", sni, { alpn: ["h2", "http/1.1"], certificate: good }],
                ["no client certificate", sni, {}],
                ["no client certificate, and a browser's ALPN too", sni, { alpn: ["h2", "istio"] }],
                [
                    "a certificate of another root, in the right name",
                    sni,
                    { certificate: clientCertificate(identity, strangeAuthority()) },
                ],
                [
                    "a certificate of the right root, with a trust domain that is not accepted",
                    sni,
                    {
                        certificate: clientCertificate(
                            "spiffe://elsewhere.mesh/ns/foo/sa/sleep",
                            authority("cluster1"),
                        ),
                    },
                ],
            ];
            for (const [what, name, hello] of refused) {
                mesh.check(what, "no answer", answer(await connect(name, hello)));
            }
            const other = `spiffe://${trustDomainOf("cluster1")}/ns/foo/sa/other`;
            const wrong = clientCertificate(other, authority("cluster1"));
            mesh.check(
                "a certificate of the right root, of another service account",
                "HTTP 403",
                answer(await connect(sni, { certificate: wrong })),
            );
            mesh.check(
                "requests that reached the workload in all of these",
                "1",
                String((await requests()) - before),
            );
        });

        it("can't tell apart what another cluster's certificate authority signs", async () => {
            const [address = ""] = gateway.addresses;
            const forged = clientCertificate(sleepOf("cluster1"), authority("cluster3"));
            mesh.check(
                "cluster1's foo/sleep, signed by cluster3's certificate authority",
                "HTTP 200",
                answer(await handshake(address, gateway.port, sni, { certificate: forged })),
            );
        });

        it("does not call a workload that has another identity than the export says", async () => {
            await serviceAccount("default");
            mesh.check(
                "pods behind the export with another service account",
                "503",
                await mesh.call("cluster1", url, "503"),
            );
            mesh.check("requests that reached these pods", "0", String(await requests()));
            // Whoever does not look at their identity reaches them, so that is what the caller's sidecar refuses.
            const [address = ""] = gateway.addresses;
            const certificate = clientCertificate(sleepOf("cluster1"), authority("cluster1"));
            const careless = await handshake(address, gateway.port, sni, { certificate });
            mesh.check(
                "the same pods, called by a client that pins no identity",
                "HTTP 200 from URI:spiffe://cluster2.mesh/ns/bar/sa/default",
                `${answer(careless)} from ${careless.subjectAltName ?? "nobody"}`,
            );
            mesh.check("the caller after that", "503", await mesh.call("cluster1", url, "200", 3));
            await serviceAccount("httpbin");
            mesh.check("the right service account again", "200", await mesh.call("cluster1", url));
        });

        it("goes back to one trust domain", async () => {
            mesh.configure();
            await mesh.up();
            await takeTrustDomains();
            mesh.check(
                `${host} from cluster1, with one trust domain again`,
                "200",
                await mesh.call("cluster1", url),
            );
        });

        function authority(cluster: Cluster): KeyPair {
            const found = authorities.get(cluster);
            assert.ok(found);
            return found;
        }
    });
}

/** Each cluster with its own trust domain; cluster2 lets in cluster1's sleep alone, and cluster3 tries too. */
function settings(mesh: LabMesh): Changes {
    const own = (cluster: Cluster): Settings => ({
        mesh: { trustDomain: trustDomainOf(cluster), acceptedTrustDomains: clusters.map(trustDomainOf) },
    });
    const list = (cluster: Cluster, key: string) => mesh.settings(cluster)[key] as readonly Settings[];
    const allowedFrom = [{ cluster: "cluster1", namespace: "foo", serviceAccount: "sleep" }];
    return {
        cluster1: own("cluster1"),
        cluster2: {
            ...own("cluster2"),
            exports: list("cluster2", "exports").map((entry) => ({ ...entry, allowedFrom })),
        },
        cluster3: {
            ...own("cluster3"),
            imports: [
                ...list("cluster3", "imports"),
                { service: "httpbin", namespace: "bar", from: "cluster2" },
            ],
        },
    };
}

/** Restarts what holds identities of the trust domain before: istiod first, then those who call and are called. */
async function takeTrustDomains(): Promise<void> {
    await Promise.all(
        clusters.map(async (cluster) => {
            await restart(cluster, "istio-system", "istiod");
            if (cluster === "cluster2") await restart(cluster, "bar", "httpbin");
            else await restart(cluster, sleep.namespace, sleep.name);
        }),
    );
}

function restart(cluster: Cluster, namespace: string, deployment: string): Promise<void> {
    return replacePods(cluster, namespace, deployment, ["rollout", "restart", `deployment/${deployment}`]);
}

/** Gives cluster2's httpbin another service account. */
async function serviceAccount(name: string): Promise<void> {
    await replacePods("cluster2", "bar", "httpbin", ["set", "serviceaccount", "deployment/httpbin", name]);
}

/** Requests that cluster2's httpbin has logged since its pod started. */
async function requests(): Promise<number> {
    const log = await onCluster("cluster2", ["logs", "deployment/httpbin", "-n", "bar", "-c", "httpbin"]);
    return log.split("\n").filter((line) => line.includes("GET")).length;
}

/** What came back over a connection. */
function answer({ received, status }: Handshake): string {
    if (received === 0) return "no answer";
    return status === undefined ? `${received} bytes` : `HTTP ${status}`;
}
