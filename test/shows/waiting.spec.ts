import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import CliTable from "cli-table3";
import { onCluster } from "../support/cluster";
import type { Ended } from "../support/engine";

import { type Cluster, LabMesh, sleep, succeeded } from "../support/labMesh";
import { once, stoppedMesh } from "../support/stopped";

/** The clusters, the last of which waits for what will not come, while the others go on. */
const clusters = (process.env["CLUSTERS"] ?? "cluster1,cluster2").split(",") as readonly Cluster[];
const troubled = clusters.at(-1) ?? "cluster2";

const system = "istio-system";
const wrongImage = "lab.local/corends:lab";

/** Something that stands in the way of an update of the last cluster. */
interface Trouble {
    readonly what: string;
    /** Makes it. */
    readonly make: () => Promise<void> | void;
    /** Takes it away. */
    readonly mend: () => Promise<void> | void;
    /** The object that waits, as it is named. */
    readonly object: string;
    /** What is said of it. */
    readonly says: RegExp;
    /** The step to take. */
    readonly next: RegExp;
}

describe("a mesh that waits", function () {
    this.timeout(400_000);
    const mesh = new LabMesh(clusters);
    const table = new CliTable({
        head: ["Made", "First word", "Ended", "Code", "Said", "Then"],
        style: { head: [], border: [] },
    });
    const settings = mesh.settings(troubled) as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    const change = (key: string, value: Readonly<Record<string, unknown>>) => {
        mesh.configure({ [troubled]: { [key]: { ...settings[key], ...value } } });
    };
    const moreDns = () => {
        change("dns", { replicas: 2 });
    };
    const kubectl = async (...args: readonly string[]) => {
        await onCluster(troubled, args);
    };
    const dns = `Deployment ${system}/global-dns`;
    const file = `Pulumi.${troubled}.yaml`;

    before(async () => {
        await mesh.record();
        await mesh.up();
    });

    after(async () => {
        console.log(table.toString());
        await mesh.remove();
    });

    const troubles: readonly Trouble[] = [
        {
            what: "a typing error in dns.image",
            make: () => {
                change("dns", { image: wrongImage });
            },
            mend: () => undefined,
            object: dns,
            says: /pod global-dns-\S+ can't pull the image lab\.local\/corends:lab.*(no such host|name resolution|connection refused)/,
            next: RegExp(`^Next: Correct dns.image in ${file}, or see that the nodes can pull it`, "m"),
        },
        {
            what: "an image whose program exits",
            make: () => {
                change("dns", { image: "lab.local/httpbin:lab" });
            },
            mend: () => undefined,
            object: dns,
            says: /pod global-dns-\S+ (keeps crashing \(container coredns, it ended with \d+\); its log says ".+"|can't be started: .+)/,
            next: RegExp(`${file} is right|Make what it lacks`, "m"),
        },
        {
            what: "a typing error in a sample's image",
            make: () => {
                change("sampleApps", { sleep: { image: "lab.local/slep:lab" } });
            },
            mend: () => undefined,
            object: `Deployment ${sleep.namespace}/${sleep.name}`,
            says: /can't pull the image lab\.local\/slep:lab/,
            next: RegExp(`^Next: Correct sampleApps.sleep.image in ${file}`, "m"),
        },
        {
            what: "a taint that nothing tolerates",
            make: async () => {
                await kubectl("taint", "nodes", troubled, "dedicated=others:NoSchedule");
                moreDns();
            },
            mend: () => kubectl("taint", "nodes", troubled, "dedicated-"),
            object: dns,
            says: /can't be scheduled: 0\/1 nodes are available: 1 node\(s\) had untolerated taint.*dedicated/,
            next: /^Next: Make room for it on a node \(kubectl .* describe nodes/m,
        },
        {
            what: "a quota of pods",
            make: async () => {
                const pods = await onCluster(troubled, ["get", "pods", "-n", system, "-o", "name"]);
                const count = pods.trim().split("\n").length;
                await kubectl("create", "quota", "few", "-n", system, `--hard=pods=${count}`);
                moreDns();
            },
            mend: () => kubectl("delete", "quota", "few", "-n", system),
            object: dns,
            says: /no pod can be made: pods "global-dns-\S+" is forbidden: exceeded quota: few/,
            next: RegExp(
                `^Next: Raise the quota \\(kubectl .* describe resourcequota\\), or ask for less by dns.replicas in ${file}`,
                "m",
            ),
        },
    ];

    for (const trouble of troubles) {
        it(`is ended for ${trouble.what}, with the cause and the step`, async () => {
            const before = await deployments();
            await trouble.make();
            const ended = await mesh.project.mesh(["up"], { limitSeconds: 150 });
            await trouble.mend();
            assert.equal(ended.code, 1, ended.text);
            assert.match(ended.text, RegExp(`^${troubled} failed:$`, "m"));
            const [said = ""] = RegExp(`^  ${trouble.object}: .*$`, "m").exec(ended.text) ?? [];
            assert.match(said, trouble.says, ended.text);
            assert.match(ended.text, /^ {2}The run was ended, because this does not change by waiting\.$/m);
            assert.match(ended.text, trouble.next);
            for (const other of clusters.slice(0, -1))
                assert.match(ended.text, RegExp(`${other}: (nothing changed|\\d+ .*) in \\d+ s`));
            mesh.configure();
            const again = await mesh.up();
            assert.deepEqual(await deployments(), before);
            table.push([
                trouble.what,
                `${firstWord(ended, trouble.says)} s`,
                `${ended.seconds.toFixed(0)} s`,
                String(ended.code),
                said.trim().slice(0, 160),
                `mesh up ${again.seconds.toFixed(0)} s, as before`,
            ]);
        });
    }

    it("only says what may heal, and goes on once it has", async () => {
        await kubectl("taint", "nodes", troubled, "node.example.com/agent-not-ready=:NoSchedule");
        moreDns();
        const says = /can't be scheduled: .*untolerated taint.*agent-not-ready/;
        const hasSaid = once(says);
        let healed: Promise<void> | undefined;
        const heal = async () => {
            await pause(30_000);
            await kubectl("taint", "nodes", troubled, "node.example.com/agent-not-ready-");
        };
        const ended = await stoppedMesh(mesh.project, ["up"], async (text) => {
            if (await hasSaid(text)) healed ??= heal();
            return false;
        });
        await healed;
        assert.equal(ended.code, 0, ended.text);
        assert.match(ended.text, says);
        table.push([
            "a node that is not ready yet, for 30 s after that was said",
            `${firstWord(ended, says)} s`,
            `${ended.seconds.toFixed(0)} s`,
            String(ended.code),
            says.exec(ended.text)?.[0].slice(0, 160) ?? "",
            "up",
        ]);
        mesh.configure();
        await mesh.up();
    });

    it("only says that a load balancer gives no address, also when it is stopped", async () => {
        const taken = Array.from({ length: 10 }, (_, index) => `taken${index}`);
        for (const name of taken)
            await kubectl("create", "service", "loadbalancer", name, "-n", "default", "--tcp=80:80");
        await pause(5_000);
        change("gateway", { type: "LoadBalancer", nodePort: undefined });
        const stopped = await stoppedMesh(mesh.project, ["up"], once(/no load balancer's address/));
        await kubectl("delete", "service", "-n", "default", ...taken);
        assert.equal(stopped.code, 130, stopped.text);
        const says = RegExp(
            `^${troubled}: stopped while it waited for Service ${system}/istio-eastwestgateway: it has no load balancer's ` +
                "address yet: .*$",
            "m",
        );
        assert.match(stopped.text, says);
        table.push([
            "all load balancers' addresses taken, Ctrl-C once that is said",
            `${firstWord(stopped, /no load balancer's address/)} s`,
            `${stopped.seconds.toFixed(0)} s`,
            String(stopped.code),
            says.exec(stopped.text)?.[0].slice(0, 160) ?? "",
            "mesh up",
        ]);
        mesh.configure();
        await mesh.up();
    });

    it("says the cause when it is stopped in the middle", async () => {
        change("dns", { image: wrongImage });
        const stopped = await stoppedMesh(mesh.project, ["up"], once(/can't pull/));
        assert.equal(stopped.code, 130, stopped.text);
        const says = RegExp(
            `^${troubled}: stopped while it waited for ${dns}: pod global-dns-\\S+ can't pull the image ${wrongImage}.*$`,
            "m",
        );
        assert.match(stopped.text, says);
        mesh.configure();
        const before = await deployments();
        await mesh.up();
        assert.notDeepEqual(await deployments(), before);
        table.push([
            "a typing error in dns.image, Ctrl-C once that is said",
            `${firstWord(stopped, /can't pull/)} s`,
            `${stopped.seconds.toFixed(0)} s`,
            String(stopped.code),
            says.exec(stopped.text)?.[0].slice(0, 160) ?? "",
            "mesh up, as before",
        ]);
    });

    it("says what a namespace that stays waits for", async () => {
        const { namespace: name } = settings["sampleApps"]?.["httpbin"] as { readonly namespace: string };
        await kubectl("create", "configmap", "held", "-n", name);
        const finalizers = (list: string) =>
            kubectl("patch", "configmap", "held", "-n", name, "-p", `{"metadata":{"finalizers":${list}}}`);
        await finalizers('["example.com/hold"]');
        const ended = await mesh.project.mesh(["destroy"], { limitSeconds: 150 });
        assert.equal(ended.code, 1, ended.text);
        const says = RegExp(
            `^ {2}Waited for Namespace ${name}: its deletion has begun and waits: .*example.com/hold in 1 resource instances.*$`,
            "m",
        );
        assert.match(ended.text, says);
        await finalizers("null");
        succeeded(await mesh.project.mesh(["destroy"], { limitSeconds: 150 }));
        table.push([
            "a finalizer in a namespace, mesh destroy",
            `${firstWord(ended, /example\.com\/hold/)} s`,
            `${ended.seconds.toFixed(0)} s`,
            String(ended.code),
            says.exec(ended.text)?.[0].trim().slice(0, 160) ?? "",
            "mesh destroy, gone",
        ]);
    });

    /** `NAMESPACE/NAME IMAGE... REPLICAS` of each Deployment of the cluster. */
    async function deployments(): Promise<readonly string[]> {
        const text = await onCluster(troubled, [
            ...["get", "deployments", "--all-namespaces", "-o"],
            'jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {.spec.template.spec.containers[*].image} {.spec.replicas}{"\\n"}{end}',
        ]);
        return text
            .split("\n")
            .filter((line) => line !== "")
            .sort();
    }
});

/** When a run's log first said something, in seconds since its begin. */
function firstWord({ text }: Pick<Ended, "text">, says: RegExp): string {
    const line = text.split("\n").find((each) => /^\[ *\d+ s\]/.test(each) && says.test(each));
    return /\d+/.exec(line ?? "")?.[0] ?? "none";
}
