import assert from "node:assert/strict";
import * as fc from "fast-check";
import { stringify } from "yaml";
import {
    contextIn,
    type Kubeconfig,
    mergeKubeconfigs,
    NoKubeconfig,
    parseKubeconfig,
} from "../../../lib/cluster/kubeconfig";
import { holdsCredentials } from "../../../lib/config/kubeconfig";

/** A kubeconfig in which each name of a context is also that of its cluster and its user. */
function kubeconfig(names: readonly string[], server: string, current?: string): string {
    return stringify({
        ...(current !== undefined && { "current-context": current }),
        contexts: names.map((name) => ({ name, context: { cluster: name, user: name } })),
        clusters: names.map((name) => ({ name, cluster: { server, "certificate-authority": "ca.crt" } })),
        users: names.map((name) => ({ name, user: { token: server } })),
    });
}

const serverOf = (all: Kubeconfig, name: string) => contextIn(all, name)?.cluster.values["server"];

describe("a kubeconfig", () => {
    it("has its contexts with what they name, and the folder at which its paths begin", () => {
        const all = parseKubeconfig(kubeconfig(["a", "b"], "https://one", "b"), "/home/me/.kube");
        assert.equal(all.currentContext, "b");
        assert.deepEqual(contextIn(all, "a"), {
            cluster: {
                values: { server: "https://one", "certificate-authority": "ca.crt" },
                folder: "/home/me/.kube",
            },
            user: { values: { token: "https://one" }, folder: "/home/me/.kube" },
        });
        assert.equal(contextIn(all, "c"), undefined);
    });

    it("may be empty, and a context may name what is not there", () => {
        for (const text of ["", "apiVersion: v1\nkind: Config\ncontexts: null\n"])
            assert.deepEqual([...parseKubeconfig(text, "/").contexts.keys()], []);
        const alone = parseKubeconfig("contexts: [{ name: a, context: { cluster: x } }]", "/");
        assert.deepEqual(contextIn(alone, "a")?.cluster.values, {});
    });

    it("is refused where it is none, and where it needs a file that is beside it nowhere", () => {
        for (const [text, why] of [
            ["{", "it is not valid YAML"],
            ["some words", "it is a text, and no map"],
            ["contexts: 5", "its contexts, clusters and users are not as kubectl has them"],
            [
                kubeconfig(["a"], "https://one"),
                "its certificate-authority is the file ca.crt, which is beside it nowhere; make one that holds all by itself " +
                    "with `kubectl config view --raw --flatten`",
            ],
        ] as const)
            assert.throws(
                () => parseKubeconfig(text, undefined),
                (error) => error instanceof NoKubeconfig && error.message === why,
            );
    });

    it("is merged by kubectl's rule: the first file that has a name decides what it means", () => {
        const file = fc.record({
            names: fc.uniqueArray(fc.constantFrom("a", "b", "c", "d")),
            current: fc.option(fc.constantFrom("a", "b"), { nil: undefined }),
        });
        fc.assert(
            fc.property(fc.array(file), (files) => {
                const all = files.map(({ names, current }, index) =>
                    parseKubeconfig(kubeconfig(names, `https://${index}`, current), `/${index}`),
                );
                const merged = mergeKubeconfigs(all);
                for (const name of ["a", "b", "c", "d"] as const) {
                    const first = files.findIndex(({ names }) => names.includes(name));
                    assert.equal(serverOf(merged, name), first === -1 ? undefined : `https://${first}`);
                    assert.equal(
                        contextIn(merged, name)?.user.folder,
                        first === -1 ? undefined : `/${first}`,
                    );
                }
                assert.equal(
                    merged.currentContext,
                    files.find(({ current }) => current !== undefined)?.current,
                );
            }),
        );
    });

    it("holds credentials where somebody can sign in with what is in it", () => {
        const of = (user: object) => holdsCredentials(stringify({ users: [{ name: "a", user }] }));
        for (const user of [{ token: "t" }, { password: "p" }, { "client-key-data": "k" }])
            assert.ok(of(user));
        for (const user of [{}, { token: "" }, { exec: { command: "aws" } }, { "client-key": "key.pem" }])
            assert.ok(!of(user));
        assert.ok(!holdsCredentials("no kubeconfig"));
    });
});
