import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { PreviewReport } from "../cli/commands/preview";
import { GitHub } from "./github";
import { Refusal } from "./problem";
import type { Subject } from "./reviewed";

/** The checkout that the job works on. */
export const folder = process.env["CI_FOLDER"] ?? path.dirname(__dirname);

/** A variable of the job; empty where it is not set. */
export function optional(name: string): string {
    return process.env[name] ?? "";
}

/** A variable that has to be set. */
export function required(name: string, what: string): string {
    const value = optional(name);
    if (value === "") throw new Refusal(`The variable ${name} is not set: ${what}.`);
    return value;
}

/** Name of the environment; empty where there is only one. */
export const environment = optional("MESH_ENVIRONMENT");

const repository = () => required("GITHUB_REPOSITORY", "OWNER/NAME of the repository");

/** GitHub, as the job's token may ask it. */
export function github(): Promise<GitHub> {
    return GitHub.open(repository(), required("GITHUB_TOKEN", "what the job signs in to GitHub with"), {
        author: optional("COMMENT_AUTHOR") || "github-actions[bot]",
        url: optional("GITHUB_API_URL") || "https://api.github.com",
    });
}

/** What a review of a pull request's commit holds for. */
export function subject(pull: number, head: string): Subject {
    return { repository: repository(), pull, head, environment };
}

/** What reviews are signed with. */
export function reviewKey(): string {
    const key = required("REVIEW_KEY", "a secret of the environment, of at least 32 characters");
    if (key.length >= 32) return key;
    throw new Refusal("REVIEW_KEY has less than 32 characters: make one with openssl rand -hex 32.");
}

/** A file by which one step of a job tells a later one something. */
export function noteFile(name: string): string {
    return path.join(optional("RUNNER_TEMP") || os.tmpdir(), `istio-multicluster-${name}`);
}

/** What a preview has foreseen that an earlier step of the job made; undefined where there was none. */
export function foreseenBefore(name: string): readonly PreviewReport[] | undefined {
    const file = noteFile(name);
    if (!fs.existsSync(file)) return undefined;
    try {
        return JSON.parse(fs.readFileSync(file, "utf8")) as readonly PreviewReport[];
    } catch (error) {
        throw new Refusal(`${file} holds no preview: ${(error as Error).message}`);
    }
}

/** Says something in the job's log, and in its summary where it has one. */
export function say(text: string): void {
    console.log(text);
    const summary = optional("GITHUB_STEP_SUMMARY");
    if (summary !== "") fs.appendFileSync(summary, `${text}\n`);
}

/** A mark with the environment's name in it, so that each has a text of its own. */
export function markOf(mark: string): string {
    return environment === "" ? mark : mark.replace(" -->", ` of ${environment} -->`);
}
