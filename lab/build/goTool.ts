import * as fs from "node:fs";
import * as os from "node:os";
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

/**
 * Lets the compiler and the linker collect no garbage before they have used a good part of the memory, which saves an eighth of
 * their time. Two builds run side by side, each with a process for each of two cores.
 */
function memoryForSpeed(): Readonly<Record<string, string>> {
    return { GOGC: "off", GOMEMLIMIT: String(Math.round(os.totalmem() / 8)) };
}

/** Compiles what every tool needs, so that tools that are built side by side don't each compile it. */
export async function buildStandardLibrary(signal?: AbortSignal): Promise<void> {
    await run("go", ["build", ...commonArguments, "std"], {
        cwd: path.join(toolchainDir, "httpbin"),
        env: { ...goEnvironment, ...memoryForSpeed() },
        logFile: path.join(logsDir, "std.log"),
        signal,
    });
}

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
 * @param signal ends the build when it is aborted
 * @throws LabError with the log file and the compiler's last lines.
 */
export async function buildGoTool(tool: GoTool, signal?: AbortSignal): Promise<void> {
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
                    cwd: tool.embeds ? await stage(tool, tool.embeds, source, staging) : source,
                    env: { ...goEnvironment, ...memoryForSpeed() },
                    logFile: path.join(logsDir, `${tool.name}.log`),
                    signal,
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
    const asked = await tryRun("go", ["env", "GOVERSION"], { cwd: path.join(toolchainDir, "pods") });
    const version = /go1\.(\d+)/.exec(asked.stdout);
    if (asked.code !== 0 || version === null || Number(version[1]) < 26) {
        const said = asked.stdout.trim() || asked.stderr.trim();
        throw new LabError(
            `The lab builds its tools with Go 1.26 or newer; "go env GOVERSION" says: ${said}. Install a newer Go, then run this again.`,
        );
    }
}

// The tools carry pinned versions, not the state of the checkout they are built from.
const commonArguments = ["-trimpath", "-buildvcs=false"];

function buildArguments(tool: GoTool): string[] {
    const variables = (tool.linkerVariables ?? []).map((variable) => `-X ${variable}`);
    return [
        ...commonArguments,
        ...(tool.tags === undefined ? [] : ["-tags", tool.tags]),
        "-ldflags",
        ["-s -w", ...variables].join(" "),
    ];
}

/** Copies a toolchain folder to `target` and lays the module's files beside the tool's main.go. */
async function stage(
    tool: GoTool,
    embeds: NonNullable<GoTool["embeds"]>,
    source: string,
    target: string,
): Promise<string> {
    const module = await moduleDir(tool.module, embeds.module);
    fs.cpSync(source, target, { recursive: true });
    for (const file of embeds.files) {
        const copy = path.join(target, tool.package, path.basename(file));
        fs.copyFileSync(path.join(module, file), copy);
        // Files of the module cache are read-only, and the copy has to be removable.
        fs.chmodSync(copy, 0o644);
    }
    return target;
}
