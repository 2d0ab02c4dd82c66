import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { waitForWebhook } from "../../kube/istiodWebhook";
import { KubectlError } from "../../kube/kubectl";
import { StandInKubectl } from "../support/standInKubectl";

describe("the wait for istiod's webhook", () => {
    const access = { kubeconfig: __filename, context: "one" };
    const patience = { limitSeconds: 20, intervalMilliseconds: 10 };
    let standIn: StandInKubectl;

    beforeEach(() => {
        standIn = new StandInKubectl();
    });
    afterEach(() => {
        standIn.remove();
    });

    const calls = () => path.join(standIn.folder, "calls");
    const callCount = () => fs.readFileSync(calls(), "utf8").trim().split("\n").length;
    /** kubectl says each of these once, and then that the object was taken. */
    const says = (...errors: readonly string[]) => {
        const cases = errors.map((error, index) => `${index + 1}) echo "${error}" >&2; exit 1;;`);
        standIn.does(
            `echo "$@" >> ${calls()}; case $(wc -l < ${calls()}) in ${cases.join(" ")} esac; echo {}`,
        );
    };

    it("goes on while istiod can't be asked, or its kinds are not served, and writes nothing", async () => {
        says(
            "Error from server (NotFound): the server could not find the requested resource",
            "Error from server (InternalError): Internal error occurred: failed calling webhook: connection refused",
        );
        await waitForWebhook(access, "istio-system", patience);
        assert.equal(callCount(), 3);
        for (const line of fs.readFileSync(calls(), "utf8").trim().split("\n"))
            assert.match(line, /namespaces\/istio-system\/serviceentries\?dryRun=All/);
    });

    it("is not for those who may not try", async () => {
        says("Error from server (Forbidden): serviceentries is forbidden");
        await waitForWebhook(access, "istio-system", patience);
        assert.equal(callCount(), 1);
    });

    it("ends with what won't heal by waiting, and when the time is up", async () => {
        says("error: You must be logged in to the server (Unauthorized)");
        await assert.rejects(waitForWebhook(access, "istio-system", patience), KubectlError);
        assert.equal(callCount(), 1);
        standIn.does('echo "Error from server (InternalError): failed calling webhook: EOF" >&2; exit 1');
        await assert.rejects(
            waitForWebhook(access, "istio-system", { limitSeconds: 0, intervalMilliseconds: 1 }),
            /failed calling webhook/,
        );
    });
});
