import assert from "node:assert/strict";
import fc from "fast-check";
import { withConnectionAge } from "../../lib/connectionAge";
import { networkingApiVersion } from "../../lib/istioTypes";
import {
    exportServiceEntry,
    importDestinationRule,
    importServiceEntry,
    passthroughGateway,
} from "../../lib/meshObjects";
import { objectName, spiffeId } from "../../lib/names";
import { dnsLabel, ipv4, meshHost, portNumber, ports } from "../support/arbitraries";
import { IstioSchemas } from "../support/istioSchemas";

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

    function check(kind: string, host: string, spec: unknown): void {
        const metadata = { name: objectName(host), namespace: "istio-system" };
        const object = { apiVersion: networkingApiVersion, kind, metadata, spec };
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
                (host, virtualAddress, ports, gateways, port, account) => {
                    const identities = [spiffeId("cluster.local", "bar", account)];
                    const gateway = { addresses: gateways, port };
                    check(
                        "ServiceEntry",
                        host,
                        importServiceEntry({ host, virtualAddress, ports, gateway, identities }),
                    );
                    const onward = { host, virtualAddress, ports, gateway, identities, exportTo: ["."] };
                    check("ServiceEntry", host, importServiceEntry(onward));
                    check("DestinationRule", host, withConnectionAge(importDestinationRule(host), ports));
                },
            ),
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
