import assert from "node:assert/strict";
import { outputsOf, runProgram, type Settings } from "../support/program";

/** Names of resources, with the ones that an earlier state knows them by. */
type Former = Readonly<Record<string, readonly string[]>>;

/**
 * A state from before resources had in their names what their objects' names follow from is taken over: each has its exact
 * former name among its own aliases. Those that Pulumi derives from a component's hold for one update alone.
 */
describe("a state with former names", () => {
    const entry = "kubernetes:networking.istio.io/v1:ServiceEntry";

    /** Names that children of the component had that each import was once. */
    const belowImport = (...names: readonly string[]) =>
        names.map((name) => `istio-multicluster:index:ImportedService$${name}`);

    async function former(settings: Settings): Promise<Former> {
        const ca = await outputsOf("ca");
        const cluster2 = await outputsOf("cluster2", { stacks: { ca } });
        const { aliases } = await runProgram("cluster1", {
            stacks: { ca, cluster2 },
            settings: { cluster1: settings },
        });
        return Object.fromEntries(
            [...aliases].map(([id, names]) => [id.replace(/-[0-9a-f]{10}$/, "-HASH"), names]),
        );
    }

    it("is taken over: the zone, the samples, an import", async () => {
        assert.deepEqual(await former({}), {
            "kubernetes:apps/v1:Deployment::samples-foo-sleep-pods": ["samples-sleep-pods"],
            "kubernetes:core/v1:ConfigMap::global-dns-config-HASH": ["global-dns-config"],
            "kubernetes:core/v1:Service::samples-foo-sleep-service": ["samples-sleep-service"],
            "kubernetes:core/v1:ServiceAccount::samples-foo-sleep-account": ["samples-sleep-account"],
            [`${entry}::httpbin.bar.global-import-entry`]: belowImport(
                "httpbin.bar.global-import-entry",
                "httpbin.bar.global-entry",
            ),
        });
    });

    it("is taken over: an egress gateway, and what leads to it", async () => {
        const all = await former({ egress: { via: "egress" } });
        const names = Object.entries(all).filter(([id]) => id.includes("egress"));
        assert.deepEqual(Object.fromEntries(names), {
            "istio-multicluster:index:EgressGateway::istio-egress": ["egress"],
            "istio-multicluster:index:GatewayDeployment::istio-egress-deployment": ["egress-deployment"],
            "kubernetes:apps/v1:Deployment::istio-egress-deployment-pods": ["egress-deployment-pods"],
            "kubernetes:core/v1:Namespace::istio-egress-namespace": ["egress-namespace"],
            "kubernetes:core/v1:Service::istio-egress-service": ["egress-service"],
            "kubernetes:core/v1:ServiceAccount::istio-egress-deployment-account": [
                "egress-deployment-account",
            ],
            "kubernetes:networking.istio.io/v1:Gateway::istio-egress-deployment-gateway": [
                "egress-deployment-gateway",
            ],
            [`${entry}::httpbin.bar.global-import-istio-egress-entry`]: belowImport(
                "httpbin.bar.global-import-istio-egress-entry",
                "httpbin.bar.global-import-egress-entry",
                "httpbin.bar.global-istio-egress-entry",
                "httpbin.bar.global-egress-entry",
            ),
        });
    });
});
