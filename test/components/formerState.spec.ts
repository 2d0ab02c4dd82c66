import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { callProvider, providerFunctions } from "../support/dynamicProvider";
import { nameOf } from "../support/engine";
import { FakeApi } from "../support/fakeApi";
import { FormerCluster, formerState, nothingLeft } from "../support/formerState";

/** A refresh and a destroy load the provider by the text in the state, whatever the program would write there today. */
describe("the providers that states of before name", function () {
    this.timeout(60_000);
    let api: FakeApi;
    let cluster: FormerCluster;

    beforeEach(async () => {
        api = await FakeApi.start();
        cluster = new FormerCluster(api);
    });
    afterEach(() => api.stop());

    /** A resource of the state, with the functions of its provider. */
    function resource(name: string) {
        const { id, inputs, outputs } =
            formerState(api.access).find(({ urn }) => nameOf(urn) === name) ?? assert.fail(name);
        const code = outputs?.["__provider"] as string;
        return {
            code,
            id,
            outputs: without(outputs),
            inputs: without(inputs),
            call: (method: "read" | "diff" | "delete", ...args: readonly unknown[]) =>
                callProvider(code, method, id, ...args),
        };
    }

    for (const [name, functions] of Object.entries({
        "stub-domains": ["check", "create", "delete", "diff", "read", "update"],
        "istio-leftovers": ["create", "delete", "diff", "update"],
        "istio-restart": ["create", "delete", "diff", "update"],
        "istio-restart-last": ["create", "delete", "diff", "update"],
    })) {
        it(`load, and see no difference: ${name}`, async () => {
            const { code, inputs, outputs, call } = resource(name);
            assert.deepEqual(providerFunctions(code), functions);
            const { changes } = (await call("diff", outputs, inputs)) as { readonly changes: boolean };
            assert.equal(changes, false);
        });
    }

    it("are updated in place once they are told the stack, in the place of a path", async () => {
        const folder = mkdtempSync(join(tmpdir(), "former-"));
        try {
            const cluster = { kubeconfig: api.access.kubeconfig, context: "fake" };
            const config = { "istio-multicluster:cluster": cluster };
            writeFileSync(join(folder, "Pulumi.one.yaml"), JSON.stringify({ config }));
            for (const name of ["stub-domains", "istio-restart", "istio-leftovers", "istio-restart-last"]) {
                const { inputs, outputs, call } = resource(name);
                const { kubeconfig, ...others } = inputs;
                assert.equal(kubeconfig, api.access.kubeconfig);
                const news = { ...others, stack: "organization/istio-multicluster/one", folder };
                const { changes, replaces = [] } = (await call("diff", outputs, news)) as {
                    readonly changes: boolean;
                    readonly replaces?: readonly string[];
                };
                assert.deepEqual({ changes, replaces }, { changes: true, replaces: [] }, name);
            }
        } finally {
            rmSync(folder, { recursive: true });
        }
    });

    it("read what the cluster has of the stub domains", async () => {
        const { id, inputs, outputs, call } = resource("stub-domains");
        assert.deepEqual(await call("read", outputs), { id, props: outputs, inputs });
        cluster.damage();
        const { props } = (await call("read", outputs)) as { readonly props: { readonly block: string } };
        assert.match(props.block, /10\.9\.9\.9/);
    });

    it("delete all that they have made, and nothing else", async () => {
        for (const name of ["stub-domains", "istio-restart", "istio-leftovers", "istio-restart-last"]) {
            const { outputs, call } = resource(name);
            await call("delete", outputs);
        }
        assert.deepEqual(cluster.left(), nothingLeft);
    });
});

/** The properties without the code, which the host of dynamic providers adds again. */
function without(properties: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
    return Object.fromEntries(Object.entries(properties).filter(([name]) => name !== "__provider"));
}
