import fc from "fast-check";

/** DNS labels, the longest ones included. */
export const dnsLabel = fc.oneof(
    fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,10}[a-z0-9])?$/),
    fc.stringMatching(/^[a-z0-9][-a-z0-9]{61}[a-z0-9]$/),
);

/** IPv4 addresses. */
export const ipv4 = fc.ipV4();

/** Hosts of a mesh, such as `httpbin.bar.global`. */
export const meshHost = fc
    .tuple(dnsLabel, dnsLabel)
    .map(([service, namespace]) => `${service}.${namespace}.global`);

/** Port numbers. */
export const portNumber = fc.integer({ min: 1, max: 65535 });

/** One to four ports with different names and numbers, as the configuration allows them. */
export const ports = fc.uniqueArray(
    fc.record(
        {
            name: dnsLabel,
            number: portNumber,
            protocol: fc.constantFrom("HTTP", "GRPC", "TCP", "TLS"),
        },
        { noNullPrototype: true },
    ),
    {
        minLength: 1,
        maxLength: 4,
        comparator: (a, b) => a.name === b.name || a.number === b.number,
    },
);
