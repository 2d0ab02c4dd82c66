import assert from "node:assert/strict";
import * as fs from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { withApiProxy } from "../../kube/apiProxy";
import { getJson, isNotFound, KubectlError, postJson } from "../../kube/kubectl";
import { FakeApi } from "../support/fakeApi";
import { StandInKubectl } from "../support/standInKubectl";

describe("one kubectl for many questions", () => {
    const nodes = "/api/v1/nodes";
    let api: FakeApi;

    beforeEach(async () => {
        api = await FakeApi.start();
        api.set(nodes, { items: [] });
    });
    afterEach(() => api.stop());

    /** Folders of proxies that run, or have left something. */
    const folders = () =>
        fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith("istio-multicluster-api-"));

    it("answers as kubectl would, and leaves nothing", async () => {
        const before = folders();
        await withApiProxy(api.access, async () => {
            const all = await Promise.all(
                Array.from({ length: 20 }, () => getJson<object>(api.access, nodes)),
            );
            assert.deepEqual(
                all.map((each) => Object.keys(each).includes("items")),
                Array(20).fill(true),
            );
            await assert.rejects(getJson(api.access, "/api/v1/pods"), (error) => {
                assert.ok(isNotFound(error));
                assert.match(String(error), /Error from server \(NotFound\): "\/api\/v1\/pods" not found/);
                return true;
            });
            assert.equal(folders().length, before.length + 1);
            const [own = ""] = folders().filter((name) => !before.includes(name));
            assert.equal(fs.statSync(`${os.tmpdir()}/${own}`).mode & 0o77, 0);
        });
        for (let tries = 0; folders().length > before.length && tries < 50; tries++) await pause(100);
        assert.deepEqual(folders(), before);
    });

    it("lets kubectl find the words where a cluster does not answer, or there is no such context", async () => {
        await withApiProxy({ ...api.access, context: "other" }, async () => {
            await assert.rejects(
                getJson({ ...api.access, context: "other" }, nodes),
                /context "other" does not exist/,
            );
        });
        await withApiProxy(api.access, async () => {
            await api.stop();
            await assert.rejects(
                getJson(api.access, nodes),
                (error) => error instanceof KubectlError && error.reason === "",
            );
            api = await FakeApi.start();
        });
    });

    it("does not wait twice for a cluster that never answers", async () => {
        const silent = createServer(() => undefined);
        await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
        const { port } = silent.address() as AddressInfo;
        const kubeconfig = fs.readFileSync(api.access.kubeconfig, "utf8");
        fs.writeFileSync(api.access.kubeconfig, kubeconfig.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${port}`));
        const began = Date.now();
        await withApiProxy(api.access, async () => {
            await assert.rejects(getJson(api.access, nodes, 2), /no answer within 2 seconds/);
        });
        assert.ok(Date.now() - began < 3500, `${Date.now() - began} ms`);
        silent.closeAllConnections();
        silent.close();
    });

    it("works without a proxy where kubectl has none", async () => {
        const standIn = new StandInKubectl();
        try {
            standIn.does(`case "$*" in *proxy*) exit 1;; *) echo '{"from": "kubectl"}';; esac`);
            await withApiProxy(api.access, async () => {
                assert.deepEqual(await getJson(api.access, nodes), { from: "kubectl" });
                assert.deepEqual(await postJson(api.access, nodes, {}), { from: "kubectl" });
            });
        } finally {
            standIn.remove();
        }
    });
});
