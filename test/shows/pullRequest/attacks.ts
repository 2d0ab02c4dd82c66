import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import CliTable from "cli-table3";
import { stringify } from "yaml";
import { labPassphrase } from "../../../lab/env";
import { allOn } from "./event";
import { Hub } from "./hub";
import { environment } from "./repository";

const clusterToken = "the-token-of-the-cluster";
const reviewKey = "the-key-that-reviews-are-signed-with";

/** Pull requests that try to get at secrets, and what each got. */
export function attacks(): void {
    const hub = new Hub();
    const root = fs.mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-loot-"));
    /** Where each tries to write what it gets. */
    const loot = path.join(root, "loot");
    const table = new CliTable({
        head: ["Tries it by", "diff: got", "preview", "preview: got"],
        style: { head: [], border: [] },
    });

    before(async () => {
        await hub.start();
        hub.variables = allOn;
        const secrets = {
            PULUMI_CONFIG_PASSPHRASE: labPassphrase,
            KUBECONFIG_CONTENT: stringify(kubeconfig({ token: clusterToken })),
            REVIEW_KEY: reviewKey,
        };
        hub.environments = { preview: { reviewers: [], secrets } };
        hub.repository.found({ ca: { ca: { clusters: ["one"] } }, one: { cluster: { context: "fake" } } });
    });
    after(() => {
        console.log(table.toString());
        hub.stop();
        fs.rmSync(root, { recursive: true, force: true });
    });

    const edit = (name: string, change: (text: string) => string) => {
        hub.repository.edit(name, change);
    };
    const code = `require("node:fs").appendFileSync(${JSON.stringify(loot)}, JSON.stringify(process.env));\n`;
    const shell = `env >> ${loot}`;
    const stack = `environments/${environment}/Pulumi.one.yaml`;

    /** What each changes, and what of it `diff` runs, which has no secret. */
    const tries: readonly {
        readonly by: string;
        readonly change: () => void;
        readonly inDiff: "nothing" | "no secret";
    }[] = [
        {
            by: "the program, index.ts",
            change: () => {
                edit("index.ts", (text) => code + text);
            },
            inDiff: "nothing",
        },
        {
            by: "the command, cli/main.ts",
            change: () => {
                edit("cli/main.ts", (text) => code + text);
            },
            inDiff: "no secret",
        },
        {
            by: "the jobs' scripts, ci/main.ts",
            change: () => {
                edit("ci/main.ts", (text) => code + text);
            },
            inDiff: "nothing",
        },
        {
            by: "a script after the installation, package.json",
            change: () => {
                edit("package.json", (text) =>
                    text.replace('"scripts": {', `"scripts": { "postinstall": "${shell}",`),
                );
            },
            inDiff: "nothing",
        },
        {
            by: "the workflow preview",
            change: () => {
                edit(".github/workflows/preview.yml", (text) => text.replaceAll("run: ", `run: ${shell}; `));
            },
            inDiff: "nothing",
        },
        {
            by: "the workflow diff, with secrets in it",
            change: () => {
                const step = `      - env: { A: "\${{ secrets.REVIEW_KEY }}", B: "\${{ github.token }}" }\n        run: ${shell}\n`;
                edit(".github/workflows/diff.yml", (text) =>
                    text.replace(/^ {6}- uses: actions\/setup-node/m, `${step}$&`),
                );
            },
            inDiff: "no secret",
        },
        {
            by: "Pulumi.yaml, with another program",
            change: () => {
                edit("evil.js", () => code);
                edit(`environments/${environment}/Pulumi.yaml`, (text) => `${text}main: ../../evil.js\n`);
            },
            inDiff: "nothing",
        },
        {
            by: "a policy",
            change: () => {
                edit("policy/index.js", (text) => code + text);
            },
            inDiff: "nothing",
        },
        {
            by: "a kubeconfig with exec in the checkout",
            change: () => {
                const exec = {
                    apiVersion: "client.authentication.k8s.io/v1",
                    command: "sh",
                    args: ["-c", shell],
                };
                edit("kubeconfig", () => stringify(kubeconfig({ exec })));
                edit(stack, (text) =>
                    text.replace("context: fake", "context: fake\n    kubeconfig: ../../kubeconfig"),
                );
            },
            inDiff: "nothing",
        },
    ];

    for (const [index, { by, change, inDiff }] of tries.entries())
        it(`gets no secret by ${by}`, async () => {
            const pull = hub.propose(index + 1, change);
            const told = await hub.pullRequest(pull);
            const inDiffGot = taken();
            const previewed = await hub.afterDiff(pull);
            const inPreviewGot = taken();
            const waits = `${previewed.conclusion} at "${previewed.failedAt ?? ""}", ${previewed.code}`;
            table.push([by, `${told.conclusion}: ${inDiffGot}`, waits, inPreviewGot]);
            assert.equal(inDiffGot, inDiff, told.log);
            assert.equal(waits, `failure at "Take the pull request's exports and imports", 3`, previewed.log);
            assert.equal(inPreviewGot, "nothing");
        });

    it("gets no secret by any code once a person has looked at it and has missed it", async () => {
        const pull = hub.propose(40, () => {
            // Whoever lets a kubeconfig pass lets its command be run.
            for (const { by, change } of tries) if (!by.includes("kubeconfig")) change();
        });
        const inputs = { branch: `acme:${pull.branch}`, head: pull.head };
        const previewed = await hub.dispatched("preview", "preview", inputs);
        const got = taken();
        table.push([
            "all of them but the last, approved",
            "",
            `${previewed.conclusion} at "${previewed.failedAt ?? ""}"`,
            got,
        ]);
        assert.match(previewed.log, /Not taken, and not run: /);
        assert.equal(got, "nothing");
    });

    it("gets no environment's secrets by a job that names it", () => {
        const pull = hub.propose(50, () => {
            edit(".github/workflows/diff.yml", (text) =>
                text.replace("    timeout-minutes:", "    environment: preview\n    timeout-minutes:"),
            );
        });
        return assert.rejects(hub.pullRequest(pull), /may not use the environment preview/);
    });

    /** What was taken since the last look: nothing, or whether there is a secret in it. */
    function taken(): string {
        if (!fs.existsSync(loot)) return "nothing";
        const text = fs.readFileSync(loot, "utf8");
        fs.rmSync(loot);
        return [labPassphrase, clusterToken, reviewKey].some((secret) => text.includes(secret))
            ? "A SECRET"
            : "no secret";
    }
}

/** Of a cluster at whose address nothing listens. */
function kubeconfig(user: Readonly<Record<string, unknown>>) {
    return {
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "fake", cluster: { server: "https://127.0.0.1:1" } }],
        users: [{ name: "fake", user }],
        contexts: [{ name: "fake", context: { cluster: "fake", user: "fake" } }],
    };
}
