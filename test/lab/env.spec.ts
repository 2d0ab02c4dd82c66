import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { exportLines, type LabPlaces, quote } from "../../lab/env";

const places: LabPlaces = {
    binDir: "/my lab/bin",
    stateDir: "/my lab/pulumi",
    pulumiHome: "/cache/home",
};

/** What a shell has in a variable after it has evaluated the lines. */
function evaluated(lines: string, name: string, env: Record<string, string> = {}): string {
    const script = `eval "$1"; printf %s "$${name}"`;
    return execFileSync("/bin/sh", ["-c", script, "sh", lines], { env, encoding: "utf8" });
}

describe("lab env", () => {
    it("sets everything where nothing is set", () => {
        assert.equal(
            exportLines({ PATH: "/usr/bin" }, places),
            [
                `export PATH='/my lab/bin':"$PATH";`,
                "export PULUMI_BACKEND_URL='file:///my lab/pulumi';",
                "export PULUMI_CONFIG_PASSPHRASE='istio-multicluster-lab';",
                "export PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS='true';",
                "export PULUMI_HOME='/cache/home';",
                "export PULUMI_SKIP_UPDATE_CHECK='true';",
                "",
            ].join("\n"),
        );
    });

    it("leaves alone what the user has set, and PATH where the tools are in it", () => {
        const env = {
            PATH: "/usr/bin:/my lab/bin",
            PULUMI_BACKEND_URL: "s3://state",
            PULUMI_CONFIG_PASSPHRASE_FILE: "/secret",
            PULUMI_HOME: "/home/me/.pulumi",
            PULUMI_SKIP_UPDATE_CHECK: "false",
        };
        assert.equal(exportLines(env, places), "");
    });

    it("takes an empty passphrase as one", () => {
        const lines = exportLines({ PULUMI_CONFIG_PASSPHRASE: "" }, places);
        assert.equal(lines.includes("PULUMI_CONFIG_PASSPHRASE_FILE"), false);
    });

    it("says nothing about Pulumi's home where the user's own Pulumi is used", () => {
        const lines = exportLines({ PATH: "/my lab/bin" }, { ...places, pulumiHome: undefined });
        assert.equal(
            lines,
            "export PULUMI_BACKEND_URL='file:///my lab/pulumi';\nexport PULUMI_CONFIG_PASSPHRASE='istio-multicluster-lab';\nexport PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS='true';\n",
        );
    });

    it("keeps the shell's own PATH behind the tools", () => {
        const lines = exportLines({ PATH: "/only/in/node" }, places);
        assert.equal(evaluated(lines, "PATH", { PATH: "/shell/own" }), "/my lab/bin:/shell/own");
    });

    it("quotes so that a shell reads the very same text", () => {
        const nasty = `it's $HOME "and" \`more\` \\ of\nthat`;
        assert.equal(evaluated(`export VALUE=${quote(nasty)};`, "VALUE"), nasty);
    });
});
