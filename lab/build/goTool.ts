import * as fs from "node:fs";
import * as path from "node:path";
import { findCommand, LabError, run, tryRun } from "../exec";
import { cacheDir, labDir, logsDir, toolchainDir, toolsDir } from "../paths";
import type { GoTool } from "./goTools";
import { folderContents, publish, shortHash } from "./store";

/** Go's names of this machine's processor, by Node's. */
const goArchitectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/** Go's name of this machine's processor. */
export const goarch = goArchitectures[process.arch] ?? process.arch;

/** Variables of every Go build. Static binaries: images hold them alone. */
const goEnvironment = {
    CGO_ENABLED: "0",
    GOOS: "linux",
    GOARCH: goarch,
    GOWORK: "off",
};

/** Path of the built binary. It tells the version, and by a hash everything else that decides the content. */
export function builtPath(tool: GoTool): string {
    const key = shortHash([
        goarch,
        ...buildArguments(tool),
        ...(tool.embeds?.files ?? []),
        ...folderContents(path.join(toolchainDir, tool.module)),
    ]);
    return path.join(toolsDir, tool.name, `${tool.version}-${key}`, tool.name);
}

/** The tool on PATH, if there is one and it is exactly the pinned version. */
export async function pathOnMachine(tool: GoTool): Promise<string | undefined> {
    const query = tool.versionQuery;
    const file = query && findForeignCommand(tool.name);
    if (file === undefined) {
        return undefined;
    }
    const { code, stdout } = await tryRun(file, query?.args ?? [], { timeoutMs: 5_000 });
    return code === 0 && query?.expects.test(stdout) === true ? file : undefined;
}

/** A command on PATH that the lab has not put there itself. */
export function findForeignCommand(name: string): string | undefined {
    const own = [labDir, cacheDir];
    return findCommand(name, (file) => {
        const real = fs.realpathSync(file);
        return !own.some((dir) => file.startsWith(dir + path.sep) || real.startsWith(dir + path.sep));
    });
}

/**
 * Builds a tool into the cache.
 *
 * @throws LabError with the log file and the compiler's last lines.
 */
export async function buildGoTool(tool: GoTool): Promise<void> {
    const target = builtPath(tool);
    await publish(path.dirname(target), async (unfinished) => {
        fs.mkdirSync(unfinished);
        const source = path.join(toolchainDir, tool.module);
        const staging = `${unfinished}.source`;
        try {
            await run(
                "go",
                ["build", ...buildArguments(tool), "-o", path.join(unfinished, tool.name), tool.package],
                {
                    cwd: tool.embeds ? await stage(tool.embeds, source, staging) : source,
                    env: goEnvironment,
                    logFile: path.join(logsDir, `${tool.name}.log`),
                },
            );
        } finally {
            fs.rmSync(staging, { recursive: true, force: true });
        }
    });
}

/**
 * Folder of a Go module's source, downloaded if it isn't there yet.
 *
 * @param toolchain Folder under lab/toolchain/ whose go.mod pins the module's version.
 */
export async function moduleDir(toolchain: string, module: string): Promise<string> {
    const cwd = path.join(toolchainDir, toolchain);
    const logFile = path.join(logsDir, `module-${path.basename(module)}.log`);
    const env = { GOWORK: "off" };
    await run("go", ["mod", "download", module], { cwd, env, logFile });
    return (await run("go", ["list", "-m", "-f", "{{.Dir}}", module], { cwd, env })).trim();
}

/**
 * Asks for a Go that can build every tool.
 *
 * @throws LabError if there is none, or one that is too old and may not fetch a newer one by itself.
 */
export async function requireGo(): Promise<void> {
    if (findCommand("go") === undefined) {
        throw new LabError(
            'The lab builds its tools with Go, and there is no "go" on PATH. Install Go 1.26 or newer, then run this again.',
        );
    }
    // Asked in a module that needs the newest Go, so that the answer is that of the toolchain which would build it.
    const asked = await tryRun("go", ["env", "GOVERSION"], { cwd: path.join(toolchainDir, "istio") });
    const version = /go1\.(\d+)/.exec(asked.stdout);
    if (asked.code !== 0 || version === null || Number(version[1]) < 26) {
        const said = asked.stdout.trim() || asked.stderr.trim();
        throw new LabError(
            `The lab builds its tools with Go 1.26 or newer; "go env GOVERSION" says: ${said}. Install a newer Go, then run this again.`,
        );
    }
}

function buildArguments(tool: GoTool): string[] {
    const variables = (tool.linkerVariables ?? []).map((variable) => `-X ${variable}`);
    return [
        "-trimpath",
        // The tools carry pinned versions, not the state of the checkout they are built from.
        "-buildvcs=false",
        ...(tool.tags === undefined ? [] : ["-tags", tool.tags]),
        "-ldflags",
        ["-s -w", ...variables].join(" "),
    ];
}

/** Copies a toolchain folder to `target` and lays the module's files beside its main.go. */
async function stage(embeds: NonNullable<GoTool["embeds"]>, source: string, target: string): Promise<string> {
    const module = await moduleDir(path.basename(source), embeds.module);
    fs.cpSync(source, target, { recursive: true });
    for (const file of embeds.files) {
        const copy = path.join(target, path.basename(file));
        fs.copyFileSync(path.join(module, file), copy);
        // Files of the module cache are read-only, and the copy has to be removable.
        fs.chmodSync(copy, 0o644);
    }
    return target;
}
