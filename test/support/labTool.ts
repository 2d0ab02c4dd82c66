import * as fs from "node:fs";
import * as path from "node:path";
import { tryRun } from "../../lab/exec";
import { binDir, checkoutDir } from "../../lab/paths";

/** Builds a tool that the lab itself does not need, such as `fortio`, unless it is there. */
export async function buildTool(name: string): Promise<void> {
    if (fs.existsSync(path.join(binDir, name))) return;
    const build = ["load.js", "lab/main.ts", "build", "--only", name];
    const built = await tryRun(process.execPath, build, { cwd: checkoutDir });
    if (built.code !== 0) throw new Error(`lab build --only ${name}: ${built.stderr}`);
}
