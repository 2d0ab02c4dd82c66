import assert from "node:assert/strict";
import { credentialProblem } from "../../../lib/cluster/credentialProblem";
import { isAbsent, type KubeconfigFailure, kubeconfigProblem } from "../../../lib/cluster/kubeconfigProblem";

const output = { stack: "infra", output: "kubeconfig" };

describe("a kubeconfig that can't be used", () => {
    const said = (
        failure: KubeconfigFailure,
        kubeconfig?: Parameters<typeof kubeconfigProblem>[1]["kubeconfig"],
    ) => kubeconfigProblem("Pulumi.west.yaml", { kubeconfig, context: "c" }, failure);

    it("is said where the settings name it", () => {
        assert.equal(
            said({ kind: "file" }, "k"),
            "cluster.kubeconfig is k, and there is no such file; correct it in Pulumi.west.yaml (a relative path begins at " +
                "the folder of that file, and ~/ at the home folder)",
        );
        assert.equal(
            said({ kind: "context", contexts: ["a", "b"] }, { content: "secret" }),
            "cluster.context is c, but cluster.kubeconfig.content has only a, b; correct it in Pulumi.west.yaml",
        );
        assert.equal(
            said({ kind: "variable", files: ["/a", "/b"] }),
            "the variable KUBECONFIG names /a and /b, and there is no such file; correct it, or set cluster.kubeconfig in " +
                "Pulumi.west.yaml",
        );
        assert.match(
            said({ kind: "variable", files: [] }),
            /KUBECONFIG is not set, and there is no ~\/.kube\/config/,
        );
    });

    it("tells a stack that is not there from an output that is not, and from one with another key", () => {
        for (const [words, sentence] of [
            [
                "no stack named 'infra' found",
                /the output kubeconfig of stack infra, but the backend has no such stack/,
            ],
            [
                "current stack does not have output property 'kubeconfig'",
                /which has no such output; correct the name, or update infra first/,
            ],
            [
                "incorrect passphrase",
                /^the output kubeconfig of stack infra is encrypted with another passphrase or key than this run has/,
            ],
            [
                "connection refused",
                /can't be read \(connection refused\); see that `pulumi stack output --stack infra` shows it/,
            ],
        ] as const)
            assert.match(said({ kind: "output", said: words }, output), sentence);
        assert.match(
            said({ kind: "settings", said: "incorrect passphrase" }),
            /set PULUMI_CONFIG_PASSPHRASE_FILE/,
        );
    });

    it("is absent only where nothing could lead to the cluster", () => {
        assert.ok(isAbsent({ kind: "file" }) && isAbsent({ kind: "context", contexts: [] }));
        assert.ok(!isAbsent({ kind: "settings", said: "" }) && !isAbsent({ kind: "output", said: "" }));
    });
});

describe("a cluster that does not let its user in", () => {
    const said = (detail: string, known?: Parameters<typeof credentialProblem>[3]) =>
        credentialProblem("west", { context: "c" }, detail, known);
    const whose = "context c of your own kubeconfig (KUBECONFIG, or ~/.kube/config)";
    const until = "until `kubectl --context c get nodes` works";

    it("is said in a sentence for each way to sign in", () => {
        for (const [detail, sentence] of [
            [
                "error: You must be logged in to the server (Unauthorized)",
                `cluster "west" does not accept the credentials of ${whose}; log in again, ${until}`,
            ],
            [
                "Unable to connect to the server: getting credentials: exec: executable aws not found\n\nIt looks like ...",
                `${whose} signs in by the command aws, which is not installed here, or not on PATH; install it, ${until}`,
            ],
            [
                "The SSO session has expired.\nUnable to connect to the server: getting credentials: exec: executable aws failed with exit code 255",
                `the command aws, by which ${whose} signs in, failed with exit code 255: The SSO session has expired.; log in again, ${until}`,
            ],
            [
                "Unable to connect to the server: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time is after",
                `the certificate of cluster "west"'s API server, or of its authority, has ended, or this machine's clock is wrong ` +
                    `(certificate has expired or is not yet valid: current time is after); renew it, ${until}`,
            ],
            [
                "Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority",
                `the certificate of cluster "west"'s API server is not one that ${whose} trusts (certificate signed by unknown ` +
                    `authority): the kubeconfig is another cluster's, or older than the cluster; get a new one, ${until}`,
            ],
        ] as const)
            assert.equal(said(detail), sentence);
        assert.equal(said("dial tcp 10.0.0.1:6443: connect: connection refused"), undefined);
    });

    it("names when a client certificate ended", () => {
        const known = { kind: "expired", end: "2026-01-02T03:04:05.000Z" } as const;
        assert.equal(
            said("error: You must be logged in to the server (Unauthorized)", known),
            `the client certificate of ${whose} ended on 2026-01-02T03:04:05.000Z, so cluster "west" does not accept it; ` +
                `get a new kubeconfig, ${until}`,
        );
    });
});
