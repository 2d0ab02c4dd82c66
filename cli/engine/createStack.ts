import * as fs from "node:fs";
import * as path from "node:path";
import { stackFileName, withoutUnusedSalt } from "../stackFiles";
import { type CliResult, pulumiCli } from "./pulumiCli";

/**
 * Makes an empty stack.
 *
 * A stack file keeps the salt of the passphrase that the stack was last made with. Where that passphrase is gone together
 * with the stack (a lab that was taken down) and the file holds nothing encrypted, the salt is of no use: it is taken out,
 * and Pulumi writes a new one.
 *
 * @param secretsProvider what its secrets are encrypted by; without one the backend decides. Pulumi itself would overlook
 *   what the stack's file says of it.
 * @returns what Pulumi answered, and a sentence about such a repair, if one was made
 */
export async function createStack(
    folder: string,
    stack: string,
    secretsProvider: string | undefined,
): Promise<{ readonly result: CliResult; readonly repair?: string }> {
    const provider = secretsProvider === undefined ? [] : ["--secrets-provider", secretsProvider];
    // Not through Automation API, which would also make it the stack that plain `pulumi` commands work on.
    const init = () => pulumiCli(folder, ["stack", "init", stack, "--no-select", ...provider]);
    const name = stackFileName(stack);
    let repair: string | undefined;
    let result = await init();
    if (!result.ok && result.stderr.includes("incorrect passphrase")) {
        const file = path.join(folder, name);
        const text = fs.readFileSync(file, "utf8");
        const unsalted = withoutUnusedSalt(text);
        if (unsalted !== undefined) {
            fs.writeFileSync(file, unsalted);
            result = await init();
            if (result.ok)
                repair = `Took the salt of an earlier passphrase, which nothing used, out of ${name}.`;
            else fs.writeFileSync(file, text);
        }
    }
    return { result, repair };
}
