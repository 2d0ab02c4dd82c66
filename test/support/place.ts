import * as fs from "node:fs";
import * as path from "node:path";
import { type Ended, keyTraces, TemporaryProject } from "./engine";

/** Somebody's place: a home, a folder for temporary files and a checkout of their own, on states that all share. */
export class Place {
    readonly home: string;
    readonly temporary: string;
    /** What was put into the home, which is there on purpose. */
    private readonly put = new Set<string>();

    /**
     * @param folder where home and temporary files go
     * @param backend folder of the states
     */
    constructor(
        readonly name: string,
        folder: string,
        backend: string,
        readonly project: TemporaryProject = new TemporaryProject(),
    ) {
        this.home = path.join(folder, name, "home");
        this.temporary = path.join(folder, name, "tmp");
        for (const each of [this.home, this.temporary]) fs.mkdirSync(each, { recursive: true });
        project.useBackend({
            HOME: this.home,
            TMPDIR: this.temporary,
            PULUMI_BACKEND_URL: `file://${backend}`,
        });
    }

    /** Says where the kubeconfig is, or that no variable does. */
    useKubeconfig(files: readonly string[]): void {
        const KUBECONFIG = files.length === 0 ? undefined : files.join(path.delimiter);
        this.project.env = { ...this.project.env, KUBECONFIG };
    }

    /** Writes a file into the home. */
    write(name: string, text: string, mode = 0o600): string {
        const file = path.join(this.home, name);
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(file, text, { mode });
        this.put.add(file);
        return file;
    }

    /** Takes everything out of the home and the folder for temporary files, so that no earlier kubeconfig is found. */
    clear(): void {
        this.put.clear();
        for (const each of [this.home, this.temporary]) {
            fs.rmSync(each, { recursive: true });
            fs.mkdirSync(each);
        }
        this.useKubeconfig([]);
    }

    /** Takes over the stack files of another checkout, as git would bring them. */
    pull(from: Place): void {
        for (const name of from.stackFiles())
            fs.copyFileSync(path.join(from.project.folder, name), path.join(this.project.folder, name));
    }

    /** Names of the committed files of stacks and project. */
    stackFiles(): readonly string[] {
        return fs.readdirSync(this.project.folder).filter((name) => /^Pulumi\.(.+\.)?yaml$/.test(name));
    }

    /** Names of the stacks that have a file. */
    stacks(): readonly string[] {
        return this.stackFiles().flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
    }

    /** What lies in the folder for temporary files, by names. */
    held(): readonly string[] {
        return fs.readdirSync(this.temporary).sort();
    }

    /** Text of each file that was not put here: temporary ones, and those of the home, such as kubectl's cache. */
    leftFiles(): readonly (readonly [file: string, text: string])[] {
        return [this.temporary, this.home]
            .flatMap((each) => filesIn(each))
            .filter(([file]) => !this.put.has(file));
    }

    /** The committed files with their texts. */
    committed(): readonly (readonly [file: string, text: string])[] {
        return this.stackFiles().map((name) => {
            const file = path.join(this.project.folder, name);
            return [file, fs.readFileSync(file, "utf8")];
        });
    }

    /** Paths that nobody else has. */
    ownPaths(): readonly string[] {
        return [this.home, this.temporary, this.project.folder];
    }

    mesh(args: readonly string[]): Promise<Ended> {
        return this.project.mesh(args, { limitSeconds: 280 });
    }

    pulumi(args: readonly string[]): Promise<Ended> {
        return this.project.pulumi(args, { limitSeconds: 280 });
    }
}

/**
 * Every file of a folder with its text.
 *
 * @param except name of a folder in it that is left out
 */
export function filesIn(folder: string, except = ""): readonly (readonly [file: string, text: string])[] {
    return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const place = path.join(folder, entry.name);
        if (entry.isDirectory()) return entry.name === except ? [] : filesIn(place);
        return entry.isFile() ? [[place, fs.readFileSync(place, "latin1")] as const] : [];
    });
}

/** What a credential can be known by in any text: a private key, PEM, or a token. */
export function credentialTraces(secret: string): readonly string[] {
    if (secret.includes("PRIVATE KEY")) return keyTraces(secret);
    return [secret, secret.slice(-60), Buffer.from(secret).toString("base64").slice(0, 80)];
}

/** The files in which one of some texts stands, each with what stands before it. */
export function filesWith(
    files: readonly (readonly [file: string, text: string])[],
    traces: readonly string[],
): readonly string[] {
    return files.flatMap(([file, text]) => {
        const place = Math.max(...traces.map((trace) => text.indexOf(trace)));
        return place < 0
            ? []
            : [`${file} after ${JSON.stringify(text.slice(Math.max(0, place - 80), place))}`];
    });
}
