import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import { neededRights } from "../../../lib/cluster/neededRights";
import { missingRights, type Right, rightsMessage, type Rule } from "../../../lib/cluster/rights";
import { parseConfig } from "../../../lib/config/parse";
import { usualDns } from "../../../lib/dns/adapter";
import { cluster, httpbin, type Raw, wanted } from "../../support/stackFile";

function needed(raw: Raw, makesNamespace = true): ReturnType<typeof neededRights> {
    const result = parseConfig("cluster1", { cluster, ...raw });
    assert.ok(result.kind === "cluster", JSON.stringify(result));
    return neededRights(result.settings, usualDns(result.settings.dns), makesNamespace);
}

const verbsOf = (rights: readonly Right[], resource: string, namespace?: string) =>
    rights
        .filter((right) => right.resource === resource && right.namespace === namespace)
        .map(({ verbs }) => verbs.join(" "));
const make = "get list watch create patch delete";

describe("neededRights", () => {
    it("leave the Secrets of Istio's namespace alone but for one, where that goes with the namespace", () => {
        const secrets = (makesNamespace: boolean) =>
            needed({}, makesNamespace)
                .change.filter(({ resource }) => resource === "secrets")
                .map(({ verbs, name }) => [name, ...verbs].join(" "));
        assert.deepEqual(secrets(true), ["cacerts get create patch delete"]);
        assert.deepEqual(secrets(false), ["cacerts get create patch delete", " list watch"]);
    });

    it("follow from the settings", () => {
        const { look, change } = needed({
            exports: [httpbin],
            imports: [{ ...wanted, via: "egress" }],
            sampleApps: { sleep: {} },
        });
        assert.deepEqual(
            look.map(({ resource }) => resource),
            [
                ...["namespaces", "deployments", "nodes"],
                ...[
                    "serviceentries",
                    "destinationrules",
                    "virtualservices",
                    "gateways",
                    "authorizationpolicies",
                ],
                ...["configmaps", "deployments"],
            ],
        );
        assert.deepEqual(verbsOf(change, "serviceentries", "bar"), [make]);
        assert.deepEqual(verbsOf(change, "authorizationpolicies", "bar"), [make]);
        assert.deepEqual(verbsOf(change, "serviceentries", "istio-egress"), [make]);
        assert.deepEqual(verbsOf(change, "deployments", "foo"), [make]);
        assert.deepEqual(verbsOf(change, "clusterroles"), [`${make} escalate bind`]);
        assert.deepEqual(verbsOf(change, "customresourcedefinitions"), ["get list watch create patch"]);
        assert.deepEqual(verbsOf(change, "configmaps", "kube-system"), ["get create update delete"]);
    });

    it("are fewer where less is made", () => {
        const { look, change } = needed({
            gateway: { addresses: ["192.0.2.1"] },
            dns: { adapter: "coredns" },
            istio: { install: false, ca: "existing", namespace: "istio" },
        });
        assert.deepEqual(verbsOf(look, "nodes"), []);
        assert.deepEqual(verbsOf(look, "configmaps", "kube-system"), []);
        assert.deepEqual(verbsOf(change, "clusterroles"), []);
        assert.deepEqual(verbsOf(change, "secrets", "istio"), ["get"]);
        assert.deepEqual(verbsOf(change, "deployments", "istio"), ["get update"]);
        assert.deepEqual(verbsOf(change, "deployments", "istio-multicluster"), [make]);
        const removing = needed({ istio: { removeCrds: true } }).change;
        assert.deepEqual(verbsOf(removing, "customresourcedefinitions"), [make]);
    });
});

describe("docs/roles", () => {
    const rulesOf = (file: string) =>
        (
            parse(readFileSync(resolve(__dirname, "../../../docs/roles", file), "utf8")) as {
                readonly rules: readonly Rule[];
            }
        ).rules;
    const byNamespace = new Map<string, readonly Rule[]>();
    const cases: readonly Raw[] = [
        {
            exports: [httpbin],
            imports: [{ ...wanted, via: "egress" }],
            sampleApps: { sleep: {}, httpbin: {} },
        },
        { istio: { removeCrds: true }, sampleApps: { sleep: {} }, connectivityCheck: true },
        { istio: { install: false }, exports: [httpbin], imports: [wanted] },
        { istio: { install: false, ca: "existing" }, dns: { adapter: "sidecar" } },
    ];

    it("are enough for whatever the settings ask for", () => {
        for (const raw of cases) {
            const { look, change } = needed(raw);
            const preview = rulesOf("preview.yaml");
            assert.deepEqual(missingRights(look, { everywhere: preview, byNamespace }), []);
            const all = [...preview, ...rulesOf("update.yaml")];
            assert.deepEqual(missingRights([...look, ...change], { everywhere: all, byNamespace }), []);
        }
    });

    it("let a preview see no Secret and change nothing", () => {
        for (const { verbs, resources = [] } of rulesOf("preview.yaml")) {
            assert.ok(verbs.every((verb) => ["get", "list"].includes(verb)));
            assert.ok(!resources.some((resource) => ["*", "secrets"].includes(resource)));
        }
    });
});

describe("missingRights", () => {
    const none = { everywhere: [], byNamespace: new Map<string, readonly Rule[]>() };
    const deployments = {
        verbs: ["get", "create"],
        group: "apps",
        resource: "deployments",
        namespace: "bar",
    };
    const everything = { verbs: ["*"], apiGroups: ["*"], resources: ["*"] };

    it("are none for an administrator, granting included", () => {
        const { look, change } = needed({ exports: [httpbin], imports: [wanted] });
        assert.deepEqual(missingRights([...look, ...change], { ...none, everywhere: [everything] }), []);
        const verbs = ["get", "list", "watch", "create", "update", "patch", "delete"];
        const listed = { ...everything, verbs };
        assert.deepEqual(missingRights([...look, ...change], { ...none, everywhere: [listed] }), []);
    });

    it("are those verbs that no rule gives, each right once", () => {
        const rules = [{ verbs: ["get"], apiGroups: ["apps"], resources: ["deployments"] }];
        assert.deepEqual(
            missingRights([deployments, { ...deployments, verbs: ["patch"] }], {
                ...none,
                everywhere: rules,
            }),
            [{ ...deployments, verbs: ["create", "patch"] }],
        );
    });

    it("count rules of the right's own namespace, and no others", () => {
        const rules = [{ verbs: ["*"], apiGroups: ["apps"], resources: ["*"] }];
        assert.deepEqual(
            missingRights([deployments], { ...none, byNamespace: new Map([["bar", rules]]) }),
            [],
        );
        assert.deepEqual(missingRights([deployments], { ...none, byNamespace: new Map([["foo", rules]]) }), [
            deployments,
        ]);
    });

    it("tell subresources, groups and names of objects apart", () => {
        const forward = { verbs: ["create"], group: "", resource: "pods/portforward" };
        const with_ = (rule: Rule) => missingRights([forward], { ...none, everywhere: [rule] }).length;
        const core = { verbs: ["create"], apiGroups: [""] };
        assert.equal(with_({ ...core, resources: ["pods"] }), 1);
        assert.equal(with_({ ...core, apiGroups: ["apps"], resources: ["*"] }), 1);
        assert.equal(with_({ ...core, resources: ["pods/portforward"] }), 0);
        assert.equal(with_({ ...core, resources: ["*/portforward"] }), 0);
        assert.equal(with_({ ...core, resources: ["pods/portforward"], resourceNames: ["a"] }), 1);
        const secret = { verbs: ["get"], group: "", resource: "secrets", name: "cacerts" };
        const named = { verbs: ["get"], apiGroups: [""], resources: ["secrets"] };
        const missing = (...resourceNames: string[]) =>
            missingRights([secret], { ...none, everywhere: [{ ...named, resourceNames }] }).length;
        assert.deepEqual([missing("cacerts"), missing("other"), missing()], [0, 1, 0]);
    });
});

describe("rightsMessage", () => {
    it("has a rule for each, places named, and a command that shows one", () => {
        const missing = [
            { verbs: ["create", "patch"], group: "rbac.authorization.k8s.io", resource: "clusterroles" },
            {
                verbs: ["create", "patch"],
                group: "rbac.authorization.k8s.io",
                resource: "clusterrolebindings",
            },
            { verbs: ["create"], group: "", resource: "services", namespace: "foo" },
            { verbs: ["create"], group: "", resource: "services", namespace: "bar" },
        ];
        assert.equal(
            rightsMessage("an update needs", { kubeconfig: "k", context: "c" }, missing),
            [
                "the user of context c of k lacks rights that an update needs. Add these rules to the user's ClusterRole, or to " +
                    "a Role where a namespace is named, or use another user; docs/security.md has the whole roles:",
                "      - { apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles, clusterrolebindings], verbs: [create, patch] }",
                '      - { apiGroups: [""], resources: [services], verbs: [create] } # in foo, bar',
                "    To see the first: kubectl --kubeconfig k --context c auth can-i create clusterroles.rbac.authorization.k8s.io",
            ].join("\n"),
        );
    });

    it("can leave rules out, and says how many", () => {
        const missing = ["a", "b", "c"].map((group) => ({ verbs: ["get"], group, resource: "things" }));
        const lines = rightsMessage("an update needs", { kubeconfig: "k", context: "c" }, missing, 1).split(
            "\n",
        );
        assert.deepEqual(lines.slice(1), [
            "      - { apiGroups: [a], resources: [things], verbs: [get] }",
            "      and 2 more",
            "    To see the first: kubectl --kubeconfig k --context c auth can-i get things.a",
        ]);
    });
});
