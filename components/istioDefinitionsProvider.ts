import type { dynamic } from "@pulumi/pulumi";
import { isSameAccess } from "../kube/access";
import { applyDefinitions, deleteDefinitions, inheritFields, readDefinitions } from "../kube/definitions";
import type { ClusterAccess } from "../kube/kubectl";
import { mayAbandon } from "../kube/unreachable";
import { claimsOf, type Definition, hashOf, marksOf, summariesOf } from "../lib/istio/definitions";
import { endWithEngine } from "./engineWatch";
import { ask } from "./offer";
import { withoutStack } from "./withoutStack";

/** What the resource is told. Kept in the state but for where to ask, so that a later version of this file must understand it. */
export interface IstioDefinitionsInputs extends ClusterAccess {
    /** Whether destroy deletes the definitions, and with them every object of theirs. */
    readonly removeCrds: boolean;
    /** A text that changes with anything that the chart's rendering depends on; states of earlier versions have none. */
    readonly chart?: string;
    /** Of each definition, by name, a text that changes with it. `check` finds them. */
    readonly definitions: Readonly<Record<string, string>>;
    /** Where the program is asked for the definitions themselves, a JSON list: half a megabyte that no state has to hold. */
    readonly from?: string;
}

/** What is known after a create or an update. */
export interface IstioDefinitionsOutputs extends Omit<IstioDefinitionsInputs, "from"> {
    /** Hash of each definition, by name, as the API server has stored it; those of earlier charts too. */
    readonly written: Readonly<Record<string, string>>;
    /** Names of the labels and annotations that the chart gives them. */
    readonly marks: readonly string[];
    /** Names of those of somebody else that are newer than the chart's, and therefore as they were. */
    readonly left: readonly string[];
}

/**
 * The content that the last `check` of this process has asked for, by the definitions' texts. The engine has each resource checked
 * before it has it made or changed, by the same process, and writes into its state what `check` returns.
 */
const contents = new Map<string, string>();

function keyOf({ context, definitions }: Omit<IstioDefinitionsInputs, "from">): string {
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

/** What a refresh says of the chart where it has seen a change, so that the next `check` asks the program. */
const otherThanChart = "not what the cluster has";

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
    const isChanged = Object.entries(props.definitions).some(([name, text]) => definitions[name] !== text);
    const outs = { ...props, definitions, ...(isChanged && { chart: otherThanChart }) };
    // As inputs too: so a preview shows what the cluster has beside what it should have.
    const { stack, kubeconfig, context, removeCrds, chart } = outs;
    const access = {
        ...(stack !== undefined && { stack }),
        ...(kubeconfig !== undefined && { kubeconfig }),
        context,
    };
    const inputs = { ...access, removeCrds, ...(chart !== undefined && { chart }), definitions };
    return { id, props: outs, inputs: inputs as IstioDefinitionsOutputs };
}

/** The provider that Pulumi's host of dynamic providers loads, by the path of this file, which is in every stack's state. */
export const provider = {
    check: (olds: Partial<IstioDefinitionsInputs> | undefined, { from, ...news }) =>
        withoutStack(async () => {
            const { chart, definitions } = olds ?? {};
            const isSame = chart !== undefined && chart === news.chart && definitions !== undefined;
            if (isSame || from === undefined) return { inputs: { ...news, ...(isSame && { definitions }) } };
            const content = await ask(from);
            const inputs = {
                ...news,
                definitions: summariesOf(JSON.parse(content) as readonly Definition[]),
            };
            contents.set(keyOf(inputs), content);
            return { inputs };
        }),
    diff(_id, olds, news) {
        const names = new Set([...Object.keys(olds.definitions), ...Object.keys(news.definitions)]);
        const changes =
            !isSameAccess(olds, news) ||
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
            const isSame = Object.entries(news.definitions).every(
                ([name, text]) => olds.definitions[name] === text,
            );
            // Another way to the same cluster needs nothing of the program.
            const definitions = isSame ? [] : contentOf(news);
            const marks = isSame ? olds.marks : marksOf(definitions);
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
