import * as fs from "node:fs";
import * as path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse, stringify } from "yaml";
import { defaultPaths } from "../../kube/kubeconfig";
import { dnsLabelPattern } from "../../lib/base/names";
import { isStackOfAnother, placeOfFolder, readEnvironment } from "../../files/environments";
import { certificateStacks, defaultCa, environmentFile, ownFolder } from "../../lib/mesh/environments";
import { NoKubeconfig, parseKubeconfig } from "../../lib/cluster/kubeconfig";
import { fileHints } from "../hints/fileHints";
import { Problem } from "../problem";
import { schemaLine } from "../schemaLine";
import { projectName, stackFileName } from "../stackFiles";

/** A cluster of the user's that is to join the mesh. */
export interface OwnCluster {
    /** Name of its stack, and its name in the mesh. */
    readonly stack: string;
    /** Path of the kubeconfig file, absolute or relative to the project folder; absent where kubectl finds it by itself. */
    readonly kubeconfig?: string;
    readonly context: string;
}

/** A file to write: its name inside the environment's folder, and its text. */
export interface NewFile {
    readonly name: string;
    readonly text: string;
    /** Whether one that is there already stays, whatever it says. */
    readonly mayDiffer?: boolean;
}

/**
 * The name that a cluster gets from its kubeconfig context: a DNS label, since it becomes a part of resource names.
 *
 * @throws Problem when nothing usable is left of the context's name
 */
export function stackNameOf(context: string): string {
    const name = context
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, "-")
        .slice(-63)
        .replace(/^-+|-+$/g, "");
    if (!dnsLabelPattern.test(name))
        throw new Problem(`Context "${context}" can't be turned into a name for a stack.`);
    return name;
}

/**
 * The files of an environment for clusters that exist already: what Pulumi needs in its folder, and the stack files of
 * {@link stackFiles}.
 *
 * The certificate stack is called `ca`, where no other environment has that stack in the same backend.
 *
 * @param root the project's own folder
 * @param folder the environment's
 * @throws Problem when another environment has one of the stacks
 */
export function environmentFiles(
    root: string,
    folder: string,
    clusters: readonly OwnCluster[],
): readonly NewFile[] {
    const { name } = placeOfFolder(folder);
    const isThere = fs.existsSync(path.join(folder, "Pulumi.yaml"));
    const project = projectName(isThere ? folder : root);
    const [ca = isStackOfAnother(folder, project, defaultCa) ? `${name}-${defaultCa}` : defaultCa] =
        certificateStacks(readEnvironment(folder, ownFolder));
    const files = stackFiles(project, ca, clusters);
    const taken = [ca, ...clusters.map(({ stack }) => stack)].filter((stack) =>
        isStackOfAnother(folder, project, stack),
    );
    if (taken.length > 0)
        throw new Problem(
            `Another environment has the same stack in the same backend: ${taken.join(", ")}.`,
            fileHints.ownBackend(environmentFile(name, "Pulumi.yaml")),
        );
    const checked = files.map((file) => ({
        ...file,
        text: `${schemaLine(root, folder, "stack")}${file.text}`,
    }));
    return [{ name: "Pulumi.yaml", text: projectText(project), mayDiffer: true }, ...checked];
}

function projectText(project: string): string {
    return `name: ${project}
description: One environment; docs/environments.md
runtime:
  name: nodejs
  options:
    typescript: false
# Where the state is kept. Without it, where Pulumi is logged in to.
# backend:
#   url: s3://BUCKET
`;
}

/**
 * The stack files of the tutorial's case on clusters that exist already: sleep in the first cluster calls httpbin in the
 * second. Further clusters join the mesh without an application. Istio's own charts and images are used.
 *
 * @param project name of the Pulumi project
 * @param ca name of the certificate stack
 */
export function stackFiles(project: string, ca: string, clusters: readonly OwnCluster[]): readonly NewFile[] {
    const [client, server] = clusters;
    if (client === undefined || server === undefined)
        throw new Problem("A mesh needs at least two clusters.", fileHints.twoContexts());
    const file = (stack: string, comment: string, config: Readonly<Record<string, unknown>>): NewFile => {
        const full = Object.entries(config).map(([key, value]): [string, unknown] => [
            `${project}:${key}`,
            value,
        ]);
        return {
            name: stackFileName(stack),
            text: `# ${comment}\n${stringify({ config: Object.fromEntries(full) })}`,
        };
    };
    const base = ({ kubeconfig, context }: OwnCluster) => ({
        cluster: { ...(kubeconfig !== undefined && { kubeconfig }), context },
        ...(ca === defaultCa ? {} : { mesh: { caStack: ca } }),
    });
    return [
        file(
            ca,
            "The certificates of the mesh. The root is not protected, so that a trial can be destroyed: set protectRoot later.",
            {
                ca: { clusters: clusters.map(({ stack }) => stack), protectRoot: false },
            },
        ),
        file(client.stack, "The client: sleep in namespace foo.", {
            ...base(client),
            sampleApps: { sleep: {} },
            imports: [{ service: "httpbin", namespace: "bar", from: server.stack }],
        }),
        file(server.stack, "The server: httpbin in namespace bar.", {
            ...base(server),
            sampleApps: { httpbin: {} },
            exports: [
                {
                    service: "httpbin",
                    namespace: "bar",
                    selector: { app: "httpbin" },
                    serviceAccount: "httpbin",
                    ports: [{ name: "http1", number: 8000, targetPort: 8080, protocol: "HTTP" }],
                },
            ],
        }),
        ...clusters.slice(2).map((each) => file(each.stack, "A further cluster of the mesh.", base(each))),
    ];
}

/**
 * Finds the contexts in the user's kubeconfig files, and the names of their stacks.
 *
 * @param contexts names of contexts
 * @param kubeconfig one file to look in; by default those of KUBECONFIG, or ~/.kube/config, which no stack file then names: they
 *   are elsewhere for everybody
 * @throws Problem when a context is in none of the files, or two would get the same name
 */
export function findClusters(
    folder: string,
    contexts: readonly string[],
    kubeconfig?: string,
): readonly OwnCluster[] {
    const files = (kubeconfig === undefined ? defaultPaths() : [kubeconfig]).map((file) =>
        path.resolve(file),
    );
    if (!files.some((file) => fs.existsSync(file)))
        throw new Problem(`There is no kubeconfig file ${files.join(" or ")}.`, fileHints.kubeconfigOption());
    const known = new Set(files.flatMap(contextsIn));
    const missing = contexts.filter((context) => !known.has(context));
    if (missing.length > 0)
        throw new Problem(
            `${files.join(" and ")} has no context called ${missing.map((name) => `"${name}"`).join(" or ")}` +
                (known.size === 0 ? "." : `; it has: ${[...known].join(", ")}.`),
            fileHints.kubeconfigOption(),
        );
    const [file = ""] = files;
    const isInProject = !path.relative(placeOfFolder(folder).root, file).startsWith("..");
    const named = isInProject ? path.relative(folder, file) : file;
    const clusters = contexts.map((context) => ({
        stack: stackNameOf(context),
        ...(kubeconfig !== undefined && { kubeconfig: named }),
        context,
    }));
    const names = clusters.map(({ stack }) => stack);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined)
        throw new Problem(
            `Two of the contexts would become the same stack, "${twice}".`,
            fileHints.contextTwice(),
        );
    return clusters;
}

/** The contexts of a kubeconfig file; none where it is not there, or is none. */
function contextsIn(file: string): readonly string[] {
    if (!fs.existsSync(file)) return [];
    try {
        return [...parseKubeconfig(fs.readFileSync(file, "utf8"), path.dirname(file)).contexts.keys()];
    } catch (error) {
        if (error instanceof NoKubeconfig) return [];
        throw error;
    }
}

/**
 * Writes the files, all or none. A file that says the same already counts as written, whatever Pulumi has added to it.
 *
 * @returns the names of the files that were really written
 * @throws Problem when one of them exists and says something else
 */
export function writeFiles(folder: string, files: readonly NewFile[]): readonly string[] {
    const existing = files.filter(({ name }) => fs.existsSync(path.join(folder, name)));
    const different = existing.filter(
        ({ name, text, mayDiffer = false }) =>
            !mayDiffer &&
            !isDeepStrictEqual(configOf(fs.readFileSync(path.join(folder, name), "utf8")), configOf(text)),
    );
    if (different.length > 0)
        throw new Problem(
            `Nothing was written, because there already is, with other content: ` +
                `${different.map(({ name }) => name).join(", ")}.`,
            fileHints.filesInTheWay(),
        );
    const missing = files.filter((file) => !existing.includes(file));
    fs.mkdirSync(folder, { recursive: true });
    for (const { name, text } of missing) fs.writeFileSync(path.join(folder, name), text, { flag: "wx" });
    return missing.map(({ name }) => name);
}

function configOf(text: string): unknown {
    const file: unknown = parse(text);
    return typeof file === "object" && file !== null && "config" in file ? file.config : undefined;
}
