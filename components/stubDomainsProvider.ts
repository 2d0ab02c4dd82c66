import { endWithEngine } from "./engineWatch";
import { createHash } from "node:crypto";
import type { dynamic } from "@pulumi/pulumi";
import {
    ClusterDnsError,
    clusterUid,
    type Deployment,
    type Edited,
    editConfigMap,
    type ObjectName,
    readConfigMap,
    readDeployment,
    rollsWithoutGap,
    setTemplateAnnotation,
    templateAnnotation,
} from "../kube/clusterDns";
import { type ClusterAccess, isNotFound, isUnreachable, KubectlError, unlessAbsent } from "../kube/kubectl";
import { type Patience, waitForRollout } from "../kube/rollout";
import { mayAbandon } from "../kube/unreachable";
import { type Expectation, waitForZone } from "../kube/zoneCheck";
import { CorefileError, stubDomainProblems } from "../lib/dns/corefile";
import { StubDomainError } from "../lib/dns/stubDomainError";
import type { StubAdapter } from "../lib/base/dnsAdapter";
import { newContents, stubFormats, withoutStubDomains } from "../lib/dns/stubDomains";
import type { Contents, StubDomains } from "../lib/dns/stubFormat";

/** What the resource is told. Kept in the state, so that a later version of this file must still understand it. */
export interface StubDomainInputs extends ClusterAccess, StubDomains {
    readonly adapter: StubAdapter;
    readonly configMap: ObjectName;
    readonly deployment: ObjectName;
    readonly primaryServer?: string;
    /** What the ConfigMap shall have, computed here; a refresh puts what the cluster has in its place. */
    readonly block?: string;
}

/** What is known after a create or an update. */
export interface StubDomainOutputs extends StubDomainInputs {
    readonly block: string;
    /** Identity of the cluster: the uid of its namespace kube-system. Only inputs that a refresh has read are without. */
    readonly clusterUid?: string;
}

/** The steps that take time, replaceable by tests. */
export interface Waits {
    readonly waitForRollout: (
        access: ClusterAccess,
        target: ObjectName,
        patience?: Patience,
    ) => Promise<void>;
    readonly waitForZone: (
        access: ClusterAccess,
        target: ObjectName,
        expected: Expectation,
        limitSeconds: number,
    ) => Promise<void>;
}

const realWaits: Waits = {
    waitForRollout,
    waitForZone: (access, target, expected, limitSeconds) =>
        // A reload takes up to two minutes; each look starts three processes, so the long wait looks less often.
        waitForZone(access, target, expected, {
            limitSeconds,
            intervalMilliseconds: limitSeconds > resolveSeconds ? 2000 : 400,
        }),
};

/** How Pulumi writes a value that a preview does not know yet (sdk/nodejs/runtime/rpc.ts, unknownValue). */
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Seconds that a preview waits for a cluster before it goes on without having looked. */
const previewPatienceSeconds = 10;

/** Seconds that an update waits for a cluster's first answer. */
const firstAnswerSeconds = 20;

/** Seconds for which pods that were just replaced are asked for the zone. */
const resolveSeconds = 30;

/** How long a destroy waits for the pods that serve the Corefile without the block, and how often it looks. */
const deletePatience: Patience = { limitSeconds: 45, intervalMilliseconds: 400 };

/** Seconds until an edited ConfigMap has reached the pods (kubelet, 60 + cache) and been reloaded (45), and some more. */
const reloadSeconds = 150;

/**
 * A failure after which the block is in the cluster all the same. With these fields Pulumi records the resource, tries
 * it again in the next update, and takes it out in a destroy.
 */
class InitializationError extends Error {
    readonly reasons: readonly string[];

    constructor(
        message: string,
        readonly id: string,
        readonly properties: StubDomainOutputs,
    ) {
        super(message);
        this.reasons = [message];
    }
}

/**
 * A failure to tell the user. The host of dynamic providers prints the stack of whatever a check, diff, read or delete
 * throws, beside the message that it hands to the engine; an expected failure has none.
 */
class UserError extends Error {
    constructor(message: string) {
        super(message);
        this.stack = "see the error of this resource";
    }

    override toString(): string {
        return "StubDomains";
    }
}

/** Gives an expected failure without its stack, and any other error as it is. */
async function forUser<T>(work: () => Promise<T>): Promise<T> {
    try {
        return await work();
    } catch (error) {
        const expected =
            isTextProblem(error) || error instanceof ClusterDnsError || error instanceof KubectlError;
        throw expected ? new UserError(error.message) : error;
    }
}

/** Whether an error says what is wrong with the ConfigMap's text. */
function isTextProblem(error: unknown): error is CorefileError | StubDomainError {
    return error instanceof CorefileError || error instanceof StubDomainError;
}

function idOf({ configMap }: StubDomainInputs): string {
    return `${configMap.namespace}/${configMap.name}`;
}

/** The pod template's annotation, a change of which replaces the pods. */
const annotation = "istio-multicluster/stub-domains";

/** First part of the annotation's value: changes with the block. */
function blockHash(block: string): string {
    return createHash("sha256").update(block).digest("hex").slice(0, 12);
}

/** Whether a value is known; in a preview it may be computed later. */
function isKnown(value: unknown): boolean {
    return typeof value === "object" && value !== null
        ? Object.values(value).every(isKnown)
        : value !== unknownValue;
}

type Provider = dynamic.ResourceProvider<StubDomainInputs, StubDomainOutputs>;

/** Makes the provider. Its functions are what Pulumi calls for preview, update, refresh and destroy. */
export function createProvider({ waitForRollout, waitForZone }: Waits = realWaits): Required<
    Omit<Provider, "configure">
> {
    /** Merges the zones, brings the pods up to date and waits until they resolve each. */
    async function apply(inputs: StubDomainInputs, takeOver: boolean): Promise<StubDomainOutputs> {
        const { adapter, zones, configMap, deployment: target, forwardTo, primaryServer, owner } = inputs;
        const format = stubFormats[adapter];
        // Read first: a name that is wrong must be found before anything is written.
        const [uid] = await Promise.all([clusterUid(inputs, firstAnswerSeconds), existing(inputs)]);
        const edited = await editConfigMap(inputs, configMap, (found) => {
            if (found === undefined && format.comesWithCluster) throw missingConfigMap(inputs);
            return format.merge(found ?? newContents(owner), inputs, { takeOver });
        });
        const block = format.text(inputs);
        const outputs: StubDomainOutputs = { ...inputs, block, clusterUid: uid };
        const limitSeconds = await bringUpToDate(inputs, edited, block);
        try {
            await Promise.all(
                zones.map((zone) =>
                    waitForZone(inputs, target, { zone, forwardTo, primaryServer }, limitSeconds),
                ),
            );
        } catch (error) {
            throw new InitializationError(
                error instanceof Error ? error.message : String(error),
                idOf(inputs),
                outputs,
            );
        }
        return outputs;
    }

    /**
     * Makes the pods take the edited ConfigMap, unless they have it already: replaces them, or, where they need no
     * replacement or one would leave a moment without DNS, leaves it to themselves.
     *
     * @returns how many seconds the pods may take until they resolve the zones
     */
    async function bringUpToDate(
        inputs: StubDomainInputs,
        { before: textBefore, after, resourceVersion }: Edited,
        block: string,
    ): Promise<number> {
        const { adapter, zones, deployment: target } = inputs;
        const format = stubFormats[adapter];
        if (!format.replacesPods) return reloadSeconds;
        const had = (zone: string) => textBefore !== undefined && format.read(textBefore, [zone]) !== "";
        const deployment = await readDeployment(inputs, target);
        const before = templateAnnotation(deployment, annotation);
        const same = textBefore !== undefined && format.read(textBefore, zones) === block;
        const changed = !same || before?.split(".")[0] !== blockHash(block);
        const reloads = after !== undefined && format.reloadsByItself(after);
        if (changed && !rollsWithoutGap(deployment) && reloads) return reloadSeconds;

        // The resourceVersion makes each write of ours a new value, also when it restores what was there once.
        const value = `${blockHash(block)}.${resourceVersion}`;
        if (changed) await setTemplateAnnotation(inputs, target, annotation, value);
        try {
            await waitForRollout(inputs, target);
        } catch (error) {
            if (!changed || zones.every(had)) throw error;
            await takeBack(inputs, { before: textBefore, after, resourceVersion }, before);
            throw new ClusterDnsError(
                `${error instanceof Error ? error.message : String(error)} ` +
                    `The change of the ConfigMap ${idOf(inputs)} was taken back, so that the cluster keeps its DNS.`,
            );
        }
        return resolveSeconds;
    }

    /** Undoes an edit with which the cluster DNS does not start; the pods that still run have not been touched by it. */
    async function takeBack(
        inputs: StubDomainInputs,
        { before, after }: Edited,
        annotationBefore: string | undefined,
    ): Promise<void> {
        await editConfigMap(inputs, inputs.configMap, (found) =>
            JSON.stringify(found) === JSON.stringify(after) ? before : withoutOurs(inputs, found),
        );
        await setTemplateAnnotation(inputs, inputs.deployment, annotation, annotationBefore);
    }

    return {
        async check(_olds, news) {
            const failures = isKnown(news) ? problemsOf(news) : [];
            if (failures.length > 0) return { inputs: news, failures };
            const { kubeconfig, context, configMap } = news;
            const seen = isKnown([kubeconfig, context, configMap]) ? await preflight(news) : undefined;
            if (seen !== undefined) return { inputs: news, failures: [{ property: "zones", reason: seen }] };
            const known = isKnown(news.forwardTo);
            return {
                inputs: { ...news, block: known ? stubFormats[news.adapter].text(news) : unknownValue },
            };
        },

        async diff(_id, olds, news) {
            const replaces = (["adapter", "configMap", "deployment"] as const).filter(
                (property) => !same(olds[property], news[property]),
            );
            const movedAccess = olds.kubeconfig !== news.kubeconfig || olds.context !== news.context;
            if (movedAccess && (await isOtherCluster(olds, news))) {
                return { changes: true, replaces: [...replaces, "context"], deleteBeforeReplace: true };
            }
            const changes =
                replaces.length > 0 ||
                movedAccess ||
                olds.block !== news.block ||
                olds.owner !== news.owner ||
                olds.primaryServer !== news.primaryServer;
            return { changes, replaces: [...replaces], deleteBeforeReplace: true };
        },

        create: (inputs) =>
            forUser(async () => {
                const outs = await apply(inputs, false);
                return { id: idOf(inputs), outs };
            }),

        update: (_id, _olds, news) => forUser(async () => ({ outs: await apply(news, true) })),

        read: (id, props) =>
            forUser(async () => {
                if (props?.zones === undefined) {
                    throw new ClusterDnsError(
                        "StubDomains cannot be imported: an update adopts what this stack made earlier.",
                    );
                }
                const { clusterUid, ...inputs } = props;
                const found = await readConfigMap(props, props.configMap);
                if (found === undefined) return { id: "" };
                const block = stubFormats[props.adapter].read(found, props.zones);
                // As an input too: so a preview shows the text that the cluster has beside the one it should have.
                return { id, props: { ...inputs, block, clusterUid }, inputs: { ...inputs, block } };
            }),

        delete: (_id, props) =>
            forUser(async () => {
                // Asked first, with less patience than an edit has.
                if (!(await answers(props))) return;
                const { configMap, deployment: target } = props;
                // Whatever is gone already needs nothing taken out of it.
                await unlessAbsent(editConfigMap(props, configMap, (found) => withoutOurs(props, found)));
                if (!stubFormats[props.adapter].replacesPods) return;
                const edited = await unlessAbsent(
                    setTemplateAnnotation(props, target, annotation, undefined),
                );
                if (edited?.before !== undefined)
                    await unlessAbsent(waitForRollout(props, target, deletePatience));
            }),
    };
}

function problemsOf(inputs: StubDomainInputs): dynamic.CheckFailure[] {
    return stubDomainProblems(inputs).map((reason) => ({ property: "zones", reason }));
}

function withoutOurs(
    { adapter, zones, owner }: StubDomainInputs,
    found: Contents | undefined,
): Contents | undefined {
    return found && withoutStubDomains(stubFormats[adapter], found, zones, owner);
}

/**
 * Looks at the ConfigMap before anything is written, so that a preview already refuses what an update would refuse.
 *
 * @returns what is wrong, or undefined; a cluster that cannot be reached is a warning, since a preview may run without it
 */
async function preflight(inputs: StubDomainInputs): Promise<string | undefined> {
    const format = stubFormats[inputs.adapter];
    try {
        const found = await readConfigMap(inputs, inputs.configMap, previewPatienceSeconds);
        if (found !== undefined) format.check(found, inputs.zones);
        else if (format.comesWithCluster) return missingConfigMap(inputs).message;
        return undefined;
    } catch (error) {
        if (isUnreachable(error) && error instanceof KubectlError) {
            console.error(`The cluster DNS could not be looked at before the update: ${error.message}`);
            return undefined;
        }
        const expected =
            isTextProblem(error) || error instanceof ClusterDnsError || error instanceof KubectlError;
        if (expected) return error.message;
        throw error;
    }
}

function missing(kind: string, { namespace, name }: ObjectName, { context }: ClusterAccess): string {
    return (
        `The ${kind} ${namespace}/${name} of the cluster DNS does not exist in context "${context}"; ` +
        "name the one that this cluster uses."
    );
}

function missingConfigMap(inputs: StubDomainInputs): ClusterDnsError {
    return new ClusterDnsError(missing("ConfigMap", inputs.configMap, inputs));
}

async function existing(inputs: StubDomainInputs): Promise<Deployment> {
    try {
        return await readDeployment(inputs, inputs.deployment);
    } catch (error) {
        throw isNotFound(error)
            ? new ClusterDnsError(missing("Deployment", inputs.deployment, inputs))
            : error;
    }
}

/** Whether the cluster answers. One that does not, and that the user has given up, has nothing left to take out. */
async function answers(access: ClusterAccess): Promise<boolean> {
    try {
        await clusterUid(access, firstAnswerSeconds);
        return true;
    } catch (error) {
        if (mayAbandon(error)) return false;
        throw error;
    }
}

/** Whether new access leads to another cluster. A cluster that does not answer counts as the same: the update will tell. */
async function isOtherCluster(olds: StubDomainOutputs, news: StubDomainInputs): Promise<boolean> {
    if (!isKnown([news.kubeconfig, news.context])) return false;
    try {
        return (await clusterUid(news, previewPatienceSeconds)) !== olds.clusterUid;
    } catch (error) {
        if (error instanceof KubectlError) return false;
        throw error;
    }
}

function same(a: ObjectName | string, b: ObjectName | string): boolean {
    if (typeof a === "string" || typeof b === "string") return a === b;
    const entries = (value: ObjectName): string => JSON.stringify(Object.entries(value).sort());
    return entries(a) === entries(b);
}

/** The provider that Pulumi's host of dynamic providers loads. */
export const provider = createProvider();

endWithEngine();
