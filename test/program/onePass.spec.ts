import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { HandoverClient } from "../../handover/client";
import { Handover } from "../../handover/server";
import type { GatewayAddress } from "../../lib/mesh/contract";
import { handoverVariable, type Told } from "../../lib/mesh/handover";
import { sni } from "../../lib/base/names";
import { runCommand } from "../support/engine";
import { find } from "../support/mocks";
import { StandInKubectl } from "../support/standInKubectl";
import {
    bareCluster,
    type Case,
    committedSettings,
    node,
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
    const handover = await Handover.open({ command, stacks, teams: {} });
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
                handover.ended("cluster2", "cluster2's up failed", false);
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

    it("plan from the files as the command has read them, also if one is changed meanwhile", async () => {
        const imports = [{ service: "late", namespace: "bar", from: "cluster2" }];
        const run = await importer("up", (_, tell) => tell({ hosts: [host], gateway }), {
            stacks: { ca },
            settings: { cluster1: { imports } },
        });
        assert.deepEqual(
            (run.result["imports"] as readonly Settings[]).map((each) => each["host"]),
            [host],
        );
    });

    it("keep an import as it was last applied when its exporter fails", async () => {
        const first = await importer("up", (_, tell) => tell({ hosts: [host], gateway }), { stacks: { ca } });
        const again = await importer(
            "up",
            (handover) => {
                handover.ended("cluster2", "cluster2's up failed", false);
            },
            {
                stacks: { ca, cluster1: first.result },
            },
        );
        assert.deepEqual(entryOf(again), entryOf(first));
        assert.deepEqual(again.result["imports"], first.result["imports"]);
        assert.deepEqual(again.result["pendingImports"], []);
    });

    it("are told of a new export as soon as the gateway's proxies have it, and not before", async () => {
        const real = (await runCommand("sh", ["-c", "command -v kubectl"])).stdout.trim();
        const kubectl = new StandInKubectl();
        const asked = path.join(kubectl.folder, "asked");
        // The second answer has the export.
        const answer = `if [ -e ${asked} ]; then echo '"${sni(host, 8000)}"'; else touch ${asked}; echo '{}'; fi`;
        kubectl.does(`case " $* " in *" exec "*) ${answer} ;; *) exec ${real} "$@" ;; esac`);
        const stacks = { cluster1: committedSettings("cluster1"), cluster2: committedSettings("cluster2") };
        const handover = await Handover.open({ command: "up", stacks, teams: {} });
        process.env[handoverVariable] = handover.socket;
        try {
            const client = await HandoverClient.find();
            const found = client?.whereabouts("cluster2", host, "cluster1");
            await runProgram("cluster2", { stacks: { ca }, cluster: gatewayPod() });
            assert.deepEqual(await found, { state: "served", gateway });
            assert.ok(fs.existsSync(asked));
        } finally {
            Reflect.deleteProperty(process.env, handoverVariable);
            handover.close();
            kubectl.remove();
        }
    });
});

describe("an exporter of which something goes", () => {
    const extra = "extra.bar.global";
    const [httpbin] = committedSettings("cluster2")["exports"] as readonly Settings[];
    const earlier: Case = {
        settings: {
            cluster2: { exports: [httpbin, { ...httpbin, service: "extra", virtualAddress: "240.0.0.9" }] },
        },
    };
    let stacks: NonNullable<Case["stacks"]>;

    before(async () => {
        const ca = await outputsOf("ca");
        const cluster2 = await outputsOf("cluster2", { ...earlier, stacks: { ca } });
        const cluster1 = await outputsOf("cluster1", {
            settings: { cluster1: { imports: [{ service: "extra", namespace: "bar", from: "cluster2" }] } },
            stacks: { ca, cluster2 },
        });
        stacks = { ca, cluster1, cluster2 };
    });

    const hostsOf = ({ resources }: Run): readonly string[] => {
        const { inputs } = find(
            resources,
            "kubernetes:networking.istio.io/v1:Gateway",
            "gateway-deployment-gateway",
        );
        return (inputs["spec"] as { servers: { hosts: string[] }[] }).servers.flatMap(({ hosts }) => hosts);
    };

    /** Runs the exporter's program as a `mesh` command does that runs the importer too. */
    async function exporter(importer: (handover: Handover) => void, given: Case = {}): Promise<Run> {
        const declared = {
            ca: committedSettings("ca"),
            cluster1: committedSettings("cluster1"),
            cluster2: committedSettings("cluster2"),
        };
        const handover = await Handover.open({ command: "up", stacks: declared, teams: {} });
        handover.ended("ca", "ca's up has ended", true);
        process.env[handoverVariable] = handover.socket;
        const end = setTimeout(() => {
            importer(handover);
        }, 1500);
        try {
            return await runProgram("cluster2", { stacks, ...given });
        } finally {
            clearTimeout(end);
            Reflect.deleteProperty(process.env, handoverVariable);
            handover.close();
        }
    }

    /** The exporter with both services still there, whose gateway has a load balancer that the stack does not ask for. */
    const balanced: Case = {
        ...earlier,
        cluster: {
            ...bareCluster(committedSettings("cluster2")),
            "/api/v1/nodes": { items: [node("cluster2", "172.30.0.12")] },
            "/api/v1/namespaces/istio-system/services/istio-eastwestgateway": {
                spec: {
                    type: "LoadBalancer",
                    ports: [{ name: "tls", port: 15443, nodePort: 30555 }],
                },
            },
        },
    };

    it("begins nothing of a cluster when the certificate stack of the same command fails", async () => {
        const declared = { ca: committedSettings("ca"), cluster2: committedSettings("cluster2") };
        const handover = await Handover.open({ command: "up", stacks: declared, teams: {} });
        process.env[handoverVariable] = handover.socket;
        const end = setTimeout(() => {
            handover.ended("ca", "ca's up failed", false);
        }, 500);
        try {
            await assert.rejects(runProgram("cluster2", { stacks }), {
                message: /^[^]*Nothing of "cluster2" is begun, because "ca" failed\.$/,
            });
        } finally {
            clearTimeout(end);
            Reflect.deleteProperty(process.env, handoverVariable);
            handover.close();
        }
    });

    it("serves less when the importer has left", async () => {
        const run = await exporter(() => {
            void HandoverClient.find().then((client) => client?.leave("cluster1", extra));
        });
        assert.deepEqual(hostsOf(run), [host]);
        assert.deepEqual(
            (run.result["exports"] as readonly Settings[]).map((each) => each["host"]),
            [host],
        );
    });

    it("takes its gateway's load balancer away when the importer goes by the node port", async () => {
        const run = await exporter(() => {
            void HandoverClient.find().then((client) => client?.leave("cluster1", extra));
        }, balanced);
        assert.deepEqual(run.result["gateway"], {
            kind: "NodePort",
            addresses: ["172.30.0.12"],
            port: 30555,
        });
        const service = find(run.resources, "kubernetes:core/v1:Service", "gateway-service");
        assert.equal((service.inputs["spec"] as Settings)["type"], "NodePort");
    });

    it("keeps the load balancer where the importer has come to nothing", async () => {
        await assert.rejects(
            exporter((handover) => {
                handover.ended("cluster1", "cluster1's up failed", false);
            }, balanced),
            /- extra\.bar\.global as it was: cluster1 still calls it so, because cluster1's up failed\n/,
        );
    });

    it("goes on serving where the importer has come to nothing, and says so", async () => {
        await assert.rejects(
            exporter((handover) => {
                handover.ended("cluster1", "cluster1's up failed", false);
            }),
            {
                message:
                    "cluster2 goes on serving what importers have not left, and the rest of this run is done:\n" +
                    "- extra.bar.global as it was: cluster1 still calls it so, because cluster1's up failed\n" +
                    "The next update of both takes it away.",
            },
        );
    });
});

/** A cluster whose gateway runs. */
function gatewayPod(): NonNullable<Case["cluster"]> {
    const pods = "/api/v1/namespaces/istio-system/pods?labelSelector=app%3Distio-eastwestgateway";
    const status = { conditions: [{ type: "Ready", status: "True" }] };
    return {
        "/api/v1/nodes": { items: [node("node1", "172.30.0.12")] },
        [pods]: { items: [{ metadata: { name: "istio-eastwestgateway-1" }, status }] },
    };
}
