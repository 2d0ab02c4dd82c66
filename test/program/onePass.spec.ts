import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { HandoverClient } from "../../handover/client";
import { Handover } from "../../handover/server";
import type { GatewayAddress } from "../../lib/mesh/contract";
import { handoverVariable, type Told } from "../../lib/mesh/handover";
import { find } from "../support/mocks";
import {
    type Case,
    committedSettings,
    outputsOf,
    type Run,
    runProgram,
    type Settings,
} from "../support/program";

const host = "httpbin.bar.global";
const gateway: GatewayAddress = { kind: "NodePort", addresses: ["172.30.0.12"], port: 31443 };
const entryType = "kubernetes:networking.istio.io/v1:ServiceEntry";

/** Runs the importer's program as a `mesh` command does that runs the exporter too. */
async function importer(
    command: "up" | "preview",
    exporter: (handover: Handover, tell: (told: Told) => Promise<void>) => Promise<void> | void,
    given: Case = {},
): Promise<Run> {
    const stacks = { cluster1: committedSettings("cluster1"), cluster2: committedSettings("cluster2") };
    const handover = await Handover.open({ command, stacks });
    process.env[handoverVariable] = handover.socket;
    try {
        const client = await HandoverClient.find();
        await exporter(handover, (told) => client?.tell("cluster2", told) ?? assert.fail());
        return await runProgram("cluster1", { preview: command === "preview", ...given });
    } finally {
        Reflect.deleteProperty(process.env, handoverVariable);
        handover.close();
    }
}

function entryOf({ resources }: Run): Settings {
    return find(resources, entryType, `${host}-import-entry`).inputs["spec"] as Settings;
}

describe("clusters that one command brings up together", () => {
    let ca: Settings;
    before(async () => {
        ca = await outputsOf("ca");
    });

    it("show an import whole in a preview, but for the place of a gateway that is still to be made", async () => {
        const run = await importer("preview", (_, tell) => tell({ hosts: [host], gateway: null }), {
            stacks: { ca },
        });
        const { endpoints, resolution, ...others } = entryOf(run);
        assert.equal(endpoints, pulumi.runtime.unknownValue);
        assert.equal(resolution, pulumi.runtime.unknownValue);
        assert.deepEqual(others, {
            hosts: [host],
            addresses: ["240.0.0.2"],
            location: "MESH_INTERNAL",
            ports: [{ name: "http1", number: 8000, protocol: "HTTP" }],
            exportTo: ["*"],
            subjectAltNames: ["spiffe://cluster.local/ns/bar/sa/httpbin"],
        });
        assert.deepEqual(run.result["pendingImports"], []);
    });

    it("write an import in the same run, with the place that the exporter tells", async () => {
        const run = await importer("up", (_, tell) => tell({ hosts: [host], gateway }), { stacks: { ca } });
        assert.deepEqual(entryOf(run)["endpoints"], [
            {
                address: "172.30.0.12",
                ports: { http1: 31443 },
                labels: { "security.istio.io/tlsMode": "istio" },
            },
        ]);
        const [imported] = run.result["imports"] as readonly Settings[];
        assert.deepEqual(imported?.["applied"], {
            gateways: { cluster2: { addresses: ["172.30.0.12"], port: 31443 } },
            identities: ["spiffe://cluster.local/ns/bar/sa/httpbin"],
        });
    });

    it("let a name answer at once whose exporter has failed, and say what is pending", async () => {
        const run = await importer(
            "up",
            (handover) => {
                handover.ended("cluster2", "cluster2's up failed");
            },
            {
                stacks: { ca },
            },
        );
        assert.deepEqual(entryOf(run)["endpoints"], []);
        assert.deepEqual(run.result["imports"], []);
        assert.deepEqual(run.result["pendingImports"], [
            { host, from: "cluster2", reason: "cluster2's up failed" },
        ]);
    });

    it("keep an import as it was last applied when its exporter fails", async () => {
        const first = await importer("up", (_, tell) => tell({ hosts: [host], gateway }), { stacks: { ca } });
        const again = await importer(
            "up",
            (handover) => {
                handover.ended("cluster2", "cluster2's up failed");
            },
            {
                stacks: { ca, cluster1: first.result },
            },
        );
        assert.deepEqual(entryOf(again), entryOf(first));
        assert.deepEqual(again.result["imports"], first.result["imports"]);
        assert.deepEqual(again.result["pendingImports"], []);
    });
});
