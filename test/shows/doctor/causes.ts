import assert from "node:assert/strict";
import type { Code } from "../../../lib/doctor/codes";
import { editCorefile, onCluster } from "../../support/cluster";
import { sleep } from "../../support/labMesh";
import type { Settings } from "../../support/program";
import { type Patient, someName } from "./patient";

/** A cause, and the step that is named for it. */
export interface Cause {
    readonly what: string;
    readonly expected: Code;
    readonly make: (patient: Patient) => Promise<void>;
    /** Does what the text says, and nothing else. */
    readonly step: (patient: Patient, said: string) => Promise<void>;
    /** Path of the request, where another one than that of the others. */
    readonly path?: string;
}

const networking = "networking.istio.io/v1";
const security = "security.istio.io/v1";
const object = (apiVersion: string, kind: string, namespace: string, spec: object) => ({
    ...{ apiVersion, kind, spec },
    metadata: { name: someName(), namespace },
});

/** The named step is to take out or to correct what was made: that undoes it. */
export const undone = (patient: Patient) => patient.undo();
/** The named step is a command, which stands at the end of it. */
export const asPrinted = (patient: Patient, said: string) =>
    patient.asPrinted(said.slice(said.indexOf(": ") + 2));

const annotated = (value: string | null) => ({
    spec: { template: { metadata: { annotations: { "sidecar.istio.io/inject": value } } } },
});
const labelled = (value: string | null) => ({
    spec: { template: { metadata: { labels: { "sidecar.istio.io/inject": value } } } },
});
const withEnv = (...env: readonly object[]) => ({
    spec: { template: { spec: { containers: [{ name: "httpbin", env }] } } },
});
const withoutEnv = (name: string) => withEnv({ $patch: "delete", name });
const unready = { exec: { command: ["false"] }, periodSeconds: 1 };
const withProbe = (readinessProbe: object | null) => ({
    spec: { template: { spec: { containers: [{ name: "httpbin", readinessProbe }] } } },
});
const peer = (patient: Patient, spec: object) =>
    patient.apply(patient.server, object(security, "PeerAuthentication", patient.namespace, spec));
const rule = (patient: Patient, spec: object) =>
    patient.apply(
        patient.caller,
        object(networking, "DestinationRule", sleep.namespace, { host: patient.host, ...spec }),
    );
const entry = (patient: Patient, namespace: string, spec: object = {}) =>
    patient.apply(
        patient.caller,
        object(networking, "ServiceEntry", namespace, {
            hosts: [patient.host],
            location: "MESH_INTERNAL",
            resolution: "STATIC",
            ports: [{ name: "http1", number: 8000, protocol: "HTTP" }],
            endpoints: [{ address: "172.30.0.1" }],
            ...spec,
        }),
    );
const routes = (patient: Patient, http: readonly object[]) =>
    patient.apply(
        patient.caller,
        object(networking, "VirtualService", sleep.namespace, { hosts: [patient.host], http }),
    );
const sidecar = (patient: Patient, spec: object) =>
    patient.apply(patient.caller, object(networking, "Sidecar", sleep.namespace, spec));
const policy = (patient: Patient, spec: object) =>
    patient.apply(patient.server, object(security, "AuthorizationPolicy", patient.namespace, spec));
export const scaled =
    (cluster: "caller" | "server", namespace: string, name: string, replicas = 1) =>
    async (patient: Patient) => {
        const where = patient[cluster];
        const args = (count: number) => [
            "scale",
            `deployment/${name}`,
            "-n",
            namespace === "" ? patient.namespace : namespace,
            `--replicas=${count}`,
        ];
        await patient.kubectl(where, args(0), args(replicas));
        const place = namespace === "" ? patient.namespace : namespace;
        await onCluster(
            where,
            [
                "wait",
                "pod",
                "-n",
                place,
                "-l",
                name === "coredns" ? "k8s-app=kube-dns" : `app=${name}`,
                "--for=delete",
                "--timeout=60s",
            ],
            { timeoutSeconds: 70 },
        );
    };
const deleted = (cluster: "caller" | "server", kind: string, namespace: string) => (patient: Patient) =>
    patient.kubectl(patient[cluster], [
        "delete",
        kind,
        kind === "gateway.networking.istio.io" ? "istio-eastwestgateway" : patient.host,
        "-n",
        namespace === "" ? patient.namespace : namespace,
    ]);
export const refreshed = async (patient: Patient, said: string) => {
    assert.match(said, /npm run mesh -- up --refresh/);
    await asPrinted(patient, said);
};

/** Each cause that the lab can make, most in two ways. */
export const causes: readonly Cause[] = [
    {
        what: "no pod of the server",
        expected: "no-pods",
        make: scaled("server", "", "httpbin"),
        step: undone,
    },
    {
        what: "an annotation that switches injection off",
        expected: "injection-off",
        make: (patient) => patient.repodServer(annotated("false"), annotated(null)),
        step: undone,
    },
    {
        what: "a label that switches injection off",
        expected: "injection-off",
        make: (patient) => patient.repodServer(labelled("false"), labelled(null)),
        step: undone,
    },
    {
        what: "a namespace without its label, and a restart",
        expected: "injection-label-missing",
        make: async (patient) => {
            await patient.kubectl(patient.server, [
                "label",
                "namespace",
                patient.namespace,
                "istio-injection-",
            ]);
            await patient.repodServer({}, {});
        },
        step: asPrinted,
    },
    {
        what: "no injector, and a restart",
        expected: "injector-missing",
        make: async (patient) => {
            await patient.kubectl(patient.server, [
                "delete",
                "mutatingwebhookconfiguration",
                "istio-sidecar-injector",
            ]);
            await patient.repodServer({}, {});
        },
        step: refreshed,
    },
    {
        what: "a server that is never ready",
        expected: "pod-not-ready",
        make: (patient) => patient.repodServer(withProbe(unready), withProbe(null)),
        step: undone,
    },
    {
        what: "another service account",
        expected: "other-service-account",
        make: (patient) =>
            patient.repodServer(
                {
                    spec: {
                        template: { spec: { serviceAccountName: "default", serviceAccount: "default" } },
                    },
                },
                {
                    spec: {
                        template: { spec: { serviceAccountName: "httpbin", serviceAccount: "httpbin" } },
                    },
                },
            ),
        step: undone,
    },
    {
        what: "a server on another port",
        expected: "nothing-listens",
        make: (patient) => patient.repodServer(withEnv({ name: "PORT", value: "9090" }), withoutEnv("PORT")),
        step: undone,
    },
    {
        what: "a server on loopback alone",
        expected: "listens-on-loopback",
        make: (patient) =>
            patient.repodServer(withEnv({ name: "HOST", value: "127.0.0.1" }), withoutEnv("HOST")),
        step: undone,
    },
    {
        what: "a PeerAuthentication of the namespace",
        expected: "mutual-tls-off",
        make: (patient) => peer(patient, { mtls: { mode: "DISABLE" } }),
        step: undone,
    },
    {
        what: "a PeerAuthentication of the port",
        expected: "mutual-tls-off",
        make: (patient) =>
            peer(patient, {
                selector: { matchLabels: { app: "httpbin" } },
                mtls: { mode: "STRICT" },
                portLevelMtls: { 8080: { mode: "DISABLE" } },
            }),
        step: undone,
    },
    {
        what: "a DestinationRule without TLS",
        expected: "rule-without-mutual-tls",
        make: (patient) => rule(patient, { trafficPolicy: { tls: { mode: "DISABLE" } } }),
        step: undone,
    },
    {
        what: "a DestinationRule with TLS of its own, for a port",
        expected: "rule-without-mutual-tls",
        make: (patient) =>
            rule(patient, {
                trafficPolicy: { portLevelSettings: [{ port: { number: 8000 }, tls: { mode: "SIMPLE" } }] },
            }),
        step: undone,
    },
    {
        what: "somebody's ServiceEntry in the caller's namespace",
        expected: "host-taken-by-service-entry",
        make: (patient) => entry(patient, sleep.namespace, { exportTo: ["."] }),
        step: undone,
    },
    {
        what: "somebody's ServiceEntry beside the mesh's",
        expected: "host-taken-by-service-entry",
        make: (patient) => entry(patient, "default", { exportTo: [sleep.namespace] }),
        step: undone,
    },
    {
        what: "a VirtualService that fails requests",
        expected: "host-routed-by-virtual-service",
        make: (patient) =>
            routes(patient, [
                {
                    fault: { abort: { httpStatus: 503, percentage: { value: 100 } } },
                    route: [{ destination: { host: patient.host } }],
                },
            ]),
        step: undone,
    },
    {
        what: "a VirtualService that takes no such path",
        expected: "host-routed-by-virtual-service",
        make: (patient) =>
            routes(patient, [
                { match: [{ uri: { prefix: "/v2" } }], route: [{ destination: { host: patient.host } }] },
            ]),
        step: undone,
    },
    {
        what: "a VirtualService to a subset that isn't there",
        expected: "host-routed-by-virtual-service",
        make: (patient) =>
            routes(patient, [{ route: [{ destination: { host: patient.host, subset: "v7" } }] }]),
        step: undone,
    },
    {
        what: "a Sidecar of the namespace",
        expected: "host-hidden-by-sidecar-resource",
        make: (patient) => sidecar(patient, { egress: [{ hosts: ["./*"] }] }),
        step: undone,
    },
    {
        what: "a Sidecar of the pods",
        expected: "host-hidden-by-sidecar-resource",
        make: (patient) =>
            sidecar(patient, {
                workloadSelector: { labels: { app: sleep.name } },
                egress: [{ hosts: ["*/*.svc.cluster.local"] }],
            }),
        step: undone,
    },
    {
        what: "an EnvoyFilter that fails requests",
        expected: "envoy-filter",
        make: (patient) =>
            patient.apply(
                patient.caller,
                object("networking.istio.io/v1alpha3", "EnvoyFilter", sleep.namespace, faultFilter),
            ),
        step: undone,
    },
    {
        what: "a WorkloadEntry with the server's labels",
        expected: "workload-entry-joins",
        make: (patient) =>
            patient.apply(
                patient.server,
                object(networking, "WorkloadEntry", patient.namespace, {
                    address: "172.30.0.1",
                    labels: { app: "httpbin", "security.istio.io/tlsMode": "istio" },
                }),
            ),
        step: undone,
    },
    {
        what: "a policy that denies",
        expected: "policy-denies",
        make: (patient) =>
            policy(patient, {
                action: "DENY",
                rules: [{ from: [{ source: { namespaces: [sleep.namespace] } }] }],
            }),
        step: undone,
    },
    {
        what: "a policy that admits nobody",
        expected: "policy-denies",
        make: (patient) => policy(patient, {}),
        step: undone,
    },
    {
        what: "a caller that is not allowed",
        expected: "caller-not-allowed",
        make: (patient) => {
            const [exported] = patient.mesh.settings(patient.server)["exports"] as readonly Settings[];
            const allowedFrom = [{ namespace: "elsewhere", serviceAccount: "nobody" }];
            return patient.reconfigure({ [patient.server]: { exports: [{ ...exported, allowedFrom }] } });
        },
        step: undone,
    },
    {
        what: "a gateway of no pods",
        expected: "gateway-not-ready",
        make: scaled("server", "istio-system", "istio-eastwestgateway"),
        step: asPrinted,
    },
    {
        what: "a gateway's Service of another type",
        expected: "gateway-moved",
        make: (patient) =>
            patient.kubectl(patient.server, [
                ...["patch", "service", "istio-eastwestgateway", "-n", "istio-system", "--type=merge", "-p"],
                JSON.stringify({ spec: { type: "ClusterIP" } }),
            ]),
        step: refreshed,
    },
    {
        what: "no Gateway",
        expected: "gateway-without-host",
        make: deleted("server", "gateway.networking.istio.io", "istio-system"),
        step: refreshed,
    },
    {
        what: "no alias",
        expected: "alias-missing",
        make: deleted("server", "serviceentry", ""),
        step: refreshed,
    },
    {
        what: "no import",
        expected: "import-missing",
        make: deleted("caller", "serviceentry", "istio-system"),
        step: refreshed,
    },
    {
        what: "no GlobalDns",
        expected: "globaldns-not-running",
        make: scaled("caller", "istio-system", "global-dns", 1),
        step: asPrinted,
    },
    {
        what: "no cluster DNS",
        expected: "dns-not-running",
        make: scaled("caller", "kube-system", "coredns", 2),
        step: asPrinted,
    },
    {
        what: "a Corefile that was set back",
        expected: "dns-not-forwarding",
        make: async (patient) => {
            await editCorefile(patient.caller, (text) =>
                text.replace(/# BEGIN istio-multicluster[\s\S]*# END istio-multicluster.*\n/, ""),
            );
            await onCluster(patient.caller, [
                "rollout",
                "restart",
                "deployment/coredns",
                "-n",
                "kube-system",
            ]);
            await onCluster(
                patient.caller,
                ["rollout", "status", "deployment/coredns", "-n", "kube-system", "--timeout=60s"],
                { timeoutSeconds: 70 },
            );
        },
        step: refreshed,
    },
    {
        what: "a caller without its sidecar",
        expected: "caller-without-sidecar",
        make: (patient) =>
            patient.repod(patient.caller, sleep.namespace, sleep.name, annotated("false"), annotated(null)),
        step: undone,
    },
    {
        what: "HTTP that is named GRPC",
        expected: "protocol-misnamed",
        make: (patient) => {
            const [exported] = patient.mesh.settings(patient.server)["exports"] as readonly (Settings & {
                ports: readonly Settings[];
            })[];
            const ports = (exported?.ports ?? []).map((port) => ({ ...port, protocol: "GRPC" }));
            return patient.reconfigure({ [patient.server]: { exports: [{ ...exported, ports }] } });
        },
        step: undone,
    },
    {
        what: "a server that answers 503",
        expected: "application-answers",
        make: () => Promise.resolve(),
        step: () => Promise.resolve(),
        path: "/status/503",
    },
];

const faultFilter = {
    configPatches: [
        {
            applyTo: "HTTP_FILTER",
            match: {
                context: "SIDECAR_OUTBOUND",
                listener: {
                    filterChain: {
                        filter: {
                            name: "envoy.filters.network.http_connection_manager",
                            subFilter: { name: "envoy.filters.http.router" },
                        },
                    },
                },
            },
            patch: {
                operation: "INSERT_BEFORE",
                value: {
                    name: "envoy.filters.http.fault",
                    typed_config: {
                        "@type": "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault",
                        abort: { http_status: 503, percentage: { numerator: 100 } },
                    },
                },
            },
        },
    ],
};

/** Two causes at once. */
export const pairs: readonly {
    readonly what: string;
    readonly make: readonly Cause["make"][];
    readonly expected: readonly Code[];
}[] = [
    {
        what: "mutual TLS off, and a policy",
        make: [(patient) => peer(patient, { mtls: { mode: "DISABLE" } }), (patient) => policy(patient, {})],
        expected: ["mutual-tls-off", "policy-denies"],
    },
    {
        what: "no GlobalDns, and no pod of the server",
        make: [scaled("caller", "istio-system", "global-dns"), scaled("server", "", "httpbin")],
        expected: ["globaldns-not-running", "no-pods"],
    },
    {
        what: "somebody's ServiceEntry, and no Gateway",
        make: [
            (patient) => entry(patient, sleep.namespace, { exportTo: ["."] }),
            deleted("server", "gateway.networking.istio.io", "istio-system"),
        ],
        expected: ["host-taken-by-service-entry", "gateway-without-host"],
    },
];

/** Objects of somebody that are no cause of anything; gives back how they go. */
export async function lookAlikes(patient: Patient): Promise<() => Promise<void>> {
    const { host, caller, server, namespace } = patient;
    await routes(patient, [{ timeout: "5s", route: [{ destination: { host } }] }]);
    await peer(patient, { mtls: { mode: "STRICT" } });
    await policy(patient, { rules: [{ from: [{ source: { namespaces: [sleep.namespace] } }] }] });
    await patient.apply(
        server,
        object("networking.k8s.io/v1", "NetworkPolicy", namespace, {
            podSelector: {},
            ingress: [{ ports: [{ port: 8080 }] }],
        }),
    );
    await sidecar(patient, { egress: [{ hosts: ["./*", "istio-system/*"] }] });
    await patient.apply(
        caller,
        object(networking, "DestinationRule", sleep.namespace, {
            host: `other.${host}`,
            trafficPolicy: { tls: { mode: "DISABLE" } },
        }),
    );
    await entry(patient, "default", { hosts: [`other.${host}`] });
    await patient.call();
    return () => patient.undo();
}
