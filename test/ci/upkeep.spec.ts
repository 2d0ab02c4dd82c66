import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { sortedSteps } from "../../ci/upkeep";
import type { ObjectChange } from "../../cli/engine/objectChange";
import { checkoutDir } from "../../lab/paths";
import { runCommand } from "../support/engine";

const change = (op: string, type: string, name: string, ...paths: readonly string[]): ObjectChange => ({
    op,
    type,
    name,
    properties: paths.map((each) => ({ path: each })),
    mayStay: false,
});
const cert = "tls:index/locallySignedCert:LocallySignedCert";
const entry = "kubernetes:networking.istio.io/v1:ServiceEntry";
const secret = "kubernetes:core/v1:Secret";
const renewal = change("replace", cert, "one-cert", "readyForRenewal");
const signing = change("update", secret, "istio-cacerts-secret", "data");
const moved = change("update", entry, "httpbin-entry", "spec.endpoints[0].address", "spec.endpoints[1]");

describe("upkeep", () => {
    const othersOf = (...planned: readonly ObjectChange[]) =>
        sortedSteps([{ stack: "one", planned, interrupted: false, warnings: [] }]).others.length;

    it("is a certificate that is due, what follows it, and a gateway that moved", () => {
        assert.equal(othersOf(renewal, signing, moved), 0);
    });

    for (const [what, other] of [
        ["another reason to make a certificate", change("replace", cert, "one-cert", "validityPeriodHours")],
        ["a new certificate", change("create", cert, "two-cert")],
        ["one that goes", change("delete", cert, "two-cert")],
        [
            "a renewal with something else",
            { ...renewal, properties: [...renewal.properties, { path: "subject" }] },
        ],
        ["another Secret", change("update", secret, "provider-secret", "data")],
        [
            "another property of an import",
            change("update", entry, "httpbin-entry", "spec.endpoints[0].address", "spec.ports[0]"),
        ],
        ["who may be called", change("update", entry, "httpbin-entry", "spec.subjectAltNames[0]")],
        ["a new import", change("create", entry, "httpbin-entry")],
        ["an update of which no property is known", change("update", entry, "httpbin-entry")],
        ["any other object", change("update", "kubernetes:apps/v1:Deployment", "istiod", "spec.replicas")],
    ] as const)
        it(`is not ${what}`, () => {
            assert.equal(othersOf(renewal, other), 1);
        });
});

/** A `mesh` that answers with what the test has laid down, and notes what it was asked. */
const standInMesh = `
const fs = require("node:fs");
const asked = process.argv.slice(3).join(" ");
fs.appendFileSync("asked.txt", asked + "\\n");
if (asked.startsWith("preview")) process.stdout.write(fs.readFileSync("answer.json", "utf8"));
`;
/** A \`pulumi\` that knows one run of each stack. */
const standInPulumi = `#!/bin/sh\nexec cat "$HISTORY"\n`;

describe("the job upkeep", function () {
    this.timeout(30_000);
    let root: string;
    let checkout: string;
    const at = (name: string) => path.join(root, name);
    const git = (...args: readonly string[]) =>
        execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
            cwd: checkout,
            encoding: "utf8",
        }).trim();
    const commit = (name: string) => {
        fs.mkdirSync(path.dirname(path.join(checkout, name)), { recursive: true });
        fs.appendFileSync(path.join(checkout, name), "# changed\n");
        git("add", "-A");
        git("commit", "-qm", name);
    };

    beforeEach(() => {
        root = fs.mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-upkeep-"));
        checkout = at("checkout");
        for (const folder of ["checkout", "bin", "temp"]) fs.mkdirSync(at(folder));
        fs.writeFileSync(at("bin/pulumi"), standInPulumi, { mode: 0o755 });
        git("init", "-q", "-b", "main");
        fs.writeFileSync(path.join(checkout, "load.js"), standInMesh);
        fs.writeFileSync(path.join(checkout, ".gitignore"), "asked.txt\nanswer.json\n");
        commit("Pulumi.one.yaml");
        lastUpAt(git("rev-parse", "HEAD"));
    });
    afterEach(() => {
        fs.rmSync(root, { recursive: true, force: true });
    });

    /** The commit that every stack was last brought up at. */
    function lastUpAt(head: string | undefined, dirty = "false"): void {
        const environment = head === undefined ? {} : { "git.head": head, "git.dirty": dirty };
        const run = { kind: "update", result: "succeeded", endTime: "2026-11-28T10:00:00Z", environment };
        fs.writeFileSync(at("history.json"), JSON.stringify([run]));
    }

    /** Runs the job, where each stack's preview foresees this, or fails. */
    async function upkeep(foreseen: Readonly<Record<string, readonly ObjectChange[] | "fails">>) {
        const reports = Object.entries(foreseen).map(([stack, planned]) => ({
            stack,
            ...(planned === "fails"
                ? { planned: [], failure: { messages: ["down"], nextStep: "" } }
                : { planned }),
            interrupted: false,
            warnings: [],
        }));
        fs.writeFileSync(path.join(checkout, "answer.json"), JSON.stringify(reports));
        const { code, text } = await runCommand(path.join(checkoutDir, "ci/run"), ["upkeep"], {
            env: {
                CI_FOLDER: checkout,
                RUNNER_TEMP: at("temp"),
                HISTORY: at("history.json"),
                PATH: `${at("bin")}:${process.env["PATH"] ?? ""}`,
            },
        });
        const asked = fs.readFileSync(path.join(checkout, "asked.txt"), "utf8").trim().split("\n");
        return { code, text: text.trim(), applied: asked.filter((line) => !line.startsWith("preview")) };
    }

    it("applies what is due, and nothing where nothing is", async () => {
        const none = await upkeep({ ca: [], one: [] });
        assert.deepEqual(none, { code: 0, text: "Nothing is applied.", applied: [] });
        const due = await upkeep({ ca: [renewal], one: [signing, moved] });
        assert.deepEqual(due.applied, ["up"]);
        assert.equal(
            due.text,
            "Applied, being due:\n- ca: replace LocallySignedCert one-cert\n- one: update Secret istio-cacerts-secret\n" +
                "- one: update ServiceEntry httpbin-entry",
        );
    });

    it("stops where anything else stands to be done, and says what", async () => {
        const ended = await upkeep({ ca: [renewal], one: [change("create", entry, "new-entry")] });
        assert.deepEqual([ended.code, ended.applied], [4, []]);
        assert.equal(
            ended.text,
            "Due:\n- ca: replace LocallySignedCert one-cert\nThis stands to be done as well, and is no upkeep:\n" +
                `- one: create ServiceEntry new-entry\nNothing was applied. Apply what is merged first, by the workflow "up".`,
        );
    });

    it("stops where a file that counts has changed since the last update, and where that can't be told", async () => {
        const stopped = async () => {
            const { code, text, applied } = await upkeep({ ca: [], one: [moved] });
            assert.deepEqual([code, applied], [4, []], text);
            return text
                .split("\n")
                .filter((line) => /^- (ca|one): (?!update )/.test(line))
                .at(-1);
        };
        const before = git("rev-parse", "HEAD");
        commit("docs/page.md");
        assert.equal((await upkeep({ ca: [], one: [moved] })).code, 0);
        fs.rmSync(path.join(checkout, "asked.txt"));
        lastUpAt(before, "true");
        assert.equal(
            await stopped(),
            `- one: its last update was made with files that differ from ${before.slice(0, 12)}`,
        );
        lastUpAt(before);
        commit("Pulumi.one.yaml");
        assert.equal(
            await stopped(),
            `- one: Pulumi.one.yaml changed after its last update, at ${before.slice(0, 12)}`,
        );
        lastUpAt("e".repeat(40));
        assert.equal(
            await stopped(),
            "- one: the checkout does not have eeeeeeeeeeee, its last update's commit",
        );
        lastUpAt(undefined);
        assert.equal(await stopped(), "- one: of its last update no commit is known");
    });

    it("leaves a cluster out that can't be looked at, and does nothing without the certificates", async () => {
        const one = await upkeep({ ca: [], one: [moved], two: "fails" });
        assert.equal(one.code, 1);
        assert.deepEqual(one.applied, ["up --clusters one"]);
        assert.match(one.text, /^These clusters could not be looked at, as the log says: two\.$/m);
        fs.rmSync(path.join(checkout, "asked.txt"));
        const none = await upkeep({ ca: "fails", one: [moved] });
        assert.deepEqual([none.code, none.applied], [1, []]);
        assert.equal(none.text, "The certificates can't be looked at, so nothing is done; the log says why.");
    });
});
