import * as assert from "node:assert/strict";
import { explain } from "../../../cli/engine/diagnosis";

describe("explain", () => {
    it("gives the engine's errors once each, with the resource, without the engine's own summary", () => {
        const errors = [
            { resource: "istiod", text: "timed out" },
            { resource: "istiod", text: "timed out" },
            { resource: "p-cluster1", text: "the imports can't work" },
            { resource: "", text: "update failed" },
        ];
        assert.deepEqual(explain("cluster1", "up", errors, "error: update failed"), {
            messages: ["istiod: timed out", "the imports can't work"],
            nextStep:
                'Mend what it says, then run "npm run mesh -- up" again: it goes on from where this run stopped.',
        });
    });

    it("falls back to what the CLI wrote", () => {
        const { messages } = explain("ca", "up", [], "warning: old\nerror: no Pulumi.yaml found\n");
        assert.deepEqual(messages, ["no Pulumi.yaml found"]);
        assert.deepEqual(explain("ca", "up", [], "").messages, ["Pulumi ended without saying why."]);
    });

    it("says in one sentence that the passphrase is missing, and how to set it", () => {
        const stderr =
            "error: constructing secrets manager: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or " +
            "PULUMI_CONFIG_PASSPHRASE_FILE environment variables";
        assert.deepEqual(explain("ca", "up", [], stderr), {
            messages: ["Pulumi needs the passphrase that encrypts the stacks' secrets, and none is set."],
            nextStep:
                "Set PULUMI_CONFIG_PASSPHRASE_FILE or PULUMI_CONFIG_PASSPHRASE; for the lab: " +
                'eval "$(npm run -s lab -- env)"',
        });
    });

    it("says what to do about a file that a killed run left empty", () => {
        const { messages, nextStep } = explain("ca", "up", [], "error: failed to load checkpoint: EOF");
        assert.deepEqual(messages, ["A file of the backend is empty: a killed run was about to write it."]);
        assert.match(nextStep, /^Run this again\. .*"\.attrs"/);
    });

    it("says what to do about a protected root", () => {
        const errors = [
            { resource: "root-key", text: 'resource "urn:x" cannot be deleted\nbecause it is protected.' },
        ];
        assert.equal(
            explain("ca", "destroy", errors, "").nextStep,
            "The stack protects a resource from being deleted. If it really is to go: " +
                "pulumi state unprotect --all --stack ca, then run this again.",
        );
    });

    it("says of what the program refuses by itself that nothing was written", () => {
        for (const text of [
            'The configuration of stack "one" (Pulumi.one.yaml) has 1 problem:\n  - a is missing',
            'Stack "one" can\'t work as it is:\n  - cluster "one" can\'t be reached: no route to host; see that it runs',
        ]) {
            assert.deepEqual(explain("one", "preview", [{ resource: "p-one", text }], ""), {
                messages: [text],
                nextStep: 'Nothing was written. Correct this, then run "npm run mesh -- preview" again.',
            });
        }
    });

    it("says what to do about a cluster that does not answer", () => {
        const errors = [{ resource: "ns", text: "configured Kubernetes cluster is unreachable" }];
        assert.match(
            explain("cluster1", "up", errors, "").nextStep,
            /^See whether the cluster of Pulumi\.cluster1\.yaml/,
        );
    });
});
