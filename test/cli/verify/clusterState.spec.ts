import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { readClusterState } from "../../../cli/verify/clusterState";
import { StandInKubectl } from "../../support/standInKubectl";
import { failed, serverLists } from "../../support/doctor";
import { clusterOutputs, httpbin } from "../samples";

const { host } = httpbin;
const outputs = clusterOutputs("cluster2", { exports: [httpbin] });

describe("the state of a cluster, for a ticket", () => {
    let kubectl: StandInKubectl;
    const at = (name: string) => path.join(kubectl.folder, name);
    const surroundings = (reason?: string) => ({
        project: "istio-multicluster",
        kubeconfigOf: () => undefined,
        accessOf: () => ({ kubeconfig: at("kubeconfig"), context: "c" }),
        whySilent: () => Promise.resolve(reason),
    });
    /** What kubectl answers to a question that ends with a pattern of the shell's. */
    const answers = (cases: Readonly<Record<string, string>>) => {
        const lines = Object.entries(cases).map(([pattern, answer], index) => {
            fs.writeFileSync(at(`answer${index}`), answer);
            return `${pattern}) cat ${at(`answer${index}`)} ;;`;
        });
        kubectl.does(`echo "$*" >> ${at("log")}\ncase "$*" in\n${lines.join("\n")}\n*" proxy "*) exit 1 ;;
            *" exec "*) echo 'Error from server (Forbidden): pods is forbidden' >&2; exit 1 ;;
            *) echo '{"items":[]}' ;; esac`);
    };
    const listOf = (kind: "Pod" | "Deployment" | "ServiceEntry") => {
        const inBar = serverLists()[kind].filter(
            ({ metadata }) => kind === "ServiceEntry" || metadata.namespace === "bar",
        );
        return JSON.stringify({ items: inBar });
    };
    const objects = {
        '*"/namespaces/bar/pods"': listOf("Pod"),
        '*"/istio-system/pods"': JSON.stringify({ items: serverLists().Pod.slice(0, 1) }),
        '*"/v1/serviceentries"': listOf("ServiceEntry"),
        '*"/version"': '{"gitVersion":"v1.34.1"}',
        "*labelSelector=app%3Dglobal-dns": JSON.stringify({
            items: [
                { metadata: { name: "global-dns-1" }, data: { "zone.global": "x.global. IN A 240.0.0.2" } },
            ],
        }),
    };

    beforeEach(() => {
        kubectl = new StandInKubectl();
        const contexts = [{ name: "c", context: { cluster: "c", user: "c" } }];
        fs.writeFileSync(at("kubeconfig"), JSON.stringify({ apiVersion: "v1", kind: "Config", contexts }));
    });
    afterEach(() => {
        kubectl.remove();
    });

    it("has the gateway's proxy and the server's, reduced to the call", async () => {
        answers({
            ...objects,
            '*"GET server_info"': '{"version":"1.38","node":{"metadata":{"ENV":"x"}}}',
            '*"GET clusters"': `outbound_.8000_._.${host}::1.2.3.4:5::cx_total::1\nxds-grpc::1.2.3.4:5::cx_total::1`,
            "*config_dump*": '{"configs":[]}',
        });
        const state = await readClusterState(outputs, [failed], surroundings());
        assert.equal(state.kubernetes, "v1.34.1");
        assert.deepEqual(state.notLookedAt, []);
        assert.deepEqual(
            state.proxies.map(({ pod, role, info, endpoints }) => ({ pod, role, info, endpoints })),
            [
                { pod: "bar/httpbin-abc-1", role: "server" },
                { pod: "istio-system/istio-eastwestgateway-abc-1", role: "gateway" },
            ].map((each) => ({
                ...each,
                info: { version: "1.38" },
                endpoints: [`outbound_.8000_._.${host}::1.2.3.4:5::cx_total::1`],
            })),
        );
        assert.deepEqual(state.dns.globalDns, { "zone.global": "x.global. IN A 240.0.0.2" });
        const asked = fs.readFileSync(at("log"), "utf8");
        assert.doesNotMatch(asked, /secret|bootstrap|server_info\?|exec .* (?:env|cat|sh) /);
    });

    it("lists the proxies that may not be asked, each once", async () => {
        answers(objects);
        const state = await readClusterState(outputs, [failed], surroundings());
        assert.deepEqual(state.proxies, []);
        assert.deepEqual(
            state.notLookedAt.map(({ what, reason }) => `${what}: ${reason}`),
            ["bar/httpbin-abc-1", "istio-system/istio-eastwestgateway-abc-1"].map(
                (pod) => `Envoy of ${pod}: Error from server (Forbidden): pods is forbidden`,
            ),
        );
    });

    it("is that it does not answer, where it does not", async () => {
        answers({});
        const state = await readClusterState(outputs, [failed], surroundings("no answer within 5 seconds"));
        assert.deepEqual(state, {
            ...{ istiods: [], proxies: [], dns: {} },
            notLookedAt: [{ cluster: "cluster2", what: "everything", reason: "no answer within 5 seconds" }],
        });
        assert.ok(!fs.existsSync(at("log")));
    });
});
