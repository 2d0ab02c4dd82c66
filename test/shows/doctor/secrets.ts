import { generateKeyPairSync, randomBytes } from "node:crypto";
import { sleep } from "../../support/labMesh";
import { type Patient, someName } from "./patient";

/** A PeerAuthentication that makes calls from other clusters fail. */
export function turnsMutualTlsOff(namespace: string) {
    return {
        apiVersion: "security.istio.io/v1",
        kind: "PeerAuthentication",
        metadata: { name: someName(), namespace },
        spec: { mtls: { mode: "DISABLE" } },
    };
}

/**
 * Puts secrets where people put them: a header that a route adds, the metadata of a proxy's cluster, a pod's environment, the Corefile. Nothing
 * of it makes a call fail.
 *
 * @returns what must not be found anywhere
 */
export async function plantSecrets(patient: Patient): Promise<readonly string[]> {
    const password = randomBytes(12).toString("hex");
    const token = randomBytes(24).toString("base64url");
    const jwt = ["eyJhbGciOiJSUzI1NiJ9", randomBytes(60).toString("base64url"), token].join(".");
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
    const { caller, server, host, namespace } = patient;
    await patient.apply(caller, {
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name: someName(), namespace: sleep.namespace },
        spec: {
            hosts: [host],
            http: [
                {
                    name: `Bearer ${token}`,
                    headers: {
                        request: { set: { authorization: `Bearer ${jwt}`, cookie: `s=${password}` } },
                    },
                    route: [{ destination: { host } }],
                },
            ],
        },
    });
    await patient.apply(server, metadataFilter(namespace, `-- ${password} ${pem.replaceAll("\n", " ")}`));
    await patient.kubectl(
        server,
        ["set", "env", "deployment/httpbin", "-n", namespace, `DATABASE=postgres://u:${password}@db/x`],
        ["set", "env", "deployment/httpbin", "-n", namespace, "DATABASE-"],
    );
    await patient.corefile((text) => `# ${password}\n${text}`);
    const body = pem.split("\n").filter((line) => line.length === 64);
    return [password, token, jwt, ...body];
}

function metadataFilter(namespace: string, comment: string) {
    return {
        apiVersion: "networking.istio.io/v1alpha3",
        kind: "EnvoyFilter",
        metadata: { name: someName(), namespace },
        spec: {
            configPatches: [
                {
                    applyTo: "CLUSTER",
                    match: { context: "SIDECAR_INBOUND" },
                    patch: {
                        operation: "MERGE",
                        value: { metadata: { filter_metadata: { x: { comment } } } },
                    },
                },
            ],
        },
    };
}
