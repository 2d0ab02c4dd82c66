import assert from "node:assert/strict";
import { isEncrypted } from "../../../lib/base/encrypted";
import { asReadFirst, ChangedMeanwhile, settingsOf } from "../../../lib/mesh/settings";

const project = "name: mesh\nruntime: nodejs\n";

describe("a stack's settings", () => {
    it("are those of its file, without the project's prefix and without other projects' keys", () => {
        const stack = "config:\n  mesh:exports: []\n  kubernetes:context: x\n";
        assert.deepEqual(settingsOf(stack, project, "mesh"), { exports: [] });
    });

    it("may use one anchor as often as there are services", () => {
        const services = Array.from(
            { length: 300 },
            (_, index) => `    - { service: s${index}, ports: *ports }\n`,
        );
        const first = "    - { service: first, ports: &ports [{ name: http, number: 80 }] }\n";
        const stack = `config:\n  mesh:exports:\n${first}${services.join("")}`;
        const { exports } = settingsOf(stack, project, "mesh") as { readonly exports: readonly object[] };
        assert.deepEqual(exports[300], { service: "s299", ports: [{ name: "http", number: 80 }] });
    });

    it("lie over the project's own, whole key by whole key", () => {
        const below = `${project}config:
  mesh:istio: { value: { hub: lab, tag: one } }
  dns: { value: { replicas: 2 } }
  connectivityCheck: { type: boolean, default: true }
  egress: { type: object }
`;
        const stack = "config:\n  mesh:istio: { tag: two }\n";
        assert.deepEqual(settingsOf(stack, below, "mesh"), {
            istio: { tag: "two" },
            dns: { replicas: 2 },
            connectivityCheck: true,
        });
    });

    it("may be JSON in a text, and are left out where they are empty", () => {
        const stack = `config:
  mesh:exports: '[{"service":"httpbin"}]'
  mesh:connectivityCheck: "true"
  mesh:imports:
`;
        assert.deepEqual(settingsOf(stack, project, "mesh"), {
            exports: [{ service: "httpbin" }],
            connectivityCheck: true,
        });
    });

    it("are empty where the file can't be read", () => {
        assert.deepEqual(settingsOf("config: *anchor", project, "mesh"), {});
    });

    it("are not known where the file names an environment, which may say anything", () => {
        const stack = "environment: [shared]\nconfig:\n  mesh:exports: []\n";
        assert.equal(settingsOf(stack, project, "mesh"), undefined);
    });
});

describe("settings that are changed while a command runs", () => {
    const first = { exports: ["a"], imports: ["b"] };

    it("are what they were when it began", () => {
        const now = { exports: ["a", "c"], dns: { replicas: 2 } };
        assert.deepEqual(asReadFirst({ ...now }, first, now), first);
    });

    it("are the engine's where the file is as it was", () => {
        const known = { ...first, mesh: "what the engine makes of it" };
        assert.deepEqual(asReadFirst(known, first, { ...first }), known);
    });

    it("are refused where they were encrypted", () => {
        const secret = { ...first, kubeconfig: { secure: "x" } };
        assert.throws(() => asReadFirst(first, secret, first), ChangedMeanwhile);
    });
});

describe("an encrypted value", () => {
    it("is found wherever it stands", () => {
        assert.equal(isEncrypted({ secure: "v1:x" }), true);
        assert.equal(isEncrypted([{ ports: [{ number: { secure: "v1:x" } }] }]), true);
        assert.equal(isEncrypted({ secure: "v1:x", other: 1 }), false);
        assert.equal(isEncrypted({ service: "secure" }), false);
    });
});
