import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { ResourceValidationArgs, ResourceValidationPolicy } from "@pulumi/policy";
import { policiesIn } from "../../policy/policies";

const unknown = "known during up";

/** A value as Pulumi hands it over in a preview: to look at what is not known is an error. */
function handedOver<T>(value: T): T {
    if (typeof value !== "object" || value === null) return value;
    return new Proxy(value, {
        get: (of, key) => {
            const found: unknown = Reflect.get(of, key);
            if (found === unknown) throw new Error(`${String(key)} can't be known during preview`);
            return handedOver(found);
        },
    });
}

describe("the policy pack", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "policies-"));
    before(() => {
        const value = "policy: { value: { openBalancers: true } }";
        fs.writeFileSync(path.join(folder, "Pulumi.yaml"), `name: mesh\nconfig:\n  ${value}\n`);
        // What an environment of Pulumi's adds is not known; what stands here is.
        fs.writeFileSync(
            path.join(folder, "Pulumi.two.yaml"),
            "environment: [prod]\nconfig:\n  mesh:policy: {}\n  mesh:mesh: { suffixes: [corp] }\n",
        );
    });
    after(() => {
        fs.rmSync(folder, { recursive: true });
    });

    /** What the policies report of a resource, as Pulumi hands it over. */
    function reported(stack: string, type: string, props: object): readonly string[] {
        const said: string[] = [];
        for (const policy of policiesIn(folder) as readonly ResourceValidationPolicy[]) {
            const { validateResource } = policy;
            if (typeof validateResource !== "function") continue;
            const args: ResourceValidationArgs = {
                type,
                props: handedOver(props),
                urn: `urn:pulumi:${stack}::mesh::${type}::x`,
                name: "x",
                opts: {
                    protect: false,
                    ignoreChanges: [],
                    aliases: [],
                    additionalSecretOutputs: [],
                    customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
                },
                stackTags: new Map(),
                isType: () => false,
                asType: () => undefined,
                getConfig: () => assert.fail("the rules go by the settings in the files"),
                notApplicable: () => {
                    throw new Error("not applicable");
                },
            };
            void validateResource(args, (sentence) => {
                said.push(`${policy.name}: ${sentence.split(/[;,]/)[0] ?? ""}`);
            });
        }
        return said;
    }

    it("goes by the settings in the stack's own file and the project's", () => {
        const service = { spec: { type: "LoadBalancer" } };
        assert.deepEqual(reported("one", "kubernetes:core/v1:Service", service), []);
        assert.deepEqual(reported("two", "kubernetes:core/v1:Service", service), [
            "closed-balancers: The load balancer takes connections from any address",
        ]);
    });

    it("judges what is known, and says nothing of what a preview can't know", () => {
        const hosts = [unknown, "a.n.global", "a.n.corp"];
        const gateway = { metadata: unknown, spec: { servers: [unknown, { hosts }] } };
        assert.deepEqual(reported("two", "kubernetes:networking.istio.io/v1:Gateway", gateway), [
            "gateway-hosts: spec.servers[1].hosts[1] is in no domain of mesh.suffixes",
        ]);
    });
});
