import * as fs from "node:fs";
import * as path from "node:path";
import { binDir, pulumiHomeLink, pulumiStateDir } from "./paths";

/**
 * Encrypts the secrets in the local Pulumi backend of a lab. It is no secret: the committed stack files hold the salt that
 * belongs to it, so that every checkout can use them as they are, and what it protects is gone with the lab.
 */
export const labPassphrase = "istio-multicluster-lab";

/**
 * Shell lines that set what the lab's tools and Pulumi need, for `eval`. Makes the local Pulumi backend's folder if it
 * doesn't exist.
 */
export function labEnv(): string {
    fs.mkdirSync(pulumiStateDir, { recursive: true });
    const home = fs.existsSync(pulumiHomeLink) ? fs.realpathSync(pulumiHomeLink) : undefined;
    return exportLines(process.env, { binDir, stateDir: pulumiStateDir, pulumiHome: home });
}

/** Where the lab keeps what the environment points at. */
export interface LabPlaces {
    binDir: string;
    stateDir: string;
    /** Absent where the user's own Pulumi is used. */
    pulumiHome?: string;
}

/** The lines for a given environment. A value that is set already is left as it is, and PATH gets the lab's tools once. */
export function exportLines(env: Readonly<Record<string, string | undefined>>, places: LabPlaces): string {
    const isSet = (name: string) => (env[name] ?? "") !== "";
    const lines: [name: string, value: string][] = [];
    // Added to the shell's own PATH: the one seen here has the folders of npm in it.
    const searchPath = (env["PATH"] ?? "").split(path.delimiter);
    const first = searchPath.includes(places.binDir) ? "" : `export PATH=${quote(places.binDir)}:"$PATH";\n`;
    if (!isSet("PULUMI_BACKEND_URL")) {
        lines.push(["PULUMI_BACKEND_URL", `file://${places.stateDir}`]);
    }
    // A passphrase of the user's own wins over the lab's, in whichever of the two variables it is. An empty one counts.
    if (env["PULUMI_CONFIG_PASSPHRASE"] === undefined && !isSet("PULUMI_CONFIG_PASSPHRASE_FILE")) {
        lines.push(["PULUMI_CONFIG_PASSPHRASE", labPassphrase]);
    }
    if (!isSet("PULUMI_BACKEND_URL") && !isSet("PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS")) {
        // A second copy of the state at every step is a fourth of the time that the state takes.
        lines.push(["PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS", "true"]);
    }
    if (places.pulumiHome !== undefined) {
        if (!isSet("PULUMI_HOME")) {
            lines.push(["PULUMI_HOME", places.pulumiHome]);
        }
        if (!isSet("PULUMI_SKIP_UPDATE_CHECK")) {
            // The lab's version is pinned: that there is a newer one is no news.
            lines.push(["PULUMI_SKIP_UPDATE_CHECK", "true"]);
        }
    }
    return first + lines.map(([name, value]) => `export ${name}=${quote(value)};\n`).join("");
}

/** A value as one word of a POSIX shell. */
export function quote(value: string): string {
    return `'${value.replaceAll("'", `'\\''`)}'`;
}
