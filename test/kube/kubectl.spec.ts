import assert from "node:assert/strict";
import { kubectl, KubectlError } from "../../kube/kubectl";
import { StandInKubectl } from "../support/standInKubectl";

describe("kubectl", () => {
    const access = { kubeconfig: __filename, context: "one" };
    let standIn: StandInKubectl;

    beforeEach(() => {
        standIn = new StandInKubectl();
    });
    afterEach(() => {
        standIn.remove();
    });

    it("may end before it has read its input", async () => {
        // More than a pipe holds, so that some of it can't be written any more.
        const input = "x".repeat(4_000_000);
        standIn.does("echo 'Error from server (Forbidden): not you' >&2; exit 1");
        await assert.rejects(
            kubectl(access, ["create", "-f", "-"], { input }),
            (error) => error instanceof KubectlError && error.reason === "Forbidden",
        );
        standIn.does("echo done");
        assert.equal(await kubectl(access, ["create", "-f", "-"], { input }), "done\n");
    });

    it("reads nothing where there is no input", async () => {
        standIn.does("cat; echo done");
        assert.equal(await kubectl(access, ["get", "pods"]), "done\n");
    });

    it("asks again for what a command in a pod wrote, where kubectl has lost it", async () => {
        const lost = "echo 'E1128 websocket.go:296] Unknown stream id 1, discarding message' >&2";
        standIn.does(`if [ -e "$0.asked" ]; then echo done; else touch "$0.asked"; ${lost}; fi`);
        assert.equal(await kubectl(access, ["exec", "pod", "--", "true"]), "done\n");
    });

    it("says what kubectl does, and not what its libraries log at some time", async () => {
        const log = `E1128 15:43:50.867333   20242 memcache.go:265] \\"Unhandled Error\\" err=\\"no API\\"`;
        const detail = async (...lines: readonly string[]) => {
            standIn.does(`${lines.map((line) => `echo "${line}" >&2`).join("; ")}; exit 1`);
            return kubectl(access, ["get", "pods"]).catch((error: unknown) => (error as KubectlError).detail);
        };
        const refused = "The connection to the server 10.0.0.7:6443 was refused";
        assert.equal(await detail(log, log, refused), refused);
        assert.match(await detail(log), /^E1128 .* memcache\.go:265\] /);
    });

    it("says so where it loses it again and again", async () => {
        standIn.does("echo 'Unknown stream id 3, discarding message' >&2; exit 1");
        await assert.rejects(kubectl(access, ["exec", "pod", "--", "true"]), {
            message: /kubectl has lost what the command in the pod wrote/,
        });
    });
});
