import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { isUnseen, type PreviewReport } from "../cli/commands/preview";
import { environment, folder, foreseenBefore, noteFile, optional, say } from "./job";
import { Refusal } from "./problem";

/**
 * Runs a command of `mesh` as the job's environment says, and returns its exit code.
 *
 * @param output file for what it prints; the job's log by default
 */
export async function mesh(args: readonly string[], output?: string): Promise<number> {
    const kubeconfig = writeKubeconfig();
    const stdout = output === undefined ? "inherit" : fs.openSync(output, "w", 0o600);
    try {
        const chosen = environment === "" ? [] : ["--env", environment];
        const child = spawn(process.execPath, ["load.js", "cli/main.ts", ...chosen, ...args], {
            cwd: folder,
            env: { ...process.env, ...(kubeconfig !== undefined && { KUBECONFIG: kubeconfig }) },
            stdio: ["ignore", stdout, "inherit"],
        });
        const [code] = (await once(child, "exit")) as [number | null];
        return code ?? 1;
    } finally {
        if (typeof stdout === "number") fs.closeSync(stdout);
        if (kubeconfig !== undefined) fs.rmSync(kubeconfig, { force: true });
    }
}

/** Puts the kubeconfig that the job was handed as a text where kubectl finds it, for as long as it is needed. */
function writeKubeconfig(): string | undefined {
    const content = optional("KUBECONFIG_CONTENT");
    if (content === "") return undefined;
    const file = noteFile("kubeconfig");
    fs.writeFileSync(file, content, { mode: 0o600 });
    return file;
}

/** Reads the clusters' real state first where the job is to undo what was changed by hand. */
const refresh = () => (optional("REFRESH") === "true" ? ["--refresh"] : []);

const only = (clusters: readonly PreviewReport[]) => [
    "--clusters",
    clusters.map(({ stack }) => stack).join(","),
];

/**
 * Previews the mesh for the steps that follow. Clusters that can't be reached hold up nobody else: the others are then previewed
 * as they would be brought up, without those.
 *
 * @returns exit code
 */
export async function previewMesh(): Promise<number> {
    const file = noteFile("preview.json");
    const code = await mesh(["preview", ...refresh(), "--json"], file);
    const reports = foreseenBefore("preview.json") ?? [];
    const { silent, others } = bySilence(reports);
    if (silent.length === 0 || others.some(isUnseen)) return code;
    say(`Nothing is known of ${namesOf(silent)}: no answer. The others are looked at without.`);
    const again = await mesh(["preview", ...refresh(), "--json", ...only(others.slice(1))], file);
    fs.writeFileSync(file, JSON.stringify([...(foreseenBefore("preview.json") ?? []), ...silent]));
    return again;
}

/**
 * Applies what was previewed by {@link previewMesh}.
 *
 * @returns exit code
 * @throws Refusal, in the end, where a cluster was left out
 */
export async function applyMesh(): Promise<number> {
    const { silent, others } = bySilence(foreseenBefore("preview.json") ?? []);
    const code = await mesh(["up", ...refresh(), ...(silent.length > 0 ? only(others.slice(1)) : [])]);
    if (silent.length === 0 || code !== 0) return code;
    throw new Refusal(
        `The others are applied, and ${namesOf(silent)} is not: no answer. Run this job again when it answers.`,
    );
}

/** The stacks whose clusters did not answer a preview, and the others, of which the certificates come first. */
function bySilence(reports: readonly PreviewReport[]) {
    const isSilent = ({ failure }: PreviewReport) => failure?.unreachable === true;
    const others = reports.filter((report) => !isSilent(report));
    // Without any other cluster there is nothing to do but to say so.
    return others.length > 1 ? { silent: reports.filter(isSilent), others } : { silent: [], others: reports };
}

function namesOf(reports: readonly PreviewReport[]): string {
    return reports.map(({ stack }) => stack).join(", ");
}
