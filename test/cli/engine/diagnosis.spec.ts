import * as assert from "node:assert/strict";
import { CommandLine } from "../../../cli/commandLine";
import type { BackendFacts, BrokenFile } from "../../../cli/engine/backendFiles";
import {
    errorTexts,
    explain,
    type Facts,
    type Failure,
    isSaidUnreachable,
    saidOf,
} from "../../../cli/engine/diagnosis";
import { accessProblem } from "../../../lib/cluster/problems";
import type { Look, Place } from "../../../cli/engine/reach";

const command = new CommandLine("brk", "up", { clusters: ["cluster1", "cluster2"] });
const again = "npm run mesh -- --env brk up --clusters cluster1,cluster2";
const place: Place = {
    kubeconfig: "k/config",
    context: "c",
    server: "https://10.0.0.7:6443",
    isBehindProxy: false,
};
const backend = (broken: readonly BrokenFile[] = [], url = "file:///state"): BackendFacts => ({
    url,
    ...(url.startsWith("file:") && { folder: url.slice("file://".length) }),
    broken,
    object: (stack) => (url.startsWith("https:") ? undefined : `.pulumi/stacks/p/${stack}.json`),
});
const facts: Facts = { stack: "cluster2", command, place, backend: backend() };
const silent: Look = {
    state: "silent",
    stack: "cluster2",
    detail: "The connection to the server 10.0.0.7:6443 was refused",
    // When the tests run, which may be long after this file was read.
    get at() {
        return Date.now();
    },
};

function failureOf(text: string, more: Partial<Facts> = {}): Failure {
    return explain({ ...facts, ...more }, [text]);
}

/** Messages, the next step, and whether anything is shown that destroys. */
const told = ({ messages, nextStep }: Failure) => ({
    messages,
    next: nextStep.text,
    destroys: nextStep.commands.some(({ effect }) => effect === "destroys"),
});

describe("what Pulumi said", () => {
    it("is the engine's errors once each, with the resource, without the engine's own summary", () => {
        const errors = [
            { resource: "istiod", text: "timed out" },
            { resource: "istiod", text: "timed out" },
            { resource: "p-cluster1", text: "the imports can't work" },
            { resource: "", text: "update failed" },
        ];
        assert.deepEqual(errorTexts(errors, "cluster1"), ["istiod: timed out", "the imports can't work"]);
    });

    it("is what the CLI wrote, where it never got to the engine", () => {
        assert.deepEqual(saidOf([], "ca", "warning: old\nerror: no Pulumi.yaml found\n"), [
            "no Pulumi.yaml found",
        ]);
        assert.deepEqual(saidOf([], "ca", ""), ["Pulumi ended without saying why."]);
    });

    it("leaves out what only follows from another error, and stack traces beside words", () => {
        const hungUp = { resource: "dns", text: "rpc error: grpc: the client connection is closing" };
        const real = {
            resource: "gateway",
            text: "Error: no such image\n    at Object.run (/p/index.ts:3:7)\n    at async main (node:x:1:2)",
        };
        assert.deepEqual(errorTexts([hungUp, real], "a"), ["gateway: Error: no such image"]);
        const stopped = {
            resource: "p-a",
            text:
                "Running program '/p/program.js' failed with an unhandled exception:\n" +
                "Error: failed to register new resource x [a:b:C]: 2 UNKNOWN: resource monitor shut down",
        };
        assert.deepEqual(errorTexts([real, stopped], "a"), ["gateway: Error: no such image"]);
        assert.deepEqual(errorTexts([hungUp], "a"), [`dns: ${hungUp.text}`]);
    });
});

describe("a failure's explanation", () => {
    it("keeps Pulumi's words, and says what is to be run again with all its options", () => {
        assert.deepEqual(told(failureOf("quota exceeded")), {
            messages: ["quota exceeded"],
            next: `Mend what it says, then run "${again}" again: it goes on from where this run stopped.`,
            destroys: false,
        });
    });

    it("says nothing of going on where nothing was begun", () => {
        assert.equal(
            failureOf("x", { command: new CommandLine("brk", "outputs") }).nextStep.text,
            'Mend what it says, then run "npm run mesh -- --env brk outputs" again.',
        );
        const preview = new CommandLine(undefined, "preview", { "expect-no-changes": true });
        assert.equal(
            failureOf("x", { command: preview }).nextStep.text,
            'Mend what it says, then run "npm run mesh -- preview --expect-no-changes" again.',
        );
        const text = 'Stack "one" can\'t work as it is:\n  - no route to host; see that it runs';
        assert.deepEqual(told(failureOf(text)), {
            messages: [text],
            next: `Nothing was written. Correct this, then run "${again}" again.`,
            destroys: false,
        });
    });

    it("names a missing or wrong passphrase, and a login", () => {
        for (const [text, sentence] of [
            ["constructing secrets manager: passphrase must be set with X", /^Pulumi needs the passphrase/],
            ["error: incorrect passphrase", /^The passphrase is not the one/],
            ["PULUMI_ACCESS_TOKEN must be set for login", /^Pulumi is not logged in/],
        ] as const) {
            const nowhere: BackendFacts = { broken: [], object: () => "" };
            const { messages } = failureOf(text, { backend: nowhere });
            assert.match(messages[0] ?? "", sentence);
            assert.equal(messages[1], text);
        }
    });

    it("says that a service lets another run go first, and how to end one that is gone", () => {
        const text =
            "[409] Conflict: Another update is currently in progress.\nTo learn more about possible reasons and resolution, visit " +
            "https://www.pulumi.com/docs/support/troubleshooting/common-issues/update-conflicts/";
        assert.deepEqual(told(failureOf(text, { backend: backend([], "https://api.pulumi.com") })), {
            messages: ['Another run is at work on stack "cluster2".', text],
            next:
                "Wait for it to end. If it is gone for good: " +
                `pulumi -C environments/brk cancel --yes --stack cluster2, then run "${again}" again.`,
            destroys: false,
        });
    });

    it("names the backend that Pulumi takes for a service", () => {
        const text = "PULUMI_ACCESS_TOKEN must be set for login";
        const { messages, nextStep } = failureOf(text, { backend: backend([], "my-bucket") });
        assert.deepEqual(messages, [
            "The backend is my-bucket, which Pulumi takes for a service, and it is not logged in there.",
            text,
        ]);
        assert.match(nextStep.text, /correct PULUMI_BACKEND_URL or backend\.url: file:\/\/PATH/);
    });

    it("says how to go on with a protected root", () => {
        const text = 'resource "urn:x" cannot be deleted\nbecause it is protected.';
        assert.equal(
            failureOf(text, { stack: "brk-ca" }).nextStep.text,
            "The stack protects a resource from being deleted. If it really is to go: " +
                `pulumi -C environments/brk state unprotect --all --yes --stack brk-ca, then run ${again} again.`,
        );
    });

    it("says that a stack has more settings than Pulumi can hand to a program", () => {
        const text = "could not run language executor: fork/exec /usr/bin/node: argument list too long";
        const { messages, nextStep } = failureOf(text, { stack: "east" });
        assert.equal(
            messages[0],
            'The settings of stack "east" are longer than Pulumi can hand to a program.',
        );
        assert.match(nextStep.text, /from Pulumi\.east\.yaml into a team's file/);
    });

    it("says that a disk is full, whoever says so", () => {
        const text = "write /state/.pulumi/stacks/p/ca.json: no space left on device";
        assert.deepEqual(told(failureOf(text)), {
            messages: ["A disk is full: there is no space left on it.", text],
            next: `Make room on the disk of /state, then run "${again} --refresh".`,
            destroys: false,
        });
    });
});

describe("a connection that failed", () => {
    const refused = (where: string) =>
        `Get "https://${where}/api": dial tcp ${where}: connect: connection refused`;

    it("is the cluster's where the address is its API server's, and gives it up only after a look", () => {
        const text = refused("10.0.0.7:6443");
        const seen = told(failureOf(text, { look: silent }));
        assert.deepEqual(seen.messages, [`The cluster does not answer: ${silent.detail}`, text]);
        assert.equal(
            seen.next,
            "See whether the cluster of Pulumi.cluster2.yaml runs and its kubeconfig is right (for the lab: npm run lab -- " +
                `status), then run "${again}" again. If the cluster is gone for good: ` +
                "npm run mesh -- --env brk destroy --clusters cluster2 --abandon cluster2 forgets its stack and " +
                "touches no other.",
        );
        for (const look of [
            undefined,
            { state: "answers" },
            { state: "unclear", detail: "x509" },
            { state: "absent", detail: "no such file" },
            { ...silent, at: Date.now() - 61_000 },
        ] satisfies (Look | undefined)[])
            assert.equal(told(failureOf(text, { look })).destroys, false);
    });

    it("is the cluster's where it does not take what the provider signs in with", () => {
        const text = "update failed: the server has asked for the client to provide credentials";
        const detail =
            'cluster "cluster2" does not accept the credentials of context c of k/config; log in again';
        assert.deepEqual(told(failureOf(text, { look: { state: "unclear", detail } })).messages, [
            `The cluster can't be looked at: ${detail}`,
            text,
        ]);
        assert.deepEqual(told(failureOf(text, { look: { state: "answers" } })).messages, [
            "The cluster did not accept the credentials for a while.",
            text,
        ]);
    });

    it("is the cluster's where the provider says so", () => {
        const text = "configured Kubernetes cluster is unreachable: unable to load schema information";
        assert.equal(told(failureOf(text, { look: silent })).destroys, true);
        assert.match(
            failureOf(text, { look: { state: "answers" } }).nextStep.text,
            /^The cluster answers now/,
        );
    });

    it("says that the cluster can't be reached only where nothing answers there, whoever has noticed", () => {
        const access = { kubeconfig: "k", context: "c" };
        const problem = accessProblem("cluster2", access, { detail: "no answer within 15 seconds" });
        const text = `Stack "cluster2" can't work as it is:\n  - ${problem}`;
        assert.equal(isSaidUnreachable(text), true);
        assert.equal(isSaidUnreachable("  - imports[0] has no exporter"), false);
        assert.equal(failureOf(text, { look: silent }).unreachable, true);
        for (const look of [
            undefined,
            { state: "answers" },
            { state: "unclear", detail: "expired" },
        ] as const)
            assert.equal("unreachable" in failureOf(text, { look }), false);
    });

    it("is a webhook's where the API server could not ask it", () => {
        const text =
            'Internal error occurred: failed calling webhook "check.policy.example": failed to call webhook: Post ' +
            '"https://policy.guard.svc:443/validate?timeout=10s": dial tcp 10.0.0.7:6443: connect: connection refused';
        assert.deepEqual(told(failureOf(text, { look: silent })), {
            messages: ["The webhook check.policy.example does not answer.", text],
            next:
                "The cluster itself answers; the Service policy of namespace guard, which it asks before it takes such an " +
                "object, does not. See its pods: kubectl --kubeconfig k/config --context c get service,endpoints,pods -n " +
                `guard. Mend it, or ask whoever it belongs to, then run "${again}" again.`,
            destroys: false,
        });
    });

    it("is that of whoever did not answer, by its address", () => {
        for (const [text, address] of [
            [refused("charts.example:443"), "charts.example"],
            [
                'Get "https://charts.example/index.yaml": dial tcp: lookup charts.example: no such host',
                "charts.example",
            ],
            ["dial tcp 192.0.2.4:5000: i/o timeout", "192.0.2.4:5000"],
            ["proxyconnect tcp: dial tcp 192.0.2.9:3128: connect: connection refused", "192.0.2.9:3128"],
            ["connect ECONNREFUSED 192.0.2.5:80", "192.0.2.5:80"],
        ] as const) {
            const { messages, nextStep } = failureOf(text, { look: silent });
            assert.deepEqual(messages, [text]);
            assert.ok(
                nextStep.text.startsWith(
                    `${address} is not the cluster's API server, which is https://10.0.0.7:6443.`,
                ),
                nextStep.text,
            );
        }
    });

    it("is the backend's where that is its address", () => {
        const text = 'Get "https://api.pulumi.com/api/user": dial tcp: lookup api.pulumi.com: no such host';
        const { messages, nextStep } = failureOf(text, { backend: backend([], "https://api.pulumi.com") });
        assert.deepEqual(messages, ["Pulumi's backend, api.pulumi.com, does not answer.", text]);
        assert.match(nextStep.text, /^api\.pulumi\.com is where Pulumi keeps the stacks' state\./);
    });

    it("that was closed is no empty file and no missing login", () => {
        const text = 'Post "https://registry.example/v2": EOF';
        const { messages, nextStep } = failureOf(text);
        assert.deepEqual(messages, [text]);
        assert.match(nextStep.text, /^registry\.example, or a proxy before it, closed the connection/);
        assert.match(failureOf("reading body: EOF").nextStep.text, /the message does not say what that was/);
    });
});

describe("a broken file of the backend", () => {
    const text = "failed to load checkpoint: unexpected end of JSON input";
    const file = "/state/.pulumi/stacks/p/cluster2.json";
    const state: BrokenFile = { kind: "state", file, stack: "cluster2", size: 700, backup: `${file}.bak` };

    it("is named with its stack, the copy beside it and how to put that back", () => {
        assert.deepEqual(told(failureOf(text, { backend: backend([state]) })), {
            messages: [`The state of stack "cluster2" is cut short, at 700 bytes: ${file}`, text],
            next:
                `${file}.bak is the newest whole copy. Put it back: cp ${file}.bak ${file}; rm -f ${file}.attrs. It may be ` +
                "older than the cluster: see what differs with npm run mesh -- --env brk preview --refresh, and set it " +
                "right with npm run mesh -- --env brk up --refresh",
            destroys: false,
        });
        const lost = { kind: "state", file, stack: "cluster2", size: 0 } as const;
        assert.match(failureOf(text, { backend: backend([lost]) }).nextStep.text, /^There is no whole copy/);
    });

    it("is a lock that nobody holds, or a check sum", () => {
        const lock = { kind: "lock", file: "/state/l.json", stack: "ca", size: 0 } as const;
        const { messages, nextStep } = failureOf("unexpected end of JSON input", {
            backend: backend([lock]),
        });
        assert.equal(messages[0], 'A lock of stack "ca" is empty: /state/l.json');
        assert.match(nextStep.text, /pulumi -C environments\/brk cancel --yes --stack ca$/);
        const checksum = { kind: "checksum", file: `${file}.attrs`, stack: "cluster2", size: 0 } as const;
        assert.match(
            failureOf("failed to load checkpoint: EOF", { backend: backend([checksum]) }).messages[0] ?? "",
            /^A check sum of stack "cluster2" is empty: .*\.attrs$/,
        );
    });

    it("of the stack in question comes first", () => {
        const other = { ...state, stack: "cluster1", file: "/state/other.json" };
        const { messages } = failureOf(text, { backend: backend([other, state]) });
        assert.match(messages[0] ?? "", /cluster2/);
    });

    it("in a bucket is named by its object", () => {
        const { nextStep } = failureOf(text, { backend: backend([], "s3://bucket") });
        assert.match(nextStep.text, /the object \.pulumi\/stacks\/p\/cluster2\.json/);
    });

    it("is none where the backend is a service", () => {
        const { nextStep } = failureOf(text, { backend: backend([], "https://api.pulumi.com") });
        assert.match(nextStep.text, /^What was read ended too early/);
    });
});
