import assert from "node:assert/strict";
import fc from "fast-check";
import { withConnections } from "../../../lib/istio/connections";
import { networkingApiVersion, securityApiVersion } from "../../../lib/istio/types";
import type { RouteSettings } from "../../../lib/config/imports";
import { localityLbSetting, outlierDetection, rankLabels } from "../../../lib/mesh/failover";
import {
    callersPolicy,
    exportDestinationRule,
    exportServiceEntry,
    importDestinationRule,
    importServiceEntry,
    passthroughGateway,
} from "../../../lib/istio/objects";
import { objectName, principal, spiffeId } from "../../../lib/base/names";
import { importVirtualService } from "../../../lib/mesh/routes";
import { connectionPool } from "../../../lib/mesh/connectionPool";
import { exportSubsets, importSubsets, subsetLabels } from "../../../lib/mesh/subsets";
import { dnsLabel, ipv4, meshHost, portNumber, ports } from "../../support/arbitraries";
import { IstioSchemas } from "../../support/istioSchemas";

/** Label values as Kubernetes allows them, near enough. */
const labels = fc.dictionary(dnsLabel, dnsLabel, { minKeys: 1, maxKeys: 3, noNullPrototype: true });
const addresses = fc.uniqueArray(fc.oneof(ipv4, fc.ipV6(), fc.domain()), { minLength: 1, maxLength: 4 });

describe("Istio's resource definitions", function () {
    // The definitions are half a megabyte of YAML.
    this.timeout(60_000);
    let schemas: IstioSchemas;
    before(() => {
        schemas = new IstioSchemas();
    });

    function check(kind: string, host: string, spec: unknown, apiVersion = networkingApiVersion): void {
        const metadata = { name: objectName(host), namespace: "istio-system" };
        const object = { apiVersion, kind, metadata, spec };
        assert.deepEqual(schemas.problems(object), []);
    }

    it("accept the alias of every export", () => {
        fc.assert(
            fc.property(meshHost, ipv4, ports, labels, (host, virtualAddress, ports, selector) => {
                check("ServiceEntry", host, exportServiceEntry({ host, virtualAddress, ports, selector }));
            }),
        );
    });

    it("accept an export's target port", () => {
        const ports = [{ name: "http1", number: 8000, targetPort: 8080, protocol: "HTTP" }];
        const host = "httpbin.bar.global";
        const selector = { app: "httpbin" };
        check(
            "ServiceEntry",
            host,
            exportServiceEntry({ host, virtualAddress: "240.0.0.2", ports, selector }),
        );
    });

    it("accept the entry and the rule of every import", () => {
        fc.assert(
            fc.property(
                meshHost,
                ipv4,
                ports,
                addresses,
                portNumber,
                dnsLabel,
                (host, virtualAddress, ports, some, port, account) => {
                    const identities = [spiffeId("cluster.local", "bar", account)];
                    const gateways = [{ addresses: some, port }];
                    check(
                        "ServiceEntry",
                        host,
                        importServiceEntry({ host, virtualAddress, ports, gateways, identities }),
                    );
                    const onward = { host, virtualAddress, ports, gateways, identities, exportTo: ["."] };
                    check("ServiceEntry", host, importServiceEntry(onward));
                    const rule = withConnections(
                        importDestinationRule(host),
                        ports,
                        connectionPool("nobody"),
                    );
                    check("DestinationRule", host, rule);
                },
            ),
        );
    });

    it("accept the policy of every set of callers", () => {
        const callers = fc.array(
            fc
                .tuple(fc.option(dnsLabel, { nil: undefined }), dnsLabel, dnsLabel)
                .map(([domain, namespace, account]) => principal(domain, namespace, account)),
        );
        fc.assert(
            fc.property(meshHost, labels, ports, callers, (host, selector, ports, principals) => {
                const policy = callersPolicy({ selector, ports, principals });
                check("AuthorizationPolicy", host, policy, securityApiVersion);
            }),
        );
    });

    it("accept the objects of a host that several clusters export", () => {
        const host = "httpbin.bar.global";
        const ports = [{ name: "http1", number: 8000, protocol: "HTTP" }];
        const names = fc.uniqueArray(dnsLabel, { minLength: 1, maxLength: 4 });
        fc.assert(
            fc.property(names, fc.integer({ min: 2, max: 9 }), ipv4, (versions, ranks, address) => {
                const gateways = [
                    {
                        addresses: [address],
                        port: 31443,
                        labels: { ...rankLabels(ranks), ...subsetLabels(versions) },
                        locality: "r1/z1",
                    },
                ];
                const entry = { host, virtualAddress: "240.0.0.2", ports, gateways, identities: [] };
                check("ServiceEntry", host, importServiceEntry({ ...entry, hiddenFromGateways: true }));
                for (const balance of ["failover", "nearest", "spread"] as const) {
                    const choice = {
                        loadBalancer: { localityLbSetting: localityLbSetting(balance, ranks) },
                        outlierDetection: outlierDetection({ interval: "500ms" }),
                    };
                    const subsets = importSubsets(versions);
                    const rule = importDestinationRule(host, { choice, subsets });
                    check("DestinationRule", host, withConnections(rule, ports, connectionPool("follower")));
                }
                const pods = Object.fromEntries(versions.map((name) => [name, { version: name }]));
                check(
                    "DestinationRule",
                    host,
                    exportDestinationRule(host, exportSubsets({ ...pods, all: {} })),
                );
                const to = Object.fromEntries(versions.map((name, index) => [name, index + 1]));
                const routes: readonly RouteSettings[] = [
                    { headers: { "x-version": "v2" }, to },
                    { headers: {}, to },
                ];
                const calls = { routes, timeout: "5s", retries: { perTryTimeout: "1s", attempts: 2 } };
                check("VirtualService", host, importVirtualService({ host, ...calls, ranks }));
            }),
        );
    });

    it("accept the gateway of every set of exports", () => {
        fc.assert(
            fc.property(fc.uniqueArray(meshHost, { minLength: 1 }), labels, (hosts, selector) => {
                check("Gateway", "istio-eastwestgateway", passthroughGateway(selector, hosts));
            }),
        );
    });

    it("would find a wrong field, a wrong type, a wrong word and an unknown kind", () => {
        const host = "httpbin.bar.global";
        const good = { apiVersion: networkingApiVersion, kind: "DestinationRule", metadata: {} };
        const spec = importDestinationRule(host);
        const found = (changes: object) => {
            const object = { ...good, spec, ...changes };
            return schemas.problems(object);
        };
        assert.deepEqual(found({}), []);
        assert.deepEqual(found({ spec: { ...spec, exportsTo: ["*"] } }), [
            "data.spec should NOT have additional properties",
        ]);
        assert.deepEqual(found({ spec: { ...spec, host: 5 } }), ["data.spec.host should be string"]);
        assert.deepEqual(found({ spec: { ...spec, trafficPolicy: { tls: { mode: "MUTUALLY" } } } }), [
            "data.spec.trafficPolicy.tls.mode should be equal to one of the allowed values",
        ]);
        assert.deepEqual(found({ kind: "Destination" }), [
            "Istio has no Destination of networking.istio.io/v1",
        ]);
    });
});
