import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { StubDomains } from "../../components/stubDomains";
import { providerFunctions } from "../support/dynamicProvider";

describe("StubDomains", () => {
    const made: pulumi.runtime.MockResourceArgs[] = [];

    before(async () => {
        await pulumi.runtime.setMocks(
            {
                newResource: (args) => {
                    made.push(args);
                    return {
                        id: "kube-system/coredns",
                        state: args.inputs as Record<string, unknown>,
                    };
                },
                call: (args) => args.inputs as Record<string, unknown>,
            },
            "mesh",
            "cluster1",
            false,
            "organization",
        );
    });

    beforeEach(() => {
        made.length = 0;
    });

    const valueOf = <T>(output: pulumi.Output<T>): Promise<T> =>
        new Promise((resolve) => {
            output.apply(resolve);
        });
    const withoutCode = ({ inputs }: pulumi.runtime.MockResourceArgs): Record<string, unknown> =>
        Object.fromEntries(
            Object.entries(inputs as Record<string, unknown>).filter(
                ([property]) => property !== "__provider",
            ),
        );
    const names = { configMap: "coredns", deployment: "coredns" };
    const objects = {
        configMap: { namespace: "kube-system", name: "coredns" },
        deployment: { namespace: "kube-system", name: "coredns" },
    };
    const args = {
        stack: "organization/mesh/cluster1",
        context: "cluster1",
        adapter: "coredns" as const,
        zones: ["global", "corp"],
    };

    it("is one resource with the stack as owner", async () => {
        const dns = new StubDomains("dns", { ...args, ...names, forwardTo: [pulumi.output("10.91.0.53")] });
        await valueOf(dns.urn);
        const [resource] = made;
        assert(resource);
        const inputs = withoutCode(resource);
        assert.equal(made.length, 1);
        assert.equal(resource.type, "pulumi-nodejs:dynamic/istio-multicluster:StubDomains");
        assert.deepEqual(inputs, {
            ...args,
            forwardTo: ["10.91.0.53"],
            ...objects,
            owner: "organization/mesh/cluster1",
        });
        assert.deepEqual(await valueOf(dns.forwardTo), ["10.91.0.53"]);
        assert.deepEqual(await valueOf(dns.zones), ["global", "corp"]);
    });

    it("takes other names", async () => {
        const name = "rke2-coredns-rke2-coredns";
        const primaryServer = "global-dns.istio-system.svc.cluster.local";
        const dns = new StubDomains("dns", {
            ...args,
            forwardTo: ["10.91.0.53"],
            configMap: name,
            deployment: name,
            primaryServer,
            owner: "me",
        });
        await valueOf(dns.urn);
        const inputs = made.map(withoutCode)[0];
        assert.deepEqual(inputs, {
            ...args,
            forwardTo: ["10.91.0.53"],
            configMap: { namespace: "kube-system", name },
            deployment: { namespace: "kube-system", name },
            primaryServer,
            owner: "me",
        });
    });

    it("keeps a fixed text as the provider's code, which loads the real one from the project folder", async () => {
        const dns = new StubDomains("dns", { ...args, ...names, forwardTo: ["10.91.0.53"] });
        await valueOf(dns.urn);
        const code = (made[0]?.inputs as { __provider: string }).__provider;
        assert(code.length < 300);

        assert.deepEqual(providerFunctions(code), ["check", "create", "delete", "diff", "read", "update"]);
    });
});
