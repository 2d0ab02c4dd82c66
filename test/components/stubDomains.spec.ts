import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { CoreDnsStubDomain } from "../../components/coreDnsStubDomain";
import { providerFunctions } from "../support/dynamicProvider";

describe("CoreDnsStubDomain", () => {
    const made: pulumi.runtime.MockResourceArgs[] = [];

    before(async () => {
        await pulumi.runtime.setMocks(
            {
                newResource: (args) => {
                    made.push(args);
                    return {
                        id: "kube-system/coredns/global",
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
    const args = { kubeconfig: "kubeconfig", context: "cluster1", zone: "global" };

    it("is one resource with kubeadm's names and the stack as owner", async () => {
        const dns = new CoreDnsStubDomain("dns", { ...args, forwardTo: [pulumi.output("10.91.0.53")] });
        await valueOf(dns.urn);
        const [resource] = made;
        assert(resource);
        const inputs = withoutCode(resource);
        assert.equal(made.length, 1);
        assert.equal(resource.type, "pulumi-nodejs:dynamic/istio-multicluster:CoreDnsStubDomain");
        assert.deepEqual(inputs, {
            ...args,
            forwardTo: ["10.91.0.53"],
            configMap: { namespace: "kube-system", name: "coredns", key: "Corefile" },
            deployment: { namespace: "kube-system", name: "coredns" },
            owner: "organization/mesh/cluster1",
        });
        assert.deepEqual(await valueOf(dns.forwardTo), ["10.91.0.53"]);
        assert.equal(await valueOf(dns.zone), "global");
    });

    it("takes other names", async () => {
        const configMap = { namespace: "dns", name: "rke2-coredns-rke2-coredns", key: "Corefile" };
        const deployment = { namespace: "dns", name: "rke2-coredns-rke2-coredns" };
        const primaryServer = "global-dns.istio-system.svc.cluster.local";
        const dns = new CoreDnsStubDomain("dns", {
            ...args,
            forwardTo: ["10.91.0.53"],
            configMap,
            deployment,
            primaryServer,
            owner: "me",
        });
        await valueOf(dns.urn);
        const inputs = made.map(withoutCode)[0];
        assert.deepEqual(inputs, {
            ...args,
            forwardTo: ["10.91.0.53"],
            configMap,
            deployment,
            primaryServer,
            owner: "me",
        });
    });

    it("keeps a fixed text as the provider's code, which loads the real one from the project folder", async () => {
        const dns = new CoreDnsStubDomain("dns", { ...args, forwardTo: ["10.91.0.53"] });
        await valueOf(dns.urn);
        const code = (made[0]?.inputs as { __provider: string }).__provider;
        assert(code.length < 300);

        assert.deepEqual(providerFunctions(code), ["check", "create", "delete", "diff", "read", "update"]);
    });
});
