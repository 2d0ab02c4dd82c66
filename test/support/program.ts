import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse, stringify } from "yaml";
import { realCorefiles } from "./corefiles";
import { FakeApi } from "./fakeApi";
import { project, record, type Recording, type World } from "./mocks";

const projectFolder = resolve(__dirname, "../..");
const stackNames = ["ca", "cluster1", "cluster2"] as const;

/** Name of one of the project's stacks; the third cluster's settings are a case's own. */
export type StackName = (typeof stackNames)[number] | "cluster3";

/** The settings of a stack file, without the project's prefix. */
export type Settings = Readonly<Record<string, unknown>>;

/** What differs from the committed project. */
export interface Case extends Omit<World, "stack"> {
    /** Settings by stack, laid over those of the committed stack file, key by key. Undefined removes a key. */
    readonly settings?: Partial<Readonly<Record<StackName, Settings>>>;
    /** Stack files to leave out of the project folder. */
    readonly without?: readonly StackName[];
    /** Further files of the project folder, by name. */
    readonly files?: Readonly<Record<string, string>>;
    /** Objects of the cluster's API by path, in place of one ready node; without others it has no namespace of the mesh, and kubeadm's DNS. */
    readonly cluster?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What a run of the program did. `result` holds the stack's outputs. */
export type Run = Recording<Settings>;

/**
 * What a cluster without a mesh answers to the questions that every run of the program asks. It has the namespaces of the
 * stack's exports, unless the samples make them.
 */
export function bareCluster(settings: Settings = {}): NonNullable<Case["cluster"]> {
    const { exports = [], sampleApps } = settings as {
        readonly exports?: readonly { readonly namespace: string }[];
        readonly sampleApps?: Readonly<Record<string, { readonly namespace?: string } | undefined>>;
    };
    const { sleep, httpbin } = sampleApps ?? {};
    const made = [sleep && (sleep.namespace ?? "foo"), httpbin && (httpbin.namespace ?? "bar")];
    const names = new Set(exports.map(({ namespace }) => namespace).filter((name) => !made.includes(name)));
    return {
        "/api/v1/namespaces": { items: [...names].map((name) => ({ metadata: { name } })) },
        "/apis/apps/v1/deployments": { items: [] },
    };
}

/** A ready node of the cluster, as the Kubernetes API describes it. */
export function node(name: string, address: string, ready = true): Readonly<Record<string, unknown>> {
    return {
        metadata: { name },
        status: {
            conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
            addresses: [
                { type: "InternalIP", address },
                { type: "Hostname", address: name },
            ],
        },
    };
}

/**
 * The settings of a committed stack file.
 *
 * @param example name of a folder below examples/ to take it from, instead of the project folder
 */
export function committedSettings(stack: StackName, example?: string): Settings {
    const folder = example === undefined ? projectFolder : join(projectFolder, "examples", example);
    const text = readFileSync(join(folder, `Pulumi.${stack}.yaml`), "utf8");
    const { config } = parse(text) as { readonly config: Settings };
    return Object.fromEntries(
        Object.entries(config).map(([key, value]) => [key.slice(`${project}:`.length), value]),
    );
}

/** The lists in which the program looks for the cluster's DNS, as kubeadm leaves them. */
export const kubeadmDns: NonNullable<Case["cluster"]> = {
    "/api/v1/namespaces/kube-system/configmaps": {
        items: [{ metadata: { name: "coredns" }, data: { Corefile: realCorefiles["kubeadm"] } }],
    },
    "/apis/apps/v1/namespaces/kube-system/deployments": {
        items: [
            {
                metadata: { name: "coredns" },
                spec: { template: { spec: { volumes: [{ configMap: { name: "coredns" } }] } } },
            },
        ],
    },
};

/**
 * Runs the whole program for one stack in a project folder of its own, which holds the committed stack files with the
 * case's changes. The cluster is a {@link FakeApi} with one node, asked through the real kubectl.
 */
export async function runProgram(
    stack: StackName,
    { settings, without, files = {}, cluster, ...world }: Case = {},
): Promise<Run> {
    const home = process.cwd();
    const folder = mkdtempSync(join(tmpdir(), "program-"));
    const api = await FakeApi.start();
    try {
        const nodes = { items: [node("node1", `172.30.0.1${stack.slice(-1)}`)] };
        for (const [path, object] of Object.entries({
            ...bareCluster(settingsOf(stack, settings?.[stack])),
            ...kubeadmDns,
            ...(cluster ?? { "/api/v1/nodes": nodes }),
        }))
            api.set(path, object);
        writeKubeconfig(folder, stack, api.access.kubeconfig);
        const names = [...new Set([...stackNames, stack])];
        const configs = names.map((name) => [name, configOf(name, settings?.[name])] as const);
        for (const [name, config] of configs.filter(([other]) => !without?.includes(other))) {
            writeFileSync(join(folder, `Pulumi.${name}.yaml`), stringify({ config }));
        }
        for (const [file, text] of Object.entries(files)) {
            mkdirSync(dirname(join(folder, file)), { recursive: true });
            writeFileSync(join(folder, file), text);
        }
        setConfig(Object.fromEntries(configs)[stack] ?? {});
        process.chdir(folder);
        // There is no history to ask for.
        process.env["MESH_COMMAND"] = "true";
        return withoutPort(await record(program(), { ...world, stack }));
    } finally {
        process.chdir(home);
        await api.stop();
        rmSync(folder, { recursive: true, force: true });
    }
}

/** The fake API server listens where there is room, which is another port each time. */
function withoutPort({ resources, result, ...others }: Run): Run {
    const fixed = <T>(value: T): T =>
        JSON.parse(JSON.stringify(value).replaceAll(/127\.0\.0\.1:\d{4,5}/g, "127.0.0.1:(port)")) as T;
    return { ...others, resources: fixed(resources), result: fixed(result) };
}

/** The outputs that a stack has after an update, as another stack reads them: with secrets in the clear. */
export async function outputsOf(stack: StackName, given: Case = {}): Promise<Settings> {
    const { result } = await runProgram(stack, given);
    return withoutSecrets(result) as Settings;
}

function settingsOf(stack: StackName, changes: Settings = {}): Settings {
    return { ...(stack === "cluster3" ? {} : committedSettings(stack)), ...changes };
}

function configOf(stack: StackName, changes?: Settings): Settings {
    return Object.fromEntries(
        Object.entries(settingsOf(stack, changes))
            .filter(([, value]) => value !== undefined)
            .map(([key, value]) => [`${project}:${key}`, value]),
    );
}

/** Hands the configuration over as the engine does: whatever is not a text is JSON. */
function setConfig(config: Settings): void {
    const texts = Object.entries(config).map(([key, value]) => [
        key,
        typeof value === "string" ? value : JSON.stringify(value),
    ]);
    pulumi.runtime.setAllConfig(Object.fromEntries(texts) as Record<string, string>);
}

/** Puts the fake's kubeconfig where the committed stack file expects the lab's, with the context's name in it. */
function writeKubeconfig(folder: string, context: string, source: string): void {
    const target = join(folder, ".lab", context);
    mkdirSync(target, { recursive: true });
    const config = parse(readFileSync(source, "utf8")) as { contexts: { name: string }[] };
    for (const entry of config.contexts) entry.name = context;
    writeFileSync(join(target, "kubeconfig"), JSON.stringify(config));
}

type Program = () => Promise<pulumi.Inputs>;

/** The project's program. It assigns `module.exports`, as Pulumi wants it, which an import statement can't name. */
function program(): Program {
    return createRequire(__filename)("../../index") as Program;
}

function withoutSecrets(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(withoutSecrets);
    if (typeof value !== "object" || value === null) return value;
    if ("4dabf18193072939515e22adb298388d" in value && "value" in value) return withoutSecrets(value.value);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutSecrets(inner)]));
}
