import assert from "node:assert/strict";
import type { LivePod, LiveService } from "../../../lib/cluster/liveService";
import { exportOf } from "../../../lib/cluster/serviceExport";
import { exportSchema } from "../../../lib/config/exports";
import { declaredProtocol } from "../../../lib/istio/protocols";

type Spec = LiveService["spec"];

const service = (spec: Partial<Spec>): LiveService => ({
    metadata: { name: "web", namespace: "shop" },
    spec: { clusterIP: "10.0.0.1", selector: { app: "web" }, ports: [{ name: "http", port: 80 }], ...spec },
});
const pod = (name = "web-1", spec: Partial<LivePod["spec"]> = {}): LivePod => ({
    metadata: { name },
    spec: {
        serviceAccountName: "web",
        containers: [
            { name: "web", ports: [{ name: "main", containerPort: 8080 }] },
            { name: "istio-proxy" },
        ],
        ...spec,
    },
});
const entryOf = (spec: Partial<Spec>, pods = [pod()], ports?: readonly string[]) => {
    const found = exportOf(service(spec), pods, ports);
    assert.ok("entry" in found, JSON.stringify(found));
    assert.ok(exportSchema.safeParse(found.entry).success);
    return found;
};
const problemsOf = (spec: Partial<Spec>, pods = [pod()], ports?: readonly string[]) => {
    const found = exportOf(service(spec), pods, ports);
    assert.ok("problems" in found);
    return found.problems.map(({ path, message }) => `${path} ${message}`);
};

describe("the export of a live Service", () => {
    it("has its ports, protocols, selector and the service account of its pods", () => {
        const { entry, notes } = entryOf({
            ports: [
                { name: "http", port: 80, targetPort: "main" },
                { name: "grpc-api", port: 9090, targetPort: 9090 },
                { name: "admin", port: 81, appProtocol: "kubernetes.io/h2c", targetPort: 8081 },
            ],
        });
        assert.deepEqual(entry, {
            service: "web",
            namespace: "shop",
            selector: { app: "web" },
            serviceAccount: "web",
            ports: [
                { name: "http", number: 80, targetPort: 8080, protocol: "HTTP" },
                { name: "grpc-api", number: 9090, protocol: "GRPC" },
                { name: "admin", number: 81, targetPort: 8081, protocol: "HTTP2" },
            ],
        });
        assert.deepEqual(notes, []);
    });

    it("reads a port's protocol as Istio does", () => {
        for (const [name, appProtocol, port, protocol] of [
            ["http", undefined, 80, "HTTP"],
            ["HTTP2-x", undefined, 80, "HTTP2"],
            ["grpc-web-x", undefined, 80, "HTTP"],
            ["tcp-http", undefined, 80, "TCP"],
            ["http", "tcp", 80, "TCP"],
            ["http", "https", 80, "HTTPS"],
            ["x", "kubernetes.io/wss", 80, "HTTPS"],
            ["tls", undefined, 443, "TLS"],
            ["mongo", undefined, 27017, "MONGO"],
            ["redis", undefined, 6379, "TCP"],
            ["db", undefined, 3306, "TCP"],
            ["web", undefined, 80, undefined],
            ["httpx", undefined, 80, undefined],
            [undefined, undefined, 80, undefined],
        ] as const)
            assert.equal(declaredProtocol({ name, appProtocol, port }), protocol, name);
    });

    it("calls a port that declares no protocol TCP, and says so", () => {
        const { entry, notes } = entryOf({ ports: [{ port: 80 }] });
        assert.deepEqual(entry.ports, [{ name: "tcp-80", number: 80, protocol: "TCP" }]);
        assert.match(notes.join(), /^Port 80 declares no protocol, .* it is exported as TCP/);
    });

    it("says which pods have no sidecar", () => {
        const { notes } = entryOf({}, [pod("a", { containers: [{ name: "web" }] }), pod("b")]);
        assert.match(notes.join(), /^a has no sidecar, so that no call from another cluster gets there/);
    });

    it("can leave ports out", () => {
        const dns = [
            { name: "dns", port: 53, protocol: "UDP" },
            { name: "dns-tcp", port: 53, protocol: "TCP" },
        ];
        assert.deepEqual(entryOf({ ports: dns }, [pod()], ["dns-tcp"]).entry.ports, [
            { name: "dns-tcp", number: 53, protocol: "TCP" },
        ]);
    });

    for (const [title, spec, pods, message] of [
        [
            "is refused for no selector",
            { selector: null },
            undefined,
            "Service shop/web has no selector: its endpoints are written by hand, and an export goes by the labels of pods; give it a selector, or export a Service that has one",
        ],
        [
            "is refused for no cluster IP (headless)",
            { clusterIP: "None" },
            undefined,
            "Service shop/web is headless (clusterIP: None): its name stands for each pod by itself, and a mesh-wide name for all of them; make a second Service with the same selector and a cluster IP, and export that",
        ],
        [
            "is refused for an external name",
            { type: "ExternalName", externalName: "db.example.com" },
            undefined,
            "Service shop/web stands for db.example.com, outside of the cluster (ExternalName), so that no pod of this cluster answers for it; let callers use that name, or export the Service that is behind it",
        ],
        [
            "is refused for a UDP port",
            {
                ports: [
                    { name: "dns", port: 53, protocol: "UDP" },
                    { name: "dns-tcp", port: 53 },
                ],
            },
            undefined,
            "Service shop/web has the UDP port dns, and only TCP passes a gateway that routes by TLS server name; leave it out by naming the others: --ports dns-tcp",
        ],
        [
            "is refused for SCTP alone",
            { ports: [{ name: "s", port: 1, protocol: "SCTP" }] },
            undefined,
            "Service shop/web has the SCTP port s, and only TCP passes a gateway that routes by TLS server name; it has no port that can be exported",
        ],
        [
            "is refused for a port that no container has",
            { ports: [{ name: "http", port: 80, targetPort: "nowhere" }] },
            undefined,
            "Service shop/web has port http on nowhere, which no container of its pods calls a port; correct targetPort, or name the container's port",
        ],
        [
            "is refused for a port that is another in other pods",
            { ports: [{ name: "http", port: 80, targetPort: "main" }] },
            [
                pod("a"),
                pod("b", { containers: [{ name: "web", ports: [{ name: "main", containerPort: 80 }] }] }),
            ],
            "Service shop/web has port http on main, which is 80 in some of its pods and 8080 in others, and an export has one number; make it the same in all",
        ],
        [
            "is refused for pods of two service accounts",
            {},
            [pod("a"), pod("b", { serviceAccountName: "batch" })],
            "Service shop/web has pods of several service accounts, batch and web, and callers pin one; run all as one, or export a Service for each",
        ],
        [
            "is refused for no pod",
            {},
            [{ ...pod(), status: { phase: "Succeeded" } }],
            "Service shop/web has no running pod with app=web, whose service account callers would pin; start one, or correct the selector",
        ],
        ["is refused for no port", { ports: [] }, undefined, "Service shop/web has no port; give it one"],
    ] as const)
        it(title, () => {
            assert.deepEqual(problemsOf(spec, pods as LivePod[] | undefined), [message]);
        });

    it("is refused for everything at once", () => {
        const ports = [
            { name: "dns", port: 53, protocol: "UDP" },
            { name: "http", port: 80, targetPort: "nowhere" },
        ];
        const found = problemsOf(
            { ports },
            [pod("a"), pod("b", { serviceAccountName: "b" })],
            ["dns", "http", "x"],
        );
        assert.equal(found.length, 4);
        assert.equal(found[0], "Service shop/web has no port x; it has dns, http");
    });
});
