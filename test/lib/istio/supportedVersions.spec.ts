import assert from "node:assert/strict";
import { defaultIstioVersion } from "../../../lib/config/istio";
import { judgeVersions, minorOf, newestIstio, oldestIstio } from "../../../lib/istio/supportedVersions";

describe("minorOf", () => {
    it("takes the second number of every form of version, and nothing of other texts", () => {
        const forms = [
            "v1.34.4",
            "1.30.5",
            "v1.33.1+k3s1",
            "v1.33.5-eks-113cf36",
            "1.30",
            "v2.1.0",
            "main",
            "",
        ];
        assert.deepEqual(forms.map(minorOf), [34, 30, 33, 33, 30, undefined, undefined, undefined]);
    });
});

describe("judgeVersions", () => {
    it("knows which Kubernetes the Istio of today and of the past supports", () => {
        assert.ok((minorOf(defaultIstioVersion) ?? 0) <= newestIstio);
        for (let istio = oldestIstio; istio <= newestIstio; istio++) {
            const fitting = Array.from({ length: 60 }, (_, minor) => minor).filter(
                (minor) => Object.keys(judgeVersions(`v1.${minor}.0`, `1.${istio}.0`)).length === 0,
            );
            assert.ok(fitting.length >= 4, `Istio 1.${istio} supports ${fitting.join(", ")}`);
        }
    });

    it("names an Istio that supports the cluster, which then has no problem", () => {
        const { problem } = judgeVersions("v1.30.2", "1.30.5");
        const [, fitting] = /a release of (1\.\d+)$/.exec(problem ?? "") ?? [];
        assert.equal(fitting, "1.28");
        assert.deepEqual(judgeVersions("v1.30.2", `${fitting}.0`), {});
    });

    it("judges local charts and unknown versions by nothing but the oldest Kubernetes", () => {
        assert.deepEqual(judgeVersions("v1.27.0", undefined), {});
        assert.deepEqual(judgeVersions("v1.99.0", undefined), {});
        assert.deepEqual(judgeVersions("unknown", "1.30.5"), {});
        assert.match(
            judgeVersions("v1.26.0", undefined).problem ?? "",
            /^the cluster runs Kubernetes v1\.26\.0, /,
        );
    });
});
