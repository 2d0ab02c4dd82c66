import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { FakeApi } from "../../support/fakeApi";

const checkout = path.join(__dirname, "..", "..", "..");
const fake = path.join(checkout, "test", "support", "waitingPulumi");
const inputs = {
    apiVersion: "networking.istio.io/v1",
    kind: "ServiceEntry",
    metadata: { name: "httpbin", namespace: "barr" },
};
const type = "kubernetes:networking.istio.io/v1:ServiceEntry";
const step = {
    op: "create",
    type,
    urn: `urn:pulumi:one::istio-multicluster::istio-multicluster:index:ExportedService$${type}::httpbin-service`,
    provider: "",
    new: { type, urn: "", custom: true, id: "", parent: "", inputs, outputs: {}, provider: "" },
};

/** Runs `mesh destroy` and `mesh up` with a Pulumi that only waits, for an object whose namespace does not exist. */
describe("a run that waits for what will not come", function () {
    this.timeout(90_000);
    let api: FakeApi;
    let folder: string;
    let child: ChildProcess | undefined;

    beforeEach(async () => {
        api = await FakeApi.start();
        const networking = { groupVersion: "networking.istio.io/v1", version: "v1" };
        api.set("/apis", {
            kind: "APIGroupList",
            groups: [{ name: "networking.istio.io", versions: [networking], preferredVersion: networking }],
        });
        api.set("/apis/networking.istio.io/v1", {
            kind: "APIResourceList",
            groupVersion: networking.groupVersion,
            resources: [
                {
                    name: "serviceentries",
                    singularName: "serviceentry",
                    namespaced: true,
                    kind: "ServiceEntry",
                    verbs: ["get"],
                },
            ],
        });
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "mesh-waits-"));
        const write = (name: string, text: string) => {
            fs.writeFileSync(path.join(folder, name), text);
        };
        write("Pulumi.yaml", "name: istio-multicluster\nruntime: nodejs\n");
        write("Pulumi.ca.yaml", "config:\n  istio-multicluster:ca:\n    clusters: [one]\n");
        write(
            "Pulumi.one.yaml",
            `config:\n  istio-multicluster:cluster: { kubeconfig: ${api.access.kubeconfig}, context: fake }\n`,
        );
    });

    afterEach(async () => {
        child?.kill("SIGKILL");
        await api.stop();
        fs.rmSync(folder, { recursive: true, force: true });
    });

    interface Ended {
        readonly code: number | null;
        readonly text: string;
    }

    /** @param stopAfter something in the output at which Ctrl-C is pressed */
    function mesh(command: string, stopAfter?: RegExp): Promise<Ended> {
        const started = spawn(process.execPath, ["load.js", "cli/main.ts", command], {
            cwd: checkout,
            env: {
                ...process.env,
                PATH: `${fake}${path.delimiter}${process.env["PATH"] ?? ""}`,
                MESH_PROJECT_FOLDER: folder,
                // The stand-in has its stacks nowhere; a folder would be looked into.
                PULUMI_BACKEND_URL: "s3://stand-in",
                FAKE_STEP: JSON.stringify(step),
                FAKE_SINCE: String(Date.now() / 1000 - 60),
            },
            stdio: ["ignore", "pipe", "pipe"],
        });
        child = started;
        let text = "";
        let isStopped = false;
        for (const stream of [started.stdout, started.stderr])
            stream.setEncoding("utf8").on("data", (part: string) => {
                text += part;
                if (isStopped || stopAfter?.test(text) !== true) return;
                isStopped = true;
                started.kill("SIGINT");
            });
        return new Promise((resolve) => {
            started.on("close", (code) => {
                resolve({ code, text });
            });
        });
    }

    it("is ended as a failure, with the cause and the step to take", async () => {
        const { code, text } = await mesh("destroy");
        assert.equal(code, 1, text);
        assert.match(
            text,
            /^\[.*\] one: 0 done; creating ServiceEntry httpbin-service \(\d+ s\): the namespace barr does not exist$/m,
        );
        const { kubeconfig } = api.access;
        assert.ok(
            text.includes(
                [
                    "one failed:",
                    "  ServiceEntry barr/httpbin: the namespace barr does not exist",
                    "  The run was ended, because this does not change by waiting.",
                    `Next: Make the namespace (kubectl --kubeconfig ${kubeconfig} --context fake create namespace barr), or name ` +
                        "another in Pulumi.one.yaml. Then ",
                ].join("\n"),
            ),
            text,
        );
        assert.doesNotMatch(text, /canceled|Stopp/);
    });

    it("says what it waited for when somebody stops it", async () => {
        const { code, text } = await mesh("destroy", /does not exist/);
        assert.equal(code, 130, text);
        assert.match(
            text,
            /^one: stopped while it waited for ServiceEntry barr\/httpbin: the namespace barr does not exist$/m,
        );
    });
});
