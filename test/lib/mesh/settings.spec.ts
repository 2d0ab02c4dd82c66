import assert from "node:assert/strict";
import { isEncrypted, settingsOf } from "../../../lib/mesh/settings";

const project = "name: mesh\nruntime: nodejs\n";

describe("a stack's settings", () => {
    it("are those of its file, without the project's prefix and without other projects' keys", () => {
        const stack = "config:\n  mesh:exports: []\n  kubernetes:context: x\n";
        assert.deepEqual(settingsOf(stack, project, "mesh"), { exports: [] });
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
});

describe("an encrypted value", () => {
    it("is found wherever it stands", () => {
        assert.equal(isEncrypted({ secure: "v1:x" }), true);
        assert.equal(isEncrypted([{ ports: [{ number: { secure: "v1:x" } }] }]), true);
        assert.equal(isEncrypted({ secure: "v1:x", other: 1 }), false);
        assert.equal(isEncrypted({ service: "secure" }), false);
    });
});
