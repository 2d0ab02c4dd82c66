import type { dynamic } from "@pulumi/pulumi";
import { applyDefinitions, deleteDefinitions, inheritFields, readDefinitions } from "../kube/definitions";
import type { ClusterAccess } from "../kube/kubectl";
import { mayAbandon } from "../kube/unreachable";
import { claimsOf, type Definition, hashOf, marksOf } from "../lib/istio/definitions";
import { endWithEngine } from "./engineWatch";
import { withoutStack } from "./withoutStack";

/** What the resource is told. Kept in the state but for the content, so that a later version of this file must understand it. */
export interface IstioDefinitionsInputs extends ClusterAccess {
    /** Whether destroy deletes the definitions, and with them every object of theirs. */
    readonly removeCrds: boolean;
    /** Of each definition, by name, a text that changes with it. */
    readonly definitions: Readonly<Record<string, string>>;
    /** The definitions themselves, a JSON list. Half a megabyte that no state has to hold. */
    readonly content?: string;
}

/** What is known after a create or an update. */
export interface IstioDefinitionsOutputs extends Omit<IstioDefinitionsInputs, "content"> {
    /** Hash of each definition, by name, as the API server has stored it; those of earlier charts too. */
    readonly written: Readonly<Record<string, string>>;
    /** Names of the labels and annotations that the chart gives them. */
    readonly marks: readonly string[];
    /** Names of those of somebody else that are newer than the chart's, and therefore as they were. */
    readonly left: readonly string[];
}

/**
 * The content that the last `check` of this process was given, by the definitions' texts. The engine has each resource checked
 * before it has it made or changed, by the same process, and writes into its state what `check` returns.
 */
const contents = new Map<string, string>();

function keyOf({ context, definitions }: Omit<IstioDefinitionsInputs, "content">): string {
    return JSON.stringify([context, definitions]);
}

function contentOf(inputs: IstioDefinitionsInputs): readonly Definition[] {
    const content = contents.get(keyOf(inputs));
    if (content === undefined)
        throw new Error("Istio's definitions were not checked before they are written.");
    return JSON.parse(content) as readonly Definition[];
}

/** Writes some of the definitions, but for those that somebody else has made and that are newer. */
async function write(
    inputs: IstioDefinitionsInputs,
    definitions: readonly Definition[],
    marks: readonly string[],
): Promise<{ written: Record<string, string>; left: string[] }> {
    const names = definitions.map(({ metadata }) => metadata.name);
    const found = await readDefinitions(inputs, names);
    const left = claimsOf(definitions, found)
        .filter(({ newer }) => newer.length > 0)
        .map(({ name }) => name);
    const own = definitions.filter(({ metadata }) => !left.includes(metadata.name));
    await Promise.all(
        own.flatMap(({ metadata }) => {
            const there = found.get(metadata.name);
            return there === undefined ? [] : [inheritFields(inputs, there)];
        }),
    );
    const stored = await applyDefinitions(inputs, own);
    const written = Object.fromEntries([...stored].map(([name, each]) => [name, hashOf(each, marks)]));
    return { written, left };
}

/** What a refresh says of a definition that somebody has changed. */
function changedText(hash: string): string {
    return `changed by somebody else; ${hash}`;
}

async function read(
    id: string,
    props: IstioDefinitionsOutputs | undefined,
): Promise<dynamic.ReadResult<IstioDefinitionsOutputs>> {
    if (props?.definitions === undefined)
        throw new Error("IstioDefinitions cannot be imported: an update takes over what is there.");
    const found = await readDefinitions(props, Object.keys(props.definitions));
    if (found.size === 0) return { id: "" };
    const definitions = Object.fromEntries(
        Object.entries(props.definitions).flatMap(([name, text]) => {
            const there = found.get(name);
            if (there === undefined) return [];
            const hash = hashOf(there, props.marks);
            const isAsWritten = props.left.includes(name) || props.written[name] === hash;
            return [[name, isAsWritten ? text : changedText(hash)]];
        }),
    );
    const outs = { ...props, definitions };
    // As inputs too: so a preview shows what the cluster has beside what it should have.
    const { kubeconfig, context, removeCrds } = props;
    const inputs = { kubeconfig, context, removeCrds, definitions };
    return { id, props: outs, inputs: inputs as IstioDefinitionsOutputs };
}

/** The provider that Pulumi's host of dynamic providers loads, by the path of this file, which is in every stack's state. */
export const provider = {
    check(_olds, { content, ...inputs }) {
        if (content !== undefined) contents.set(keyOf(inputs), content);
        return Promise.resolve({ inputs });
    },
    diff(_id, olds, news) {
        const names = new Set([...Object.keys(olds.definitions), ...Object.keys(news.definitions)]);
        const changes =
            olds.kubeconfig !== news.kubeconfig ||
            olds.context !== news.context ||
            olds.removeCrds !== news.removeCrds ||
            [...names].some((name) => olds.definitions[name] !== news.definitions[name]);
        return Promise.resolve({ changes });
    },
    create: (inputs) =>
        withoutStack(async () => {
            const definitions = contentOf(inputs);
            const marks = marksOf(definitions);
            const outs = { ...inputs, ...(await write(inputs, definitions, marks)), marks };
            return { id: "Istio's resource definitions", outs };
        }),
    update: (_id, olds, news) =>
        withoutStack(async () => {
            const isChanged = ({ metadata: { name } }: Definition) =>
                olds.definitions[name] !== news.definitions[name];
            const definitions = contentOf(news);
            const marks = marksOf(definitions);
            const { written, left } = await write(news, definitions.filter(isChanged), marks);
            const stillLeft = olds.left.filter((name) => name in news.definitions && !(name in written));
            return {
                outs: {
                    ...news,
                    written: { ...olds.written, ...written },
                    marks,
                    left: [...new Set([...stillLeft, ...left])].sort(),
                },
            };
        }),
    read: (id, props) => withoutStack(() => read(id, props)),
    delete: (_id, props) =>
        withoutStack(async () => {
            if (!props.removeCrds) return;
            try {
                await deleteDefinitions(props, Object.keys(props.written));
            } catch (error) {
                if (!mayAbandon(error)) throw error;
            }
        }),
} satisfies dynamic.ResourceProvider<IstioDefinitionsInputs, IstioDefinitionsOutputs>;

endWithEngine();
