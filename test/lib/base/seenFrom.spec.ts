import assert from "node:assert/strict";
import { seenFrom } from "../../../lib/base/seenFrom";

const root = "/srv/mesh";
const folder = `${root}/environments/prod`;

/** What a text of the environment prod is where somebody stands. */
const from = (stands: string) => (text: string) => seenFrom(text, { stands, folder, root });

describe("a text about an environment's files", () => {
    const atRoot = from(root);

    it("is as it was written for whoever stands there, but for other environments", () => {
        const inside = from(folder);
        const text = "Correct Pulumi.west.yaml, then `pulumi up -s west`; kubectl --kubeconfig k get nodes";
        assert.equal(inside(text), text);
        assert.equal(
            inside("environments/prod/Pulumi.ca.yaml and environments/dev/Pulumi.ca.yaml are one"),
            "Pulumi.ca.yaml and ../dev/Pulumi.ca.yaml are one",
        );
    });

    it("names stack files, the project's and teams' files from where somebody stands", () => {
        const text = "Pulumi.west.yaml, Pulumi.yaml: see teams/shop.yaml: exports.west[0].";
        assert.equal(
            atRoot(text),
            "environments/prod/Pulumi.west.yaml, environments/prod/Pulumi.yaml: see " +
                "environments/prod/teams/shop.yaml: exports.west[0].",
        );
        assert.equal(
            from(`${root}/docs`)(text),
            "../environments/prod/Pulumi.west.yaml, ../environments/prod/Pulumi.yaml: see " +
                "../environments/prod/teams/shop.yaml: exports.west[0].",
        );
        assert.equal(atRoot("(Pulumi.west.yaml) has"), "(environments/prod/Pulumi.west.yaml) has");
        assert.equal(atRoot("--- Pulumi.west.yaml\n"), "--- environments/prod/Pulumi.west.yaml\n");
    });

    it("leaves what is named from elsewhere", () => {
        for (const text of [
            "/somewhere/Pulumi.yaml, ../prod/Pulumi.ca.yaml and https://example.org/teams/a.yaml",
            "environments/prod/Pulumi.ca.yaml of environments/dev.",
            "below environments/; docs/environments.md says how",
            "teams of west; XPulumi.yaml; Pulumi; pulumi login URL; run pulumi install",
        ])
            assert.equal(atRoot(text), text);
    });

    it("names an environment from where somebody stands", () => {
        assert.equal(
            from(`${root}/docs`)("pulumi -C environments/prod cancel --stack ca; environments/dev."),
            "pulumi -C ../environments/prod cancel --stack ca; ../environments/dev.",
        );
        assert.equal(from(folder)("pulumi -C environments/prod cancel"), "pulumi -C . cancel");
    });

    it("has Pulumi's commands work on the environment", () => {
        assert.equal(
            atRoot('run `pulumi up -s ca`, then pulumi stack import --stack ca; "pulumi whoami -v"'),
            "run `pulumi -C environments/prod up -s ca`, then pulumi -C environments/prod stack import --stack ca; " +
                '"pulumi -C environments/prod whoami -v"',
        );
        assert.equal(seenFrom("pulumi up", { stands: `${root}/a b`, folder: root, root }), "pulumi -C .. up");
        assert.equal(seenFrom("pulumi up", { stands: root, folder: root, root }), "pulumi up");
    });

    it("has kubectl find the kubeconfig", () => {
        const command = (file: string) =>
            `until \`kubectl --kubeconfig ${file} --context west get nodes\` works`;
        for (const [written, seen] of [
            ["../../.lab/west/kubeconfig", ".lab/west/kubeconfig"],
            ["k", "environments/prod/k"],
            ["'my files/k'", "'environments/prod/my files/k'"],
            ["~/.kube/west", "~/.kube/west"],
            ["/etc/west", "/etc/west"],
        ] as const)
            assert.equal(atRoot(command(written)), command(seen));
        assert.equal(
            atRoot("context west of ../../.lab/west/kubeconfig, and so; context a of k signs in"),
            "context west of .lab/west/kubeconfig, and so; context a of environments/prod/k signs in",
        );
        for (const text of [
            "context west of your own kubeconfig (KUBECONFIG, or ~/.kube/config)",
            "context west of ~/k, context west of /etc/k, context west of output one of stack infra",
        ])
            assert.equal(atRoot(text), text);
        const typed = "npm run mesh -- --env prod init --kubeconfig k --contexts a,b";
        assert.equal(atRoot(typed), typed);
    });
});
