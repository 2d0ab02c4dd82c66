import { CommandLine, type ShownCommand } from "../../cli/commandLine";
import type { CauseKind } from "../../lib/cluster/causes";
import { kubectlText } from "../../lib/base/shownCommands";
import { remedyOf } from "../../lib/cluster/remedy";
import type { Place, Silence } from "../../cli/engine/reach";
import { doctorHints } from "../../cli/hints/doctorHints";
import { fileHints } from "../../cli/hints/fileHints";
import { advise, type Hint } from "../../cli/hints/hint";
import { runHints } from "../../cli/hints/runHints";
import { type HintTarget, verifyHints } from "../../cli/hints/verifyHints";

/** A hint as the product prints it. */
export interface PrintedHint {
    /** Its name in its table. */
    readonly id: string;
    readonly text: string;
    readonly commands: readonly ShownCommand[];
}

/** A mesh for the hints to speak of. */
export interface HintMesh {
    /** The environment that was chosen; none for the only one of a project. */
    readonly env: string | undefined;
    readonly ca: string;
    /** The cluster in question, and where it is. */
    readonly cluster: string;
    readonly place: Place;
    /** A file of the backend, and a copy of it. */
    readonly file: string;
}

type Samples<T extends Readonly<Record<string, (...args: never[]) => Hint>>> = {
    readonly [K in keyof T]: readonly Parameters<T[K]>[];
};

const someMesh: HintMesh = {
    env: "other",
    ca: "other-ca",
    cluster: "cluster2",
    place: {
        kubeconfig: "k/config",
        context: "c",
        server: "https://192.0.2.1:6443",
        isBehindProxy: false,
    },
    file: "/state/.pulumi/stacks/p/cluster2.json",
};

/**
 * Every hint that the product can print, each with what makes it differ. The compiler sees to it that none is left out.
 */
export function allHints({ env, ca, cluster, place, file }: HintMesh = someMesh): readonly PrintedHint[] {
    const up = new CommandLine(env, "up", { clusters: [cluster] });
    const preview = new CommandLine(env, "preview", { "expect-no-changes": true });
    const destroy = new CommandLine(env, "destroy", { remove: true });
    const verify = new CommandLine(env, "verify", { path: "/headers" });
    const exporting = new CommandLine(env, "export", { namespace: "shop" }, ["orders"]);
    const silence: Silence = { state: "silent", stack: cluster, detail: "refused", at: Date.now() };
    const caller = { kubeconfig: place.kubeconfig, context: place.context, namespace: "istio-system" };
    const target: HintTarget = {
        command: verify,
        cluster,
        from: cluster,
        host: "httpbin.bar.global",
        port: { number: 8000 },
        globalDnsAddress: "10.0.0.53",
        probe: { namespace: "foo", deployment: "sleep", container: "sleep" },
        caller,
        exporter: caller,
    };

    const kinds: Readonly<Record<CauseKind, true>> = {
        access: true,
        claim: true,
        config: true,
        crash: true,
        deletion: true,
        image: true,
        loadBalancer: true,
        namespace: true,
        other: true,
        quota: true,
        refused: true,
        schedule: true,
    };
    const remedies = (Object.keys(kinds) as CauseKind[]).map((kind) =>
        remedyOf(
            { kind, text: "", pod: "global-dns-1", container: "dns" },
            {
                target: {
                    apiVersion: "apps/v1",
                    kind: "Deployment",
                    namespace: "istio-system",
                    name: "global-dns",
                    isDeleted: false,
                },
                components: ["GlobalDns"],
                stack: cluster,
                kubectl: kubectlText(place),
            },
        ),
    );

    const files: Samples<typeof fileHints> = {
        emptyOption: [["--clusters"]],
        chooseEnvironment: [[new CommandLine(undefined, "up"), [env ?? "."]]],
        meantEnvironment: [[new CommandLine("ohter", "up"), env ?? "."]],
        environmentWithoutFolder: [[up]],
        environmentWithoutProject: [[up]],
        nameNewEnvironment: [[new CommandLine(undefined, "init", { contexts: "a,b" })]],
        environmentName: [[]],
        noCertificateStack: [[]],
        settingsTooLong: [[["cluster1"]]],
        severalMeshes: [[]],
        otherBundle: [[]],
        ownBackend: [["environments/other/Pulumi.yaml"]],
        clusterWithoutFile: [[up, `Pulumi.${ca}.yaml`]],
        otherCaStack: [[ca, `Pulumi.${ca}.yaml`, cluster, `Pulumi.${cluster}.yaml`]],
        twoContexts: [[]],
        contextTwice: [[]],
        kubeconfigOption: [[]],
        filesInTheWay: [[]],
        bringUp: [[new CommandLine(env, "init", { contexts: "a,b" })]],
        noRepository: [[]],
        revisions: [[]],
        fetchMore: [["main"]],
        addByHand: [
            ["Pulumi.yaml", "- service: orders\n"],
            ["Pulumi.yaml", ""],
        ],
        answerYes: [[exporting]],
        readOnly: [[exporting, file]],
        runAgain: [[exporting]],
        nameCluster: [[exporting, ["cluster1", "cluster2"]]],
        chooseFrom: [[new CommandLine(env, "import", {}, ["orders.shop.global"]), ["cluster2", "cluster3"]]],
        lookAtChange: [[exporting]],
        probePlaceShape: [[]],
        probeShape: [[]],
    };
    const runs: Samples<typeof runHints> = {
        passphraseMissing: [[]],
        passphraseWrong: [[cluster]],
        notLoggedIn: [[]],
        noLoginFor: [[]],
        missingProgram: [[]],
        pulumiWithoutVersion: [[]],
        pulumiTooOld: [[]],
        plugins: [[]],
        protected: [[destroy, ca]],
        protectedBeforeDestroy: [
            [destroy, [ca], [cluster]],
            [destroy, [ca, cluster], []],
        ],
        wrongName: [[destroy]],
        refusedByProgram: [[up], [preview]],
        refusedByPolicy: [[up], [preview]],
        silent: [
            [up, silence],
            [destroy, silence],
        ],
        absent: [[up, cluster]],
        unclear: [[up, place]],
        answersNow: [[up]],
        answers: [[new CommandLine(env, "destroy", { clusters: cluster, abandon: cluster })]],
        notLookedAt: [[new CommandLine(env, "destroy", { abandon: cluster })]],
        webhook: [
            [up, place, "policy.guard", "policy.guard.svc"],
            [up, place, undefined, "policy.example"],
        ],
        backend: [[up, "api.pulumi.com"]],
        otherAddress: [
            [up, "charts.example", place.server],
            [up, "charts.example", undefined],
        ],
        closed: [[up, "charts.example"]],
        cutShort: [[up]],
        stuckDeletion: [
            [destroy, place],
            [destroy, undefined],
        ],
        diskFull: [
            [up, "/state"],
            [destroy, "/state"],
        ],
        brokenLock: [[up, cluster]],
        brokenState: [[up, file, `${file}.bak`]],
        lostState: [[file]],
        brokenObject: [[up, ".pulumi/stacks/p/cluster2.json"]],
        emptyChecksum: [[up, `${file}.attrs`]],
        hopeless: remedies.map((remedy) => [up, [remedy]]),
        locked: [[up, cluster]],
        mend: [[up], [preview]],
        stopped: [[up], [destroy]],
        stillWaiting: [[up]],
    };
    const one: readonly [HintTarget][] = [[target]];
    const verifies: Samples<typeof verifyHints> = {
        noProbe: [[]],
        probeNotStarted: [["cluster1"]],
        pending: [[verify]],
        execFailed: one,
        forbidden: one,
        sidecarDns: one,
        ownDns: one,
        clusterDns: one,
        globalDnsBehind: [[advise`Look there: ${verify.other("outputs")}`]],
        globalDns: one,
        noNslookup: [[]],
        noSidecar: one,
        hostUnknown: one,
        noEndpoint: one,
        oldAddress: one,
        unhealthy: [["cluster2's gateway"]],
        egressGateway: one,
        gateway: one,
        noTrust: one,
        callerRefused: one,
        noHealthyUpstream: one,
        refusedOnTheWay: one,
        dropped: one,
        policy: one,
        workloadAnswered: [[]],
        noRoute: one,
        logs: one,
        unresolved: [[]],
        noListener: one,
        firewall: one,
        noGrpc: one,
        noShell: [[]],
        silent: one,
        noCurl: [[]],
        sidecarLog: one,
        closedAtOnce: one,
    };
    const doctor: Samples<typeof doctorHints> = {
        step: [
            [
                verify,
                [
                    "Write it anew: ",
                    { up: [cluster] },
                    ", or see ",
                    { kubectl: "get pods -A", access: caller },
                ],
            ],
            [verify, ["For all: ", { up: [] }]],
        ],
        nothing: [[verifyHints.noHealthyUpstream(target)]],
    };
    return [
        ...printed(fileHints, files),
        ...printed(runHints, runs),
        ...printed(verifyHints, verifies),
        ...printed(doctorHints, doctor),
    ];
}

function printed<T extends Readonly<Record<string, (...args: never[]) => Hint>>>(
    table: T,
    samples: Samples<T>,
): readonly PrintedHint[] {
    return Object.keys(table).flatMap((id: keyof T) =>
        samples[id].map((args) => {
            const { text, commands } = table[id]?.(...args) ?? advise``;
            return { id: String(id), text, commands };
        }),
    );
}
