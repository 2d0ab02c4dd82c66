import * as fs from "node:fs";
import * as path from "node:path";
import { run, tryRun } from "../exec";
import { toolsDir } from "../paths";
import { versions } from "../versions";
import { builtPath, findForeignCommand } from "./goTool";
import { goTools } from "./goTools";
import { publish, shortHash } from "./store";

/** Source of the stand-in for the command plugin. */
const standInSource = path.join(__dirname, "..", "pulumi-command-standin", "provider.ts");

/** Name of the command plugin's folder in a Pulumi home. */
const standInName = `resource-command-v${versions.pulumiCommand}`;

/**
 * The part of Pulumi's own distribution that runs dynamic providers, which are in the program's own language: it
 * starts the SDK's server out of the program's node_modules.
 */
const dynamicProviderHost = `#!/bin/sh
exec node -e 'require(require.resolve("@pulumi/pulumi/cmd/dynamic-provider", { paths: [process.cwd()] }))' host "$@"
`;

/**
 * Starts the host of Node.js programs that lies beside it. Newer hosts ask Pulumi for the options in Pulumi.yaml; this one, the
 * last that is a Go module, is told them by flags, as Pulumi did at its time.
 */
const nodeHostLauncher = `#!/bin/sh
grep -qs '^ *typescript: false' Pulumi.yaml && set -- -typescript=false "$@"
exec "$(dirname "$(readlink -f "$0")")/pulumi-language-nodejs-${versions.pulumiLanguageNodejs}" "$@"
`;

/** Starts the stand-in that lies beside it. */
const standInLauncher = `#!/bin/sh
# Stand-in of the istio-multicluster lab for Pulumi's command plugin; see lab/README.md of that project.
PULUMI_COMMAND_STANDIN_VERSION=${versions.pulumiCommand}
export PULUMI_COMMAND_STANDIN_VERSION
exec node "$(dirname "$0")/provider.js" "$@"
`;

/** The Pulumi home that the lab makes where the user has no Pulumi: `bin` and `plugins`, as Pulumi's installer lays them. */
export function pulumiHome(): string {
    const key = shortHash([
        ...goTools.filter((tool) => tool.set === "pulumi").map(builtPath),
        dynamicProviderHost,
        nodeHostLauncher,
        standInLauncher,
        fs.readFileSync(standInSource),
    ]);
    return path.join(toolsDir, "pulumi-home", `${versions.pulumi}-${key}`);
}

/** The user's own Pulumi, if there is a version 3 on PATH. It brings its own plugins and is used as it is. */
export async function ownPulumi(): Promise<string | undefined> {
    const file = findForeignCommand("pulumi");
    if (file === undefined) {
        return undefined;
    }
    const { code, stdout } = await tryRun(file, ["version"], {
        env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
        timeoutMs: 5_000,
    });
    return code === 0 && stdout.startsWith("v3.") ? file : undefined;
}

/** Lays the built programs into a Pulumi home, the plugins by Pulumi itself, so that no command warns or downloads. */
export async function makePulumiHome(): Promise<void> {
    await publish(pulumiHome(), async (home) => {
        const bin = path.join(home, "bin");
        fs.mkdirSync(bin, { recursive: true });
        fs.linkSync(built("pulumi"), path.join(bin, "pulumi"));
        fs.linkSync(
            built("pulumi-language-nodejs"),
            path.join(bin, `pulumi-language-nodejs-${versions.pulumiLanguageNodejs}`),
        );
        fs.writeFileSync(path.join(bin, "pulumi-language-nodejs"), nodeHostLauncher, { mode: 0o755 });
        fs.writeFileSync(path.join(bin, "pulumi-resource-pulumi-nodejs"), dynamicProviderHost, {
            mode: 0o755,
        });
        // Pulumi writes everything it does into this folder, at the cost of half its CPU time, and has no switch for that.
        // It does without where it can't make the folder.
        fs.writeFileSync(
            path.join(home, "logs"),
            "A file in the place of Pulumi's debug logs, so that it writes none.\n",
        );
        const plugins = [
            {
                name: "kubernetes",
                version: versions.pulumiKubernetes,
                file: built("pulumi-resource-kubernetes"),
            },
            { name: "tls", version: versions.pulumiTls, file: built("pulumi-resource-tls") },
            {
                name: "command",
                version: versions.pulumiCommand,
                file: await writeStandIn(path.join(home, "stand-in")),
            },
        ];
        for (const { name, version, file } of plugins) {
            await run(
                path.join(bin, "pulumi"),
                ["plugin", "install", "resource", name, version, "--file", file],
                {
                    cwd: home,
                    env: { PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" },
                },
            );
        }
        fs.rmSync(path.join(home, "stand-in"), { recursive: true });
    });
}

/** Whether a Pulumi home holds the stand-in and not the real command plugin. */
export function hasCommandStandIn(home: string): boolean {
    return fs.existsSync(path.join(home, "plugins", standInName, "provider.js"));
}

function built(name: string): string {
    const tool = goTools.find((candidate) => candidate.name === name);
    if (tool === undefined) {
        throw new Error(`no tool ${name}`);
    }
    return builtPath(tool);
}

/** Writes the stand-in as a plugin that needs nothing but Node.js, and returns its folder. */
async function writeStandIn(dir: string): Promise<string> {
    // Slow to load, and needed here alone.
    const ts = await import("typescript");
    const { outputText } = ts.transpileModule(fs.readFileSync(standInSource, "utf8"), {
        compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
    });
    fs.mkdirSync(dir);
    fs.writeFileSync(path.join(dir, "provider.js"), outputText);
    fs.writeFileSync(path.join(dir, "pulumi-resource-command"), standInLauncher, { mode: 0o755 });
    return dir;
}
