import assert from "node:assert/strict";
import { createProvider, type StubDomainInputs, type Waits } from "../../components/stubDomainsProvider";
import { mergeStubDomain, stubDomainContent } from "../../lib/dns/corefile";
import { realCorefiles } from "../support/corefiles";
import { FakeApi } from "../support/fakeApi";

const configMapPath = "/api/v1/namespaces/kube-system/configmaps/coredns";
const deploymentPath = "/apis/apps/v1/namespaces/kube-system/deployments/coredns";
const namespacePath = "/api/v1/namespaces/kube-system";
const annotation = "istio-multicluster/stub-domains";
const original = realCorefiles["kubeadm"] ?? "";
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

describe("stubDomainsProvider", () => {
    let api: FakeApi;
    let inputs: StubDomainInputs;
    let waited: string[];
    let waits: Waits;
    let failRollout: Error | undefined;
    let failZone: Error | undefined;

    beforeEach(async () => {
        api = await FakeApi.start();
        api.set(namespacePath, { metadata: { name: "kube-system", uid: "uid-1" } });
        api.set(configMapPath, {
            metadata: { name: "coredns" },
            data: { Corefile: original, other: "kept" },
        });
        api.set(deploymentPath, deployment(2));
        inputs = {
            ...api.access,
            adapter: "coredns",
            zones: ["global"],
            forwardTo: ["10.91.0.53"],
            owner: "organization/mesh/cluster1",
            configMap: { namespace: "kube-system", name: "coredns" },
            deployment: { namespace: "kube-system", name: "coredns" },
            primaryServer: "global-dns.istio-system.svc.cluster.local",
        };
        waited = [];
        failRollout = undefined;
        failZone = undefined;
        waits = {
            waitForRollout: (_access, { namespace, name }) => {
                waited.push(`rollout ${namespace}/${name}`);
                return failRollout ? Promise.reject(failRollout) : Promise.resolve();
            },
            waitForZone: (_access, _target, expected, limitSeconds) => {
                waited.push(
                    `zone ${expected.zone} from ${expected.primaryServer ?? "any"} in ${limitSeconds} s`,
                );
                return failZone ? Promise.reject(failZone) : Promise.resolve();
            },
        };
    });

    afterEach(async () => {
        await api.stop();
    });

    const provider = (): ReturnType<typeof createProvider> => createProvider(waits);
    const corefile = (): string => (api.get(configMapPath)?.["data"] as { Corefile: string }).Corefile;
    const setCorefile = (text: string): void => {
        api.set(configMapPath, { metadata: { name: "coredns" }, data: { Corefile: text, other: "kept" } });
    };
    const template = (): unknown => (api.get(deploymentPath)?.["spec"] as { template: unknown }).template;
    const annotationValue = (): string | undefined =>
        (template() as { metadata: { annotations?: Record<string, string> } }).metadata.annotations?.[
            annotation
        ];
    const writes = (): string[] =>
        api.requests.filter(({ method }) => method !== "GET").map(({ path, status }) => `${path} ${status}`);
    const merged = (text = original): string => mergeStubDomain(text, { ...inputs, zone: "global" });

    async function messageOf(work: Promise<unknown>): Promise<string> {
        const error: unknown = await work.then(
            () => assert.fail("nothing was refused"),
            (reason: unknown) => reason,
        );
        assert(error instanceof Error);
        return error.message;
    }

    describe("create", () => {
        it("merges the block, replaces the pods, and asks for the zone", async () => {
            const created = await provider().create(inputs);

            const block = stubDomainContent({ ...inputs, zone: "global" });
            assert.deepEqual(created, {
                id: "kube-system/coredns",
                outs: { ...inputs, block, clusterUid: "uid-1" },
            });
            assert.equal(corefile(), merged());
            assert.deepEqual(api.get(configMapPath)?.["data"], { Corefile: merged(), other: "kept" });
            assert.match(annotationValue() ?? "", /^[0-9a-f]{12}\.\d+$/);
            assert.deepEqual(waited, [
                "rollout kube-system/coredns",
                "zone global from global-dns.istio-system.svc.cluster.local in 30 s",
            ]);
        });

        it("writes nothing when everything is there already", async () => {
            await provider().create(inputs);
            api.requests.length = 0;
            await provider().create(inputs);
            assert.deepEqual(writes(), []);
        });

        it("replaces the pods when an interrupted run has only written the Corefile", async () => {
            setCorefile(merged());
            await provider().create(inputs);
            assert.deepEqual(writes(), [`${deploymentPath} 200`]);
        });

        it("keeps what somebody else writes between its read and its write", async () => {
            api.beforePut = (path) => {
                if (path !== configMapPath) return;
                api.beforePut = undefined;
                setCorefile(`# by somebody else\n${original}`);
            };
            await provider().create(inputs);
            assert.equal(corefile(), merged(`# by somebody else\n${original}`));
            assert.deepEqual(writes(), [
                `${configMapPath} 409`,
                `${configMapPath} 200`,
                `${deploymentPath} 200`,
            ]);
        });

        it("gives up when somebody else never stops writing", async () => {
            let edits = 0;
            api.beforePut = () => {
                setCorefile(`# edit ${++edits}\n${original}`);
            };
            assert.equal(
                await messageOf(provider().create(inputs)),
                'Somebody else keeps changing the ConfigMap kube-system/coredns of context "fake": 8 attempts to write it ' +
                    "met a newer version each. Find the controller that does it, then run this again.",
            );
            assert.equal(corefile(), `# edit 8\n${original}`);
        });

        it("leaves the pods to CoreDNS's reload where replacing them would interrupt the DNS", async () => {
            api.set(deploymentPath, deployment(1));
            await provider().create(inputs);
            assert.equal(annotationValue(), undefined);
            assert.deepEqual(waited, ["zone global from global-dns.istio-system.svc.cluster.local in 150 s"]);
        });

        it("takes the block out again when CoreDNS does not come up with it", async () => {
            const before = template();
            failRollout = new Error(
                "The Deployment kube-system/coredns does not come up: pod x keeps crashing.",
            );
            assert.equal(
                await messageOf(provider().create(inputs)),
                "The Deployment kube-system/coredns does not come up: pod x keeps crashing. " +
                    "The change of the ConfigMap kube-system/coredns was taken back, so that the cluster keeps its DNS.",
            );
            assert.equal(corefile(), original);
            assert.deepEqual(template(), before);
        });

        it("records the resource when only the zone does not resolve, so that a destroy takes the block out", async () => {
            failZone = new Error("The zone does not resolve.");
            const error: unknown = await provider()
                .create(inputs)
                .catch((reason: unknown) => reason);
            assert(error instanceof Error);
            assert.deepEqual(
                { message: error.message, ...Object.fromEntries(Object.entries(error)) },
                {
                    message: "The zone does not resolve.",
                    id: "kube-system/coredns",
                    properties: {
                        ...inputs,
                        block: stubDomainContent({ ...inputs, zone: "global" }),
                        clusterUid: "uid-1",
                    },
                    reasons: ["The zone does not resolve."],
                },
            );
            assert.equal(corefile(), merged());
        });

        it("refuses before any write what cannot be merged, or is not there", async () => {
            setCorefile(`${original}global {\n}\n`);
            assert.equal(
                await messageOf(provider().create(inputs)),
                'Line 24 of the Corefile already serves the zone "global" on port 53 ("global"), in a server block of ' +
                    "somebody else. Remove it there, or use another zone.",
            );
            api.delete(configMapPath);
            assert.equal(
                await messageOf(provider().create(inputs)),
                'The ConfigMap kube-system/coredns of the cluster DNS does not exist in context "fake"; name the one ' +
                    "that this cluster uses.",
            );
            setCorefile(original);
            api.delete(deploymentPath);
            assert.equal(
                await messageOf(provider().create(inputs)),
                'The Deployment kube-system/coredns of the cluster DNS does not exist in context "fake"; name the one ' +
                    "that this cluster uses.",
            );
            api.set(configMapPath, { metadata: {}, data: {} });
            api.set(deploymentPath, deployment(2));
            assert.equal(
                await messageOf(provider().create(inputs)),
                'The ConfigMap of the cluster DNS has no key "Corefile"; name the ConfigMap that has it in dns.configMap.',
            );
            assert.deepEqual(writes(), []);
        });
    });

    describe("read, diff and update", () => {
        it("sees no difference in what others edit", async () => {
            const { outs, id } = await provider().create(inputs);
            assert(outs);
            setCorefile(`# by somebody else\n${corefile()}other:53 {\n}\n`);
            const read = await provider().read(id, outs);
            assert.deepEqual(read, { id, props: outs, inputs: { ...inputs, block: outs.block } });
            assert.deepEqual(await provider().diff(id, outs, { ...inputs, block: outs.block }), same);
        });

        for (const [what, damage, left] of [
            ["changed", (text: string) => text.replace("10.91.0.53", "10.9.9.9"), /10\.9\.9\.9/],
            ["removed", () => original, /^$/],
        ] as const) {
            it(`sees that the block was ${what}, and heals it`, async () => {
                const { outs, id } = await provider().create(inputs);
                assert(outs);
                const firstRoll = annotationValue();
                setCorefile(damage(corefile()));
                const { props } = await provider().read(id, outs);
                assert(props);
                assert.match(props.block, left);
                const wanted = { ...inputs, block: outs.block };
                assert.deepEqual(await provider().diff(id, props, wanted), changed());
                assert.deepEqual(await provider().update(id, props, wanted), { outs });
                assert.equal(corefile(), merged());
                assert.notEqual(annotationValue(), firstRoll);
            });
        }

        it("reports a ConfigMap that is gone as gone", async () => {
            const { outs, id } = await provider().create(inputs);
            api.delete(configMapPath);
            assert.deepEqual(await provider().read(id, outs), { id: "" });
        });

        it("updates for another server, and replaces for another zone, object or cluster", async () => {
            const { outs, id } = await provider().create(inputs);
            assert(outs);
            const wanted = { ...inputs, block: outs.block };
            const diff = (news: Partial<StubDomainInputs>): Promise<unknown> =>
                provider().diff(id, outs, { ...wanted, ...news });
            assert.deepEqual(await diff({ block: "other" }), changed());
            assert.deepEqual(await diff({ owner: "other" }), changed());
            assert.deepEqual(await diff({ adapter: "kube-dns" }), changed("adapter"));
            assert.deepEqual(
                await diff({ configMap: { ...inputs.configMap, name: "x" } }),
                changed("configMap"),
            );
            assert.deepEqual(
                await diff({ deployment: { ...inputs.deployment, name: "x" } }),
                changed("deployment"),
            );

            const elsewhere = await FakeApi.start();
            try {
                elsewhere.set(namespacePath, { metadata: { name: "kube-system", uid: "uid-1" } });
                assert.deepEqual(await diff(elsewhere.access), changed());
                elsewhere.set(namespacePath, { metadata: { name: "kube-system", uid: "uid-2" } });
                assert.deepEqual(await diff(elsewhere.access), changed("context"));
            } finally {
                await elsewhere.stop();
            }
        });
    });

    describe("delete", () => {
        it("takes out its block and its annotation, and nothing else", async () => {
            const before = template();
            const { outs, id } = await provider().create(inputs);
            assert(outs);
            setCorefile(`# by somebody else\n${corefile()}`);
            waited.length = 0;
            await provider().delete(id, outs);
            assert.equal(corefile(), `# by somebody else\n${original}`);
            assert.deepEqual(template(), before);
            assert.deepEqual(waited, ["rollout kube-system/coredns"]);
        });

        it("succeeds when the objects are gone", async () => {
            const { outs, id } = await provider().create(inputs);
            assert(outs);
            api.delete(configMapPath);
            api.delete(deploymentPath);
            await provider().delete(id, outs);
        });

        it("writes nothing when the markers are damaged", async () => {
            const { outs, id } = await provider().create(inputs);
            assert(outs);
            setCorefile(corefile().replace(/# END.*/, ""));
            api.requests.length = 0;
            assert.equal(
                await messageOf(provider().delete(id, outs)),
                'The stub domain "global" at line 24 of the Corefile has a BEGIN marker with no END marker after it. Take ' +
                    "its block and its marker comments out by hand, then run this again.",
            );
            assert.deepEqual(writes(), []);
        });
    });

    describe("with several zones", () => {
        const both = () => ({ ...inputs, zones: ["global", "mesh.corp"] });
        const zonesAsked = () => waited.filter((line) => line.startsWith("zone "));

        it("replaces the pods once, and asks for each zone", async () => {
            const { outs } = await provider().create(both());
            assert.equal(writes().filter((line) => line.startsWith(deploymentPath)).length, 1);
            assert.deepEqual(
                zonesAsked().map((line) => line.split(" ")[1]),
                ["global", "mesh.corp"],
            );
            assert.match(outs?.block ?? "", /^global:53 \{[^]*mesh\.corp:53 \{/);
        });

        it("adds and drops a zone in place", async () => {
            const { outs, id } = await provider().create(inputs);
            assert(outs);
            const more = (await provider().check(inputs, both())).inputs;
            assert(more);
            assert.deepEqual(await provider().diff(id, outs, more), changed());
            const { outs: now } = await provider().update(id, outs, more);
            assert(now);
            assert.match(corefile(), /mesh\.corp:53 \{/);
            await provider().update(id, now, { ...inputs, block: outs.block });
            assert.equal(corefile(), merged());
        });

        it("takes back a zone with which CoreDNS does not come up, and leaves the other", async () => {
            const { outs, id } = await provider().create(inputs);
            assert(outs);
            const before = template();
            failRollout = new Error("The Deployment does not come up.");
            assert.equal(
                await messageOf(provider().update(id, outs, both())),
                "The Deployment does not come up. The change of the ConfigMap kube-system/coredns was taken back, so that the " +
                    "cluster keeps its DNS.",
            );
            assert.equal(corefile(), merged());
            assert.deepEqual(template(), before);
        });
    });

    describe("with a ConfigMap that the cluster does not come with", () => {
        const path = "/api/v1/namespaces/kube-system/configmaps/coredns-custom";
        const custom = (): StubDomainInputs => ({
            ...inputs,
            adapter: "coredns-custom",
            configMap: { namespace: "kube-system", name: "coredns-custom" },
        });
        const key = "istio-multicluster-global.server";

        it("makes it, and deletes it when nothing else is in it", async () => {
            assert.deepEqual((await provider().check(custom(), custom())).failures, undefined);
            const { outs, id } = await provider().create(custom());
            assert(outs);
            assert.deepEqual(Object.keys(api.get(path)?.["data"] ?? {}), [key]);
            assert.equal(corefile(), original);
            await provider().delete(id, outs);
            assert.equal(api.get(path), undefined);
            assert.deepEqual(
                writes().filter((line) => line.startsWith(path)),
                [`${path} 200`],
            );
        });

        it("keeps it for what somebody else has put into it, also at the last moment", async () => {
            const { outs, id } = await provider().create(custom());
            assert(outs);
            api.beforePut = (written) => {
                if (written !== path) return;
                api.beforePut = undefined;
                const object = api.get(path) ?? {};
                api.set(path, {
                    ...object,
                    data: { ...(object["data"] as object), "theirs.server": "a {\n}\n" },
                });
            };
            await provider().delete(id, outs);
            assert.deepEqual(api.get(path)?.["data"], { "theirs.server": "a {\n}\n" });
            assert.equal(api.get(path)?.metadata?.["annotations"], undefined);
        });

        it("merges into one that somebody else makes at the same moment", async () => {
            api.beforePut = (written) => {
                if (written !== path) return;
                api.beforePut = undefined;
                api.set(path, { metadata: { name: "coredns-custom" }, data: { "a.override": "log" } });
            };
            const { outs, id } = await provider().create(custom());
            assert(outs);
            assert.deepEqual(Object.keys(api.get(path)?.["data"] ?? {}), ["a.override", key]);
            await provider().delete(id, outs);
            assert.deepEqual(api.get(path)?.["data"], { "a.override": "log" });
        });

        it("sees a broken key, and heals it", async () => {
            const { outs, id } = await provider().create(custom());
            assert(outs);
            const whole = api.get(path) ?? {};
            const text = (whole["data"] as Record<string, string>)[key] ?? "";
            api.set(path, { ...whole, data: { [key]: text.replace("10.91.0.53", "10.9.9.9") } });
            const { props } = await provider().read(id, outs);
            assert(props);
            const wanted = { ...custom(), block: outs.block };
            assert.deepEqual(await provider().diff(id, props, wanted), changed());
            await provider().update(id, props, wanted);
            assert.deepEqual(api.get(path)?.["data"], { [key]: text });
        });
    });

    describe("with kube-dns", () => {
        const path = "/api/v1/namespaces/kube-system/configmaps/kube-dns";
        const kubeDns = (): StubDomainInputs => ({
            ...inputs,
            adapter: "kube-dns",
            configMap: { namespace: "kube-system", name: "kube-dns" },
        });
        const stubDomains = '{ "acme.local": ["1.2.3.4"] }';

        it("writes an entry, replaces no pods, and leaves the rest byte for byte", async () => {
            const data = { stubDomains, upstreamNameservers: '["9.9.9.9"]' };
            api.set(path, { metadata: { name: "kube-dns" }, data });
            const before = template();
            const { outs, id } = await provider().create(kubeDns());
            assert(outs);
            assert.deepEqual(api.get(path)?.["data"], {
                ...data,
                stubDomains: '{"global":["10.91.0.53"], "acme.local": ["1.2.3.4"] }',
            });
            assert.deepEqual(template(), before);
            assert.deepEqual(waited, ["zone global from global-dns.istio-system.svc.cluster.local in 150 s"]);
            await provider().delete(id, outs);
            assert.deepEqual(api.get(path)?.["data"], data);
            assert.equal(api.get(path)?.metadata?.["annotations"], undefined);
        });

        it("refuses the zone in a preview where somebody else hands it on", async () => {
            const foreign = '{"global": ["1.2.3.4"]}';
            api.set(path, { metadata: { name: "kube-dns" }, data: { stubDomains: foreign } });
            assert.deepEqual((await provider().check(kubeDns(), kubeDns())).failures, [
                {
                    property: "zones",
                    reason:
                        'The key "stubDomains" of the cluster DNS\'s ConfigMap already hands the zone "global" on to ' +
                        '["1.2.3.4"], by an entry of somebody else. Remove it there, or use another suffix.',
                },
            ]);
        });
    });

    describe("check", () => {
        const reasons = async (news: StubDomainInputs): Promise<string[]> =>
            ((await provider().check(news, news)).failures ?? []).map(({ reason }) => reason);

        it("adds the block's text, or leaves it for later when the server is not known yet", async () => {
            assert.deepEqual(await provider().check(inputs, inputs), {
                inputs: { ...inputs, block: stubDomainContent({ ...inputs, zone: "global" }) },
            });
            const early = { ...inputs, forwardTo: [unknownValue] };
            assert.deepEqual(await provider().check(early, early), {
                inputs: { ...early, block: unknownValue },
            });
        });

        it("refuses bad values, and a Corefile that an update would refuse", async () => {
            assert.deepEqual(await reasons({ ...inputs, forwardTo: [] }), [
                'The zone "global" has no server to forward to; name at least one.',
            ]);
            setCorefile(`${original}. {\n`);
            assert.deepEqual(await reasons({ ...inputs, forwardTo: [unknownValue] }), [
                'The block "." that begins at line 24 of the Corefile is never closed: a } is missing.',
            ]);
            api.delete(configMapPath);
            assert.deepEqual(await reasons(inputs), [
                'The ConfigMap kube-system/coredns of the cluster DNS does not exist in context "fake"; name the one ' +
                    "that this cluster uses.",
            ]);
        });

        it("goes on without a cluster that does not answer", async () => {
            const said: unknown[] = [];
            const original = console.error;
            console.error = (...words: unknown[]): void => void said.push(...words);
            try {
                assert.deepEqual(await reasons({ ...inputs, context: "nowhere" }), []);
            } finally {
                console.error = original;
            }
            assert.equal(said.length, 1);
            assert.match(
                String(said[0]),
                /^The cluster DNS could not be looked at before the update: kubectl failed /,
            );
        });
    });
});

const same = { changes: false, replaces: [], deleteBeforeReplace: true };

function changed(...replaces: string[]): unknown {
    return { changes: true, replaces, deleteBeforeReplace: true };
}

function deployment(replicas: number): Record<string, unknown> {
    return {
        metadata: { name: "coredns", generation: 1 },
        spec: {
            replicas,
            selector: { matchLabels: { "k8s-app": "kube-dns" } },
            strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: "25%" } },
            template: {
                metadata: { labels: { "k8s-app": "kube-dns" } },
                spec: { containers: [{ name: "coredns" }] },
            },
        },
    };
}
