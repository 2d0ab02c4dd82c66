import assert from "node:assert/strict";
import { difference } from "../support/difference";
import { committedSettings, outputsOf, runProgram, type Settings } from "../support/program";

const ca = committedSettings("ca", "three-clusters");
const cluster3 = committedSettings("cluster3", "three-clusters");

describe("a third cluster", () => {
    it("is one more name in the certificate stack, which gets its certificate and nothing else", async () => {
        const { ca: given, ...others } = committedSettings("ca") as { ca: Settings };
        assert.deepEqual(ca, {
            ...others,
            ca: { ...given, clusters: ["cluster1", "cluster2", "cluster3"] },
        });
        const before = await runProgram("ca");
        const after = await runProgram("ca", { settings: { ca } });
        assert.deepEqual(difference(before.resources, after.resources), {
            added: [
                "istio-multicluster:index:IntermediateCa::cluster3",
                "tls:index/certRequest:CertRequest::cluster3-request",
                "tls:index/locallySignedCert:LocallySignedCert::cluster3-cert",
                "tls:index/privateKey:PrivateKey::cluster3-key",
            ],
            removed: [],
            changed: {},
        });
    });

    it("calls a cluster that was there before, and offers a service of its own", async () => {
        const stacks = { ca: await outputsOf("ca", { settings: { ca } }) };
        const cluster2 = await outputsOf("cluster2", { stacks });
        const { result } = await runProgram("cluster3", {
            stacks: { ...stacks, cluster2 },
            settings: { ca, cluster3 },
        });
        const hosts = (key: string) => (result[key] as readonly { host: string }[]).map(({ host }) => host);
        assert.deepEqual(hosts("imports"), ["httpbin.bar.global"]);
        assert.deepEqual(hosts("pendingImports"), []);
        assert.deepEqual(hosts("exports"), ["httpbin.bar3.global"]);
    });
});
