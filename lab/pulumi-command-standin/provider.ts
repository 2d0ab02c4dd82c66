// A provider plugin is a Pulumi program: the one place in lab/ that uses Pulumi's SDK, and its types only.
/* eslint-disable no-restricted-imports */
import type * as pulumiProvider from "@pulumi/pulumi/provider";
/* eslint-enable no-restricted-imports */
import { spawn } from "node:child_process";
import * as crypto from "node:crypto";

/**
 * A stand-in for Pulumi's command plugin (pulumi-resource-command), for machines that can't download the real one.
 *
 * It knows one resource, command:local:Command, and of it: create, update, delete, triggers, environment, stdin, dir,
 * interpreter, addPreviousOutputInEnv, and the outputs stdout and stderr. As in the real plugin, a change of
 * triggers replaces the resource, any other change runs `update`, or `create` where there is no `update`.
 * `logging` is accepted and has no effect; assets, archives, functions and remote commands are errors.
 */

type Values = Record<string, unknown>;

const knownInputs = [
    "create",
    "update",
    "delete",
    "triggers",
    "environment",
    "stdin",
    "dir",
    "interpreter",
    "addPreviousOutputInEnv",
    "logging",
];

/** Pulumi's marks of a special value in the engine's protocol, and of a secret among them. */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

const provider: pulumiProvider.Provider = {
    version: process.env["PULUMI_COMMAND_STANDIN_VERSION"] ?? "",

    check(urn, _olds, news: Values) {
        requireCommand(urn);
        const failures = Object.keys(news)
            .filter((key) => !knownInputs.includes(key) && !key.startsWith("__"))
            .map((property) => ({
                property,
                reason: `The lab's stand-in for Pulumi's command plugin does not know "${property}"; install the real plugin to use it.`,
            }));
        return Promise.resolve({ inputs: news, failures });
    },

    diff(_id, _urn, olds: Values, news: Values) {
        const before = plain(olds).value as Values;
        const after = plain(news).value as Values;
        const changed = knownInputs.filter((key) => canonical(before[key]) !== canonical(after[key]));
        return Promise.resolve({
            changes: changed.length > 0,
            replaces: changed.filter((key) => key === "triggers"),
        });
    },

    async create(urn, inputs: Values) {
        const name = requireCommand(urn);
        const outs = await outputs(inputs, {}, "create");
        return { id: `${name}${crypto.randomBytes(4).toString("hex")}`, outs };
    },

    async update(_id, _urn, olds: Values, news: Values) {
        return { outs: await outputs(news, olds, news["update"] === undefined ? "create" : "update") };
    },

    async delete(_id, _urn, state: Values) {
        await outputs(state, state, "delete");
    },
};

/** Runs one of the commands, and returns the inputs with the outputs; these are secret if any input is. */
async function outputs(
    inputs: Values,
    previous: Values,
    which: "create" | "update" | "delete",
): Promise<Values> {
    const { value, secret } = plain(inputs);
    const args = value as Values;
    const before = plain({ stdout: previous["stdout"], stderr: previous["stderr"] }).value as Values;
    const command = args[which];
    const result = typeof command === "string" ? await runCommand(command, args, before) : before;
    const mark = (text: unknown) => (secret ? { [signatureKey]: secretSignature, value: text } : text);
    return { ...inputs, stdout: mark(result["stdout"] ?? ""), stderr: mark(result["stderr"] ?? "") };
}

function runCommand(command: string, args: Values, previous: Values): Promise<Values> {
    const interpreter = (args["interpreter"] as string[] | undefined) ?? [];
    const [file = "", ...first] = interpreter.length > 0 ? interpreter : ["/bin/sh", "-c"];
    const environment: NodeJS.ProcessEnv = {
        ...process.env,
        ...(args["environment"] as Record<string, string>),
    };
    if (args["addPreviousOutputInEnv"] !== false) {
        environment["PULUMI_COMMAND_STDOUT"] = textOrNothing(previous["stdout"]);
        environment["PULUMI_COMMAND_STDERR"] = textOrNothing(previous["stderr"]);
    }
    return new Promise((resolve, reject) => {
        const child = spawn(file, [...first, command], {
            cwd: args["dir"] as string | undefined,
            env: environment,
        });
        const out = { stdout: "", stderr: "", both: "" };
        for (const stream of ["stdout", "stderr"] as const) {
            child[stream].setEncoding("utf8").on("data", (text: string) => {
                out[stream] += text;
                out.both += text;
            });
        }
        child.stdin.on("error", () => undefined);
        child.stdin.end(args["stdin"] ?? "");
        child.on("error", reject);
        child.on("close", (code, signal) => {
            if (code === 0) {
                resolve({ stdout: out.stdout.replace(/\n$/, ""), stderr: out.stderr.replace(/\n$/, "") });
            } else {
                const end = signal === null ? `exit status ${code ?? ""}` : `signal ${signal}`;
                reject(new Error(`${end}: running ${JSON.stringify(command)}:\n${out.both}`));
            }
        });
    });
}

/** The name of the resource, whose type must be the one that the stand-in knows. */
function requireCommand(urn: string): string {
    const [, , type = "", name = ""] = urn.split("::");
    if (type.split("$").at(-1) !== "command:local:Command") {
        throw new Error(
            `The lab's stand-in for Pulumi's command plugin knows only command:local:Command, not ${type}; install the real plugin to use it.`,
        );
    }
    return name;
}

/** A value without the marks of secrets and outputs, and whether any part of it was secret. */
function plain(value: unknown): { value: unknown; secret: boolean } {
    if (typeof value !== "object" || value === null) {
        return { value, secret: false };
    }
    if (Array.isArray(value)) {
        const parts = value.map(plain);
        return { value: parts.map((part) => part.value), secret: parts.some((part) => part.secret) };
    }
    const fields = value as Values;
    const signature = fields[signatureKey];
    if (signature === secretSignature || signature === outputSignature) {
        const inner = plain(fields["value"]);
        return {
            value: inner.value,
            secret: signature === secretSignature || fields["secret"] === true || inner.secret,
        };
    }
    const parts = Object.entries(fields).map(([key, part]) => [key, plain(part)] as const);
    return {
        value: Object.fromEntries(parts.map(([key, part]) => [key, part.value])),
        secret: parts.some(([, part]) => part.secret),
    };
}

/** Text that is the same for equal values, whatever the order of their keys. */
function canonical(value: unknown): string {
    return JSON.stringify(value ?? null, (_key, part: unknown) =>
        typeof part === "object" && part !== null && !Array.isArray(part)
            ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
            : part,
    );
}

function textOrNothing(value: unknown): string | undefined {
    return typeof value === "string" && value !== "" ? value : undefined;
}

/** Starts the plugin with the SDK of the Pulumi program that it works for, which is in the current folder. */
function main(): Promise<void> {
    const sdk = require.resolve("@pulumi/pulumi/provider", { paths: [process.cwd()] });
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- resolved from the program, not from here
    const { main: serve } = require(sdk) as typeof pulumiProvider;
    // The input is a pipe from Pulumi's engine, which closes when that is gone.
    process.stdin.resume().on("end", () => process.exit());
    return serve(provider, process.argv.slice(2));
}

void main();
