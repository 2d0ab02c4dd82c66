import assert from "node:assert/strict";
import fc from "fast-check";
import { callerSchema } from "../../../lib/config/allowedFrom";
import { importSchema } from "../../../lib/config/imports";
import {
    type Admitting,
    consentOf,
    isAdmitted,
    judgeConsent,
    withdrawnConsent,
} from "../../../lib/mesh/consent";
import type { Export } from "../../../lib/mesh/contract";

const host = "orders.shop.global";
const offered: Export = {
    host,
    name: "orders",
    namespace: "shop",
    ports: [],
    virtualAddress: "240.0.0.3",
    identities: [],
};

/** What is said of the import of {@link offered} by cluster1 from a cluster2 that says so of itself. */
function judged(consent: Partial<Export>, more: Admitting = {}, entry: object = {}, isToldApart = true) {
    const imports = [
        importSchema.parse({
            service: "orders",
            namespace: "shop",
            from: "cluster2",
            owner: "web",
            ...entry,
        }),
    ];
    const planned = { exports: [{ ...offered, ...consent }] };
    const importing = { cluster: "cluster1", suffix: "global", isToldApart };
    return judgeConsent(imports, new Map([["cluster2", { planned, ...more }]]), importing);
}

describe("consent to an import", () => {
    it("is what allowedFrom says of clusters, and nobody's where it is required and nothing is said", () => {
        const caller = fc.record(
            { cluster: fc.constantFrom("a", "b", "c"), namespace: fc.constantFrom("x", "y") },
            { requiredKeys: [] },
        );
        const named = caller.filter((each) => callerSchema.safeParse(each).success);
        fc.assert(
            fc.property(fc.array(named, { minLength: 1 }), fc.boolean(), (allowedFrom, isRequired) => {
                const consent = consentOf({ allowedFrom }, isRequired);
                for (const cluster of ["a", "b", "c"])
                    assert.equal(
                        isAdmitted(consent, cluster),
                        allowedFrom.some((each) => each.cluster === undefined || each.cluster === cluster),
                    );
                assert.equal(consent.needsConsent === true, isRequired);
            }),
        );
        assert.deepEqual(consentOf({}, false), {});
        assert.deepEqual(consentOf({}, true), { admits: [], needsConsent: true });
    });

    it("that is required and not given is refused, with both sides and the line that is missing", () => {
        const places = new Map([[host, "teams/shop.yaml: exports.cluster2[0]"]]);
        const needed = { admits: ["cluster3"], needsConsent: true, owner: "shop" } as const;
        assert.deepEqual(judged(needed, { places }), {
            problems: [
                "imports[0] is orders.shop.global of cluster2 (owner web), which admits only cluster3 to it (teams/shop.yaml: exports.cluster2[0], owner shop); " +
                    'to be admitted, "- { cluster: cluster1 }" has to be added to its allowedFrom there, or remove the import',
            ],
            warnings: [],
        });
        const [nobody = ""] = judged({ admits: [], needsConsent: true }, {}, { owner: undefined }).problems;
        assert.equal(
            nobody,
            "imports[0] is orders.shop.global of cluster2, which admits no other cluster to it (its entry in Pulumi.cluster2.yaml); " +
                'to be admitted, "- { cluster: cluster1 }" has to be added to its allowedFrom there, or remove the import',
        );
    });

    it("names the namespaces that import, and no cluster where nobody can tell its callers from others", () => {
        const line = (entry: object, isToldApart: boolean) => {
            const [problem = ""] = judged(
                { admits: [], needsConsent: true },
                {},
                entry,
                isToldApart,
            ).problems;
            return /"(.*)"/.exec(problem)?.[1];
        };
        const namespaces = ["foo", "baz"];
        assert.equal(
            line({ namespaces }, true),
            "- { cluster: cluster1, namespace: foo } - { cluster: cluster1, namespace: baz }",
        );
        assert.equal(line({ namespaces: ["foo"] }, false), "- { namespace: foo }");
        assert.equal(line({}, false), "- { namespace: NAMESPACE OF THE CALLERS }");
    });

    it("that is not required, or is declared and not applied yet, is missed in a warning", () => {
        assert.deepEqual(judged({ admits: [] }), {
            problems: [],
            warnings: [
                "imports[0] is orders.shop.global of cluster2 (owner web), which admits no other cluster to it (its entry in Pulumi.cluster2.yaml): " +
                    'every call gets 403; to be admitted, "- { cluster: cluster1 }" has to be added to its allowedFrom there.',
            ],
        });
        const declaredExports = [{ ...offered, admits: ["cluster1"] }];
        assert.deepEqual(judged({ admits: [], needsConsent: true }, { declaredExports }), {
            problems: [],
            warnings: [
                "imports[0] is orders.shop.global of cluster2 (owner web), which cluster2 has not admitted cluster1 to yet; its calls get 403 until cluster2 is updated.",
            ],
        });
    });

    it("is nothing to speak of where it is given, or where nothing is known", () => {
        const nothing = { problems: [], warnings: [] };
        assert.deepEqual(judged({}), nothing);
        assert.deepEqual(judged({ admits: ["cluster1"], needsConsent: true }), nothing);
        assert.deepEqual(judged({}, { planned: undefined }), nothing);
    });

    it("that is withdrawn is told with who still imports, and whose that is", () => {
        const now = [{ host, owner: "shop", consent: { admits: ["cluster3"] } }];
        const uses = new Map([
            ["cluster1", [{ host, owner: "web" }]],
            ["cluster3", [{ host }]],
            ["cluster4", [{ host: "other.shop.global" }]],
        ]);
        assert.deepEqual(withdrawnConsent(now, [{ ...offered, admits: ["cluster1"] }], uses), [
            "exports[0] no longer admits cluster1 to orders.shop.global (owner shop), but cluster1 still imports it (owner web): its calls get 403 from this update on.",
        ]);
        assert.deepEqual(withdrawnConsent(now, [], new Map([["cluster1", [{ host }]]])), [
            "exports[0] does not admit cluster1 to orders.shop.global (owner shop), but cluster1 imports it: its calls get 403 from this update on.",
        ]);
    });
});
