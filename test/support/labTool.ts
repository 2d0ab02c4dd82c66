import * as fs from "node:fs";
import * as path from "node:path";
import { tryRun } from "../../lab/exec";
import { binDir, checkoutDir } from "../../lab/paths";

/** Builds a tool that the lab itself does not need, such as `fortio`, unless it is there. */
export async function buildTool(name: string): Promise<void> {
    if (fs.existsSync(path.join(binDir, name))) return;
    const tsx = path.join(checkoutDir, "node_modules/.bin/tsx");
    const built = await tryRun(tsx, ["lab/main.ts", "build", "--only", name], { cwd: checkoutDir });
    if (built.code !== 0) throw new Error(`lab build --only ${name}: ${built.stderr}`);
}
