import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { fileHints } from "../../../cli/hints/fileHints";
import { parseProbePlace, probeJob, withProbeJobs } from "../../../cli/verify/probeJob";
import { whySilent } from "../../../kube/whySilent";
import { StandInKubectl } from "../../support/standInKubectl";

const image = "curl:1";

describe("a pod that verify starts to call from", () => {
    const kubectl = new StandInKubectl();
    const log = path.join(kubectl.folder, "log");
    const kubeconfig = path.join(kubectl.folder, "kubeconfig");
    const contexts = ["one", "two"].map((name) => ({ name, context: { cluster: name, user: name } }));
    fs.writeFileSync(kubeconfig, JSON.stringify({ apiVersion: "v1", kind: "Config", contexts }));
    const access = (cluster: string) => ({ kubeconfig, context: cluster });
    const clusters = new Map(["one", "two"].map((name) => [name, access(name)]));
    const place = { namespace: "foo", image };
    /** What was asked of each cluster, without what is only the name's. */
    const asked = () =>
        fs
            .readFileSync(log, "utf8")
            .trim()
            .split("\n")
            .map((line) => line.replaceAll(/mesh-verify-[0-9a-f]{8}/g, "NAME"));
    const does = (pods: string) => {
        kubectl.does(`
            while [ "\${1#--}" != "$1" ]; do [ "$1" = --context ] && cluster=$2; shift 2; done
            echo "$cluster $*" >> ${log}
            case "$1" in
            create) cat > /dev/null ;;
            get) ${pods} ;;
            esac`);
    };
    const pod = (status: object) =>
        `echo '${JSON.stringify({ items: [{ kind: "Pod", metadata: { name: "p", namespace: "foo" }, status }] })}'`;
    const isReady = pod({ conditions: [{ type: "Ready", status: "True" }] });

    const deleted = () => asked().filter((line) => line.includes(" delete ")).length;
    /** Nobody stops anything. */
    const still = { isRequested: false, beforeEnd: () => () => undefined };

    beforeEach(() => {
        fs.rmSync(log, { force: true });
    });
    after(() => {
        kubectl.remove();
    });

    it("is placed by namespace and service account", () => {
        assert.deepEqual(parseProbePlace("foo", image), { namespace: "foo", image });
        assert.deepEqual(parseProbePlace("foo/web", image), {
            namespace: "foo",
            serviceAccount: "web",
            image,
        });
        for (const wrong of ["", "/web", "foo/", "foo/web/more"])
            assert.throws(() => parseProbePlace(wrong, image), {
                message: `"${wrong}" does not say where a pod may be started.`,
                nextStep: fileHints.probePlaceShape(),
            });
    });

    it("ends by the cluster itself, and asks for no right that a restricted namespace refuses", () => {
        const { spec } = probeJob("x", { ...place, serviceAccount: "web" });
        assert.deepEqual(
            [spec.activeDeadlineSeconds, spec.ttlSecondsAfterFinished, spec.backoffLimit],
            [300, 0, 0],
        );
        const { containers, serviceAccountName } = spec.template.spec;
        assert.equal(serviceAccountName, "web");
        assert.deepEqual(containers[0]?.securityContext, {
            runAsNonRoot: true,
            runAsUser: 65534,
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
            seccompProfile: { type: "RuntimeDefault" },
        });
    });

    it("is there in every cluster while it is used, and gone afterwards, also where that fails", async () => {
        does(isReady);
        const used = withProbeJobs(clusters, place, { interrupt: still, whySilent }, (probe, missing) => {
            assert.match(probe.deployment, /^job\/mesh-verify-[0-9a-f]{8}$/);
            assert.deepEqual([probe.namespace, probe.container, missing.size], ["foo", "probe", 0]);
            assert.equal(deleted(), 0);
            return Promise.reject(new Error("what it was used for"));
        });
        await assert.rejects(used, /what it was used for/);
        const gone = asked().filter((line) => line.includes(" delete "));
        assert.deepEqual(
            gone.sort(),
            ["one", "two"].map((name) => `${name} delete job NAME -n foo --cascade=background --wait=false`),
        );
    });

    it("is deleted before a command ends that is stopped, which then tells nothing of its calls", async () => {
        does(isReady);
        const duties: (() => Promise<unknown>)[] = [];
        const stop = {
            isRequested: false,
            beforeEnd: (duty: () => Promise<unknown>) => {
                duties.push(duty);
                return () => undefined;
            },
        };
        const used = withProbeJobs(clusters, place, { interrupt: stop, whySilent }, async () => {
            stop.isRequested = true;
            for (const duty of duties) await duty();
            assert.equal(deleted(), 2);
        });
        await assert.rejects(used, /It was stopped/);
        assert.equal(duties.length, 1);
    });

    it("is missed in the clusters where it can't be started, with the reason", async () => {
        const state = { waiting: { reason: "InvalidImageName", message: "no such name" } };
        const broken = pod({ containerStatuses: [{ name: "probe", ready: false, restartCount: 0, state }] });
        does(`if [ "$cluster" = one ]; then ${isReady}; else ${broken}; fi`);
        const missing = await withProbeJobs(clusters, place, { interrupt: still, whySilent }, (_, found) =>
            Promise.resolve(found),
        );
        assert.deepEqual([...missing.keys()], ["two"]);
        assert.match(missing.get("two") ?? "", /^pod p can't .*no such name/);
        kubectl.does('echo "Error from server (NotFound): namespaces \\"foo\\" not found" >&2; exit 1');
        const none = await withProbeJobs(clusters, place, { interrupt: still, whySilent }, (_, found) =>
            Promise.resolve(found),
        );
        assert.deepEqual(
            [...none.values()],
            Array(2).fill('Error from server (NotFound): namespaces "foo" not found'),
        );
    });
});
