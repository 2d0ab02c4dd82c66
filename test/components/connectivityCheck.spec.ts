import assert from "node:assert/strict";
import { ConnectivityCheck, type ConnectivityCheckArgs } from "../../components/connectivityCheck";
import { find, record } from "../support/mocks";

const args: ConnectivityCheckArgs = {
    stack: "organization/mesh/cluster1",
    context: "cluster1",
    from: { namespace: "foo", deployment: "sleep", container: "sleep" },
    url: "http://httpbin.bar.global:8000/",
    triggers: ["172.30.0.12", "31443"],
};
const curl =
    "curl --silent --show-error --fail --output /dev/null --write-out '%{http_code}' --max-time 5 --retry 60 " +
    "--retry-delay 1 --retry-max-time 60 --retry-all-errors http://httpbin.bar.global:8000/";

async function make(changes: Partial<ConnectivityCheckArgs> = {}) {
    return record(() => {
        const { status } = new ConnectivityCheck("check", { ...args, ...changes });
        return { status };
    });
}

describe("ConnectivityCheck", () => {
    it("is one command that calls the URL from the pod, again when a trigger changes", async () => {
        const { resources, result } = await make();
        assert.deepEqual(resources, [
            {
                type: "command:local:Command",
                name: "check-call",
                parent: "check",
                inputs: {
                    create:
                        "node load.js kube/kubectlFor.ts organization/mesh/cluster1 cluster1 exec -n foo " +
                        `deployment/sleep -c sleep -- ${curl}`,
                    triggers: ["172.30.0.12", "31443"],
                },
            },
            { type: "istio-multicluster:index:ConnectivityCheck", name: "check", inputs: {} },
        ]);
        assert.deepEqual(result, { status: "200" });
    });

    it("quotes what a shell would take apart", async () => {
        const { resources } = await make({ stack: "my stack's $HOME", context: "admin@cluster;1" });
        const { create } = find(resources, "command:local:Command", "check-call").inputs;
        assert.equal(
            create,
            "node load.js kube/kubectlFor.ts 'my stack'\\''s $HOME' 'admin@cluster;1' exec -n foo " +
                `deployment/sleep -c sleep -- ${curl}`,
        );
    });
});
