import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import type { ContextEntries, PlacedEntry } from "../lib/cluster/kubeconfig";
import { type ClusterAccess, KubeconfigError } from "./access";
import { caData, readContext } from "./kubeconfig";

const apiVersion = "client.authentication.k8s.io/v1";

/**
 * Prints what a context's user signs in with, as an ExecCredential. Where that is not to be had, says why on standard error and
 * ends the process as failed.
 */
export function printCredential(access: ClusterAccess): void {
    try {
        const { user, cluster } = readContext(access);
        const status = user.values["exec"] === undefined ? ownStatus(user) : commandStatus(user, cluster);
        process.stdout.write(JSON.stringify({ apiVersion, kind: "ExecCredential", status }));
    } catch (error) {
        if (!(error instanceof KubeconfigError || error instanceof SignInError)) throw error;
        process.stderr.write(`${error.message}\n`);
        process.exitCode = 1;
    }
}

/** A way to sign in that does not work. */
class SignInError extends Error {}

/** What stands in the user's entry, or in files that it names. */
function ownStatus({ values, folder }: PlacedEntry): Readonly<Record<string, unknown>> {
    const content = (file: unknown) => readFileSync(path.resolve(folder, String(file)), "utf8");
    /** A value that stands in the entry as base64, or in a file of its own. */
    const pem = (data: string, file: string): unknown => {
        const inline = values[data];
        if (typeof inline === "string" && inline !== "")
            return Buffer.from(inline, "base64").toString("utf8");
        return values[file] && content(values[file]);
    };
    return {
        token: values["tokenFile"] ? content(values["tokenFile"]).trim() : values["token"],
        clientCertificateData: pem("client-certificate-data", "client-certificate"),
        clientKeyData: pem("client-key-data", "client-key"),
    };
}

interface ExecEntry {
    readonly apiVersion?: string;
    readonly command?: string;
    readonly args?: readonly string[] | null;
    readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
    readonly provideClusterInfo?: boolean;
}

/** What a command of the user's own says, which is started as Kubernetes' clients start it. */
function commandStatus(user: PlacedEntry, cluster: ContextEntries["cluster"]): unknown {
    const entry = user.values["exec"] as ExecEntry;
    const { command = "", args, env } = entry;
    const file = command.includes("/") ? path.resolve(user.folder, command) : command;
    const own = Object.fromEntries((env ?? []).map(({ name, value }) => [name, value]));
    const ended = spawnSync(file, args ?? [], {
        encoding: "utf8",
        env: { ...process.env, ...own, KUBERNETES_EXEC_INFO: JSON.stringify(execInfo(entry, cluster)) },
        stdio: ["ignore", "pipe", "inherit"],
    });
    const { status, stdout } = ended;
    const error: NodeJS.ErrnoException | undefined = ended.error;
    if (error?.code === "ENOENT")
        throw new SignInError(
            `the kubeconfig signs in by the command ${command}, which is not installed here`,
        );
    if (error !== undefined || status !== 0)
        throw new SignInError(
            `the command ${command}, by which the kubeconfig signs in, failed with exit code ${String(status)}`,
        );
    return (JSON.parse(stdout) as { readonly status?: unknown }).status;
}

/** What such a command is told (client.authentication.k8s.io, ExecCredentialSpec). */
function execInfo({ apiVersion: version, provideClusterInfo }: ExecEntry, cluster: PlacedEntry): object {
    const { values } = cluster;
    const extensions = values["extensions"] as
        readonly { readonly name: string; readonly extension: unknown }[] | undefined;
    const info = {
        server: values["server"],
        "tls-server-name": values["tls-server-name"],
        "insecure-skip-tls-verify": values["insecure-skip-tls-verify"],
        "certificate-authority-data": caData(cluster),
        "proxy-url": values["proxy-url"],
        config: extensions?.find(({ name }) => name === "client.authentication.k8s.io/exec")?.extension,
    };
    return {
        apiVersion: version ?? apiVersion,
        kind: "ExecCredential",
        spec: { interactive: false, ...(provideClusterInfo === true && { cluster: info }) },
    };
}
