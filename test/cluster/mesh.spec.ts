import assert from "node:assert/strict";
import * as fs from "node:fs";
import type { PreviewReport } from "../../cli/commands/preview";
import type { VerifyReport } from "../../cli/verify/report";
import { kubeconfigPath } from "../../lab/paths";
import type { CaOutputs, ClusterOutputs } from "../../lib/mesh/contract";
import {
    editCorefile,
    handshake,
    inPod,
    type Inventory,
    inventory,
    istioDefinitions,
    onCluster,
    readCorefile,
    secretValues,
} from "../support/cluster";
import { keyTraces, nameOf, privateKeys, type State, TemporaryProject, typeOf } from "../support/engine";
import { sleep, succeeded } from "../support/labMesh";
import { assertAsForeseen, type ChangesByStack, done, foreseen } from "../support/objectChanges";

const clusters = ["cluster1", "cluster2"] as const;
const host = "httpbin.bar.global";
const url = `http://${host}:8000/headers`;

/** `TYPE NAME` of each resource of a state, sorted. */
const resourcesOf = (state: State) =>
    (state.deployment.resources ?? [])
        .map(({ urn }) => withoutHash(`${typeOf(urn)} ${nameOf(urn)}`))
        .filter((line) => !/^pulumi:providers:\S+ default/.test(line))
        .sort();

/** GlobalDns's ConfigMap is another resource for each content. */
const withoutHash = (line: string) => line.replace(/ global-dns-config-[0-9a-f]{10}$/, " global-dns-config");

/** The resources that an import consists of beside what imports share. */
const importOf = (name: string) => [`kubernetes:networking.istio.io/v1:ServiceEntry ${name}-import-entry`];

/** The same lines with what came and what went since. */
const difference = (before: readonly string[], after: readonly string[]) => ({
    gone: before.filter((line) => !after.includes(line)),
    left: after.filter((line) => !before.includes(line)),
});

const recorded = new Map<string, Inventory>();
let project: TemporaryProject;
let planned: ChangesByStack;

async function verified(): Promise<readonly VerifyReport[]> {
    const { stdout } = succeeded(await project.mesh(["verify", "--json", "--path", "/headers"]));
    return JSON.parse(stdout) as readonly VerifyReport[];
}

/** Calls until there is an answer of 200, since what is new takes a moment to reach the proxies. */
const callTo = (place: string) =>
    `curl -sS -m 10 -o /dev/null -w '%{http_code}' --retry 20 --retry-delay 1 --retry-all-errors -f http://${place}/headers`;

const mainLine = `${host}:8000 from cluster1: HTTP 200`;

describe("a mesh of the lab's two clusters", function () {
    // On two slow cores a preview and an update of both clusters take two minutes.
    this.timeout(400_000);
    // Each step goes on from the one before.
    this.bail(true);

    before(async () => {
        for (const cluster of clusters) {
            assert.ok(
                fs.existsSync(kubeconfigPath(cluster)),
                `The lab's ${cluster} is not up. Run: npm run lab -- up`,
            );
            const namespaces = await onCluster(cluster, ["get", "namespaces", "-o", "name"]);
            assert.ok(
                !namespaces.includes("namespace/istio-system\n"),
                `${cluster} is in a mesh already, and these tests need it bare. Run: npm run mesh -- destroy`,
            );
        }
        project = new TemporaryProject();
        for (const stack of ["ca", ...clusters]) project.useCommittedStack(stack);
    });

    after(async () => {
        // The project of a run whose clusters were not bare was never made.
        if ((project as TemporaryProject | undefined) === undefined) return;
        const left = await project.mesh(["destroy"], { limitSeconds: 240 });
        if (left.code !== 0) console.error(left.text);
        for (const [cluster, { corefile }] of recorded) {
            // A step that failed in its middle has not put back its own edit.
            if ((await readCorefile(cluster)) !== corefile) await editCorefile(cluster, () => corefile);
        }
        project.remove();
    });

    it("starts from two bare clusters", async () => {
        for (const cluster of clusters) recorded.set(cluster, await inventory(cluster));
    });

    it("shows every object of a new mesh in its preview", async () => {
        planned = await foreseen(project);
        assert.deepEqual(Object.keys(planned), ["ca", ...clusters]);
        for (const { op } of Object.values(planned).flat()) assert.equal(op, "create");
    });

    it("comes up with one command, which makes exactly these", async () => {
        assertAsForeseen(planned, await done(project), "a new mesh");
        const made = planned["cluster1"]?.map(({ type, name }) => withoutHash(`${type} ${name}`)) ?? [];
        const { gone, left } = difference(made.sort(), resourcesOf(await project.state("cluster1")));
        assert.deepEqual(gone, []);
        // Records of Pulumi's own, and what only holds others together.
        const holders = /^(pulumi:|istio-multicluster:|kubernetes:helm\.sh\/)/;
        assert.deepEqual(
            left.filter((line) => !holders.test(line)),
            [],
        );
        assert.ok(left.includes("istio-multicluster:index:ImportedServices imports"), left.join("\n"));
        for (const line of importOf(host)) assert.ok(made.includes(line), line);
    });

    it("passes mesh verify", async () => {
        const reports = await verified();
        assert.deepEqual(
            reports.map(({ line, passed }) => ({ line, passed })),
            [{ line: mainLine, passed: true }],
        );
        assert.deepEqual(
            reports[0]?.checks.map(({ name, status }) => `${name}: ${status}`),
            ["cluster DNS", "GlobalDns", "sidecar", "gateway", "call"].map((name) => `${name}: passed`),
        );
        assert.equal((await project.mesh(["verify"])).stdout.trimEnd().split("\n").at(-1), mainLine);
    });

    it("resolves the mesh-wide name through the cluster DNS and through GlobalDns", async () => {
        const { globalDnsAddress } = await project.outputs<ClusterOutputs>("cluster1");
        for (const server of ["", globalDnsAddress]) {
            const text = await inPod("cluster1", sleep, `nslookup ${host}. ${server}`);
            assert.match(text, /\nName:\s+httpbin\.bar\.global\nAddress: 240\.0\.0\.2\n+$/);
        }
    });

    it("answers for an unknown name at once that there is none", async () => {
        const began = Date.now();
        const text = await inPod("cluster1", sleep, "nslookup nothing.bar.global; true");
        assert.match(text, /can't find nothing\.bar\.global: NXDOMAIN/);
        assert.ok(Date.now() - began < 2000, `${Date.now() - began} ms`);
    });

    it("has no IPv6 address for the name, which is no error", async () => {
        const text = await inPod("cluster1", sleep, `dig +tries=1 +time=2 ${host} AAAA`);
        assert.match(text, /status: NOERROR/);
        assert.match(text, /ANSWER: 0,/);
    });

    it("carries a call from sleep to httpbin, with the identities of both", async () => {
        const head = await inPod("cluster1", sleep, `curl -sSI -m 10 ${host}:8000/headers`);
        assert.match(head, /^HTTP\/1\.1 200 OK\r?\n/);
        const answer = await inPod("cluster1", sleep, `curl -sS -m 10 ${url}`);
        const { headers } = JSON.parse(answer) as { headers: Record<string, readonly string[]> };
        assert.deepEqual(headers["Host"], [`${host}:8000`]);
        const [certificate = "", ...others] = headers["X-Forwarded-Client-Cert"] ?? [];
        assert.deepEqual(others, []);
        const parts = certificate.split(";").filter((part) => /^(By|URI)=/.test(part));
        assert.deepEqual(parts, [
            "By=spiffe://cluster.local/ns/bar/sa/httpbin",
            "URI=spiffe://cluster.local/ns/foo/sa/sleep",
        ]);
    });

    it("answers to the same name in the exporting cluster itself", async () => {
        const image = await onCluster("cluster1", [
            ...["get", "deployment", "sleep", "-n", "foo"],
            ...["-o", "jsonpath={.spec.template.spec.containers[0].image}"],
        ]);
        const pod = {
            apiVersion: "v1",
            kind: "Pod",
            metadata: { name: "caller", namespace: "bar" },
            spec: {
                terminationGracePeriodSeconds: 0,
                containers: [
                    {
                        name: "caller",
                        image,
                        imagePullPolicy: "IfNotPresent",
                        command: ["sleep", "infinity"],
                    },
                ],
            },
        };
        await onCluster("cluster2", ["apply", "-f", "-"], { input: JSON.stringify(pod) });
        try {
            await onCluster(
                "cluster2",
                ["wait", "pod/caller", "-n", "bar", "--for=condition=Ready", "--timeout=60s"],
                {
                    timeoutSeconds: 70,
                },
            );
            const caller = { namespace: "bar", name: "pod/caller", container: "caller" };
            const status = await inPod(
                "cluster2",
                caller,
                `curl -sS -m 10 -o /dev/null -w '%{http_code}' --retry 10 --retry-delay 1 --retry-all-errors ${url}`,
            );
            assert.equal(status, "200");
        } finally {
            await onCluster("cluster2", ["delete", "pod", "caller", "-n", "bar", "--wait", "--timeout=60s"], {
                timeoutSeconds: 70,
            });
        }
    });

    it("lets nobody in through the gateway without a certificate, or to a name that is not exported", async () => {
        const { gateway } = await project.outputs<ClusterOutputs>("cluster2");
        const [address = ""] = gateway.addresses;
        // The exported name leads to httpbin's own sidecar, which shows its certificate and asks for one.
        const known = await handshake(address, gateway.port, `outbound_.8000_._.${host}`);
        assert.equal(known.subjectAltName, "URI:spiffe://cluster.local/ns/bar/sa/httpbin");
        assert.equal(known.received, 0);
        assert.match(known.end, /CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE/);
        for (const name of [
            `outbound_.8001_._.${host}`,
            "outbound_.8000_._.other.bar.global",
            "outbound_.8000_._.httpbin.bar.svc.cluster.local",
            "outbound_.15010_._.istiod.istio-system.svc.cluster.local",
            host,
        ]) {
            const unknown = await handshake(address, gateway.port, name);
            assert.deepEqual(unknown, { received: 0, end: "ECONNRESET" }, name);
        }
    });

    it("has nothing to do the second time", async () => {
        const again = succeeded(await project.mesh(["up"]));
        assert.equal(again.text.trimEnd().split("\n").at(-1), "Nothing changed in any stack.");
        assert.ok(again.seconds < 60, `${again.seconds} s`);
        succeeded(await project.pulumi(["preview", "--expect-no-changes", "--stack", "cluster1"]));
    });

    it("previews exactly the objects of a new import", async () => {
        project.edit("cluster2", (text) =>
            text.replace(/(  istio-multicluster:exports:\n)/, `$1${echoExport}`),
        );
        project.edit("cluster1", (text) =>
            text.replace(/(  istio-multicluster:imports:\n)/, `$1${echoImport}`),
        );
        const preview = await foreseen(project);
        const changes = preview["cluster1"]?.map(({ op, type, name }) =>
            withoutHash(`${op} ${type} ${name}`),
        );
        assert.deepEqual(changes?.sort(), [
            // The zone of GlobalDns gets one more name.
            "create kubernetes:core/v1:ConfigMap global-dns-config",
            ...importOf("echo.bar.global").map((line) => `create ${line}`),
            "delete kubernetes:core/v1:ConfigMap global-dns-config",
            "update kubernetes:apps/v1:Deployment global-dns-pods",
        ]);
        assertAsForeseen(preview, await done(project), "an export with its import");
        assert.match(await inPod("cluster1", sleep, callTo("echo.bar.global:8000")), /^200/);
    });

    it("does what its preview says of a port with another number", async () => {
        project.edit("cluster2", (text) =>
            text.replace(
                "number: 8000, targetPort: 8080, protocol: HTTP }\n",
                "number: 8001, targetPort: 8080, protocol: HTTP }\n",
            ),
        );
        const preview = await foreseen(project);
        assertAsForeseen(preview, await done(project), "a port with another number");
        assert.match(await inPod("cluster1", sleep, callTo("echo.bar.global:8001")), /^200/);
    });

    it("does what its preview says of an export and its import that go in one change", async () => {
        project.edit("cluster1", (text) => text.replace(echoImport, ""));
        project.edit("cluster2", (text) => text.replace(/ {4}- service: echo\n(?: {6}.*\n|  {7,}.*\n)*/, ""));
        const preview = await foreseen(project);
        assertAsForeseen(preview, await done(project), "an export and its import that go");
        const left = await foreseen(project);
        assert.deepEqual(Object.values(left).flat(), []);
    });

    it("shows what somebody broke: the DNS block, Istio's definitions; and mends no more than that", async () => {
        const own = await readCorefile("cluster1");
        const theirs = (corefile: string) =>
            corefile.replace("    ready\n", "    ready\n    # looked at today\n");
        assert.notEqual(theirs(own), own);
        await editCorefile("cluster1", (corefile) =>
            theirs(corefile).replace(/forward \. [\d.]+\n/, "forward . 192.0.2.1\n"),
        );
        assert.match(await readCorefile("cluster1"), /forward \. 192\.0\.2\.1\n/);
        const [changed, gone] = [
            "envoyfilters.networking.istio.io",
            "wasmplugins.extensions.istio.io",
        ] as const;
        const versions = '[{"op":"replace","path":"/spec/versions/0/served","value":false}]';
        await onCluster("cluster1", ["patch", "crd", changed, "--type=json", "-p", versions]);
        await onCluster("cluster1", ["label", "crd", changed, "mine=yes"]);
        await onCluster("cluster1", ["delete", "crd", gone]);

        const preview = succeeded(
            await project.mesh(["preview", "--refresh", "--json", "--clusters", "cluster1"]),
        );
        const reports = JSON.parse(preview.stdout) as readonly PreviewReport[];
        assert.deepEqual(
            reports.map(({ stack, planned }) => [
                stack,
                planned.map(({ op, name }) => `${op} ${name}`).sort(),
            ]),
            [
                ["ca", []],
                ["cluster1", ["update istio-definitions", "update stub-domains"]],
            ],
        );
        const named = reports.flatMap(({ planned }) => planned.flatMap(({ properties }) => properties));
        for (const name of [changed, gone])
            assert.ok(
                named.some(({ path }) => path === `definitions["${name}"]`),
                JSON.stringify(named),
            );
        succeeded(
            await project.pulumi(["up", "--refresh", "--yes", "--skip-preview", "--stack", "cluster1"]),
        );
        assert.equal(await readCorefile("cluster1"), theirs(own));
        assert.match(await inPod("cluster1", sleep, `nslookup ${host}.`), /Address: 240\.0\.0\.2\n/);
        await editCorefile("cluster1", () => own);
        const label = [
            "get",
            "crd",
            changed,
            "-o",
            "jsonpath={.spec.versions[0].served} {.metadata.labels.mine}",
        ];
        assert.equal(await onCluster("cluster1", label), "true yes");
        await onCluster("cluster1", ["get", "crd", gone]);
    });

    it("fails an update whose connectivity check gets no answer, and passes it as soon as there is one", async () => {
        project.edit("cluster1", (text) => `${text}  istio-multicluster:connectivityCheck: true\n`);
        const up = () => project.pulumi(["up", "--yes", "--skip-preview", "--stack", "cluster1"]);
        const scale = async (replicas: number) => {
            await onCluster("cluster2", [
                "scale",
                "deployment/httpbin",
                "-n",
                "bar",
                `--replicas=${replicas}`,
            ]);
            await onCluster(
                "cluster2",
                ["rollout", "status", "deployment/httpbin", "-n", "bar", "--timeout=60s"],
                {
                    timeoutSeconds: 70,
                },
            );
        };
        await scale(0);
        const failed = await up();
        await scale(1);
        assert.notEqual(failed.code, 0);
        assert.match(failed.text, /command:local:Command \(httpbin\.bar\.global-8000-call\):\n +error: /);
        assert.match(failed.text, /The requested URL returned error: 503/);

        succeeded(await up());
        const checks = (await project.state("cluster1")).deployment.resources?.filter(
            ({ urn }) => typeOf(urn) === "command:local:Command",
        );
        assert.deepEqual(
            checks?.map(({ outputs }) => outputs?.["stdout"]),
            ["200"],
        );
    });

    it("keeps what a stack's file holds encrypted out of state and output", async () => {
        const words = "concealed-words";
        const setting = ["--path", "istio-multicluster:istio.values.meshConfig.accessLogFormat", words];
        succeeded(await project.pulumi(["config", "set", "--secret", ...setting, "--stack", "cluster1"]));
        const done = succeeded(await project.pulumi(["up", "--yes", "--diff", "--stack", "cluster1"]));
        assert.match(done.text, /\d updated/);
        assert.ok(!done.text.includes(words));
        assert.ok([...project.stateFiles().values()].every((text) => !text.includes(words)));
        const config = ["get", "configmap", "istio", "-n", "istio-system", "-o", "yaml"];
        assert.match(await onCluster("cluster1", config), /accessLogFormat: concealed-words/);
        const again = succeeded(await project.mesh(["preview"]));
        assert.match(again.text, /cluster1: no change/);
    });

    it("keeps the root key out of the clusters, and every key where it belongs", async () => {
        const rootKeys = privateKeys(await project.state("ca", "plain"))
            .filter(([name]) => name === "root-key")
            .map(([, key]) => key);
        assert.ok(rootKeys.length > 0);
        const { intermediates } = await project.outputs<CaOutputs>("ca");
        const keyOf = (cluster: string) => intermediates[cluster]?.privateKeyPem ?? "";
        const holds = (text: string, key: string) => {
            const flat = text.replaceAll(/\\+n/g, "\n");
            return keyTraces(key).some((trace) => flat.includes(trace));
        };

        for (const cluster of clusters) {
            const secrets = await secretValues(cluster);
            assert.equal(secrets.get("istio-system/cacerts ca-key.pem"), keyOf(cluster));
            const withKeys = [...secrets].filter(([, value]) => value.includes("PRIVATE KEY"));
            assert.deepEqual(
                withKeys.map(([name]) => name),
                ["istio-system/cacerts ca-key.pem"],
            );

            // The state with its secrets in plain text has this cluster's own key, so the search does find keys.
            const state = JSON.stringify(await project.state(cluster, "plain"));
            assert.ok(holds(state, keyOf(cluster)), cluster);
            for (const other of clusters.filter((each) => each !== cluster))
                assert.ok(!holds(state, keyOf(other)), `the key of ${other} is in the state of ${cluster}`);
            for (const key of rootKeys) {
                assert.ok(!holds(state, key), `the root key is in the state of ${cluster}`);
                for (const [name, value] of secrets) assert.ok(!holds(value, key), name);
            }
        }

        for (const stack of ["ca", ...clusters]) {
            succeeded(await project.pulumi(["stack", "output", "--json", "--stack", stack]));
        }
        succeeded(await project.mesh(["outputs", "--json"]));
        const keys = [...rootKeys, ...clusters.map(keyOf)];
        for (const [name, text] of [
            ...project.stateFiles(),
            ["(what the commands wrote)", project.transcript] as const,
        ]) {
            assert.doesNotMatch(text, /BEGIN [A-Z ]*PRIVATE KEY/, name);
            for (const key of keys) assert.ok(!holds(text, key), `a private key is in ${name}`);
        }
    });

    it("leaves the clusters as they were when it is destroyed", async () => {
        succeeded(await project.mesh(["destroy"], { limitSeconds: 240 }));
        await assertAsRecorded();
    });

    it("comes up again, and goes again", async () => {
        succeeded(await project.mesh(["up"], { limitSeconds: 280 }));
        const reports = await verified();
        assert.deepEqual(
            reports.map(({ line }) => line),
            [mainLine],
        );
        const gone = succeeded(await project.mesh(["destroy", "--remove"], { limitSeconds: 240 }));
        assert.match(gone.text, /nothing; its config file stays/);
        await assertAsRecorded();
    });
});

/** Compares both clusters with what was recorded at the beginning. */
async function assertAsRecorded(): Promise<void> {
    for (const cluster of clusters) {
        const before = recorded.get(cluster);
        const after = await inventory(cluster);
        assert.ok(before);
        assert.equal(after.corefile, before.corefile);
        assert.deepEqual(after.dnsDeployment, before.dnsDeployment);
        // What somebody else's mesh once left behind is in the record too, and goes as well.
        const theirs = before.objects.filter((line) => !/istio/.test(line));
        assert.deepEqual(difference(theirs, after.objects), { gone: [], left: [] }, cluster);
        assert.ok((await istioDefinitions(cluster)).includes("serviceentries.networking.istio.io"));
    }
}

const echoExport = `    - service: echo
      namespace: bar
      selector: { app: httpbin }
      serviceAccount: httpbin
      ports:
        - { name: http, number: 8000, targetPort: 8080, protocol: HTTP }
`;

const echoImport = `    - service: echo
      namespace: bar
      from: cluster2
`;
