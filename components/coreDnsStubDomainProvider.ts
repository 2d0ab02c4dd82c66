import { createHash } from "node:crypto";
import type { dynamic } from "@pulumi/pulumi";
import {
    ClusterDnsError,
    clusterUid,
    type ConfigMapKey,
    type Deployment,
    type Edited,
    editConfigMapKey,
    isNotFound,
    isUnreachable,
    type ObjectName,
    readConfigMapKey,
    readDeployment,
    rollsWithoutGap,
    setTemplateAnnotation,
    templateAnnotation,
} from "../kube/clusterDns";
import { type ClusterAccess, KubectlError } from "../kube/kubectl";
import { type Patience, waitForRollout } from "../kube/rollout";
import { mayAbandon } from "../kube/unreachable";
import { type Expectation, waitForZone } from "../kube/zoneCheck";
import {
    checkStubDomain,
    CorefileError,
    mergeStubDomain,
    readStubDomain,
    reloadsByItself,
    removeStubDomain,
    stubDomainContent,
    stubDomainProblems,
} from "../lib/corefile";

/** What the resource is told. Kept in the state, so that a later version of this file must still understand it. */
export interface StubDomainInputs extends ClusterAccess {
    readonly zone: string;
    readonly forwardTo: readonly string[];
    readonly owner: string;
    readonly configMap: ConfigMapKey;
    readonly deployment: ObjectName;
    readonly primaryServer?: string;
    /** The block's text, computed here; a refresh puts the text that the cluster has in its place. */
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
        return "CoreDnsStubDomain";
    }
}

/** Gives an expected failure without its stack, and any other error as it is. */
async function forUser<T>(work: () => Promise<T>): Promise<T> {
    try {
        return await work();
    } catch (error) {
        const expected =
            error instanceof CorefileError ||
            error instanceof ClusterDnsError ||
            error instanceof KubectlError;
        throw expected ? new UserError(error.message) : error;
    }
}

function idOf({ configMap, zone }: StubDomainInputs): string {
    return `${configMap.namespace}/${configMap.name}/${zone}`;
}

/**
 * The pod template's annotation for one zone. Each zone has its own, so that two of them on one Deployment do not undo
 * each other's.
 */
export function annotationOf(zone: string): string {
    const short = zone.length <= 50 ? zone : createHash("sha256").update(zone).digest("hex").slice(0, 50);
    return `istio-multicluster/zone-${short}`;
}

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
    /** Merges the block, brings the pods up to date and waits until they resolve the zone. */
    async function apply(inputs: StubDomainInputs, takeOver: boolean): Promise<StubDomainOutputs> {
        const { zone, configMap, deployment: target, forwardTo } = inputs;
        // Read first: a name that is wrong must be found before anything is written.
        const [uid] = await Promise.all([clusterUid(inputs, firstAnswerSeconds), existing(inputs)]);
        const edited = await mustExist(inputs, () =>
            editConfigMapKey(inputs, configMap, (corefile) =>
                mergeStubDomain(corefile, inputs, { takeOver }),
            ),
        );
        const block = stubDomainContent(inputs);
        const outputs: StubDomainOutputs = { ...inputs, block, clusterUid: uid };
        const limitSeconds = await bringUpToDate(inputs, edited, block);
        try {
            await waitForZone(
                inputs,
                target,
                { zone, forwardTo, primaryServer: inputs.primaryServer },
                limitSeconds,
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
     * Makes the pods take the edited Corefile, unless they have it already: replaces them, or, where that would leave a
     * moment without DNS, leaves it to CoreDNS's own reload.
     *
     * @returns how many seconds the pods may take until they resolve the zone
     */
    async function bringUpToDate(inputs: StubDomainInputs, edited: Edited, block: string): Promise<number> {
        const { zone, deployment: target } = inputs;
        const annotation = annotationOf(zone);
        const deployment = await readDeployment(inputs, target);
        const before = templateAnnotation(deployment, annotation);
        const blockBefore = readStubDomain(edited.before, zone)?.content;
        const changed = blockBefore !== block || before?.split(".")[0] !== blockHash(block);
        if (changed && !rollsWithoutGap(deployment) && reloadsByItself(edited.after)) return reloadSeconds;

        // The resourceVersion makes each write of ours a new value, also when it restores what was there once.
        const value = `${blockHash(block)}.${edited.resourceVersion}`;
        if (changed) await setTemplateAnnotation(inputs, target, annotation, value);
        try {
            await waitForRollout(inputs, target);
        } catch (error) {
            if (!changed || blockBefore !== undefined) throw error;
            await takeBack(inputs, before);
            throw new ClusterDnsError(
                `${error instanceof Error ? error.message : String(error)} ` +
                    `The stub domain "${zone}" was taken out of the Corefile again, so that the cluster keeps its DNS.`,
            );
        }
        return resolveSeconds;
    }

    /** Undoes an edit with which CoreDNS does not start; the pods that still run have not been touched by it. */
    async function takeBack(inputs: StubDomainInputs, annotationBefore: string | undefined): Promise<void> {
        await editConfigMapKey(inputs, inputs.configMap, (corefile) => removeStubDomain(corefile, inputs));
        await setTemplateAnnotation(inputs, inputs.deployment, annotationOf(inputs.zone), annotationBefore);
    }

    return {
        async check(_olds, news) {
            const failures = isKnown(news) ? problemsOf(news) : [];
            if (failures.length > 0) return { inputs: news, failures };
            const { kubeconfig, context, zone, configMap } = news;
            const seen = isKnown([kubeconfig, context, zone, configMap]) ? await preflight(news) : undefined;
            if (seen !== undefined) return { inputs: news, failures: [{ property: "zone", reason: seen }] };
            const known = isKnown([zone, news.forwardTo]);
            return { inputs: { ...news, block: known ? stubDomainContent(news) : unknownValue } };
        },

        async diff(_id, olds, news) {
            const replaces = (["zone", "configMap", "deployment"] as const).filter(
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
                if (props?.zone === undefined) {
                    throw new ClusterDnsError(
                        "A CoreDnsStubDomain cannot be imported: an update adopts the block that this stack made earlier.",
                    );
                }
                try {
                    const corefile = await readConfigMapKey(props, props.configMap);
                    const block = readStubDomain(corefile, props.zone)?.content ?? "";
                    const { clusterUid, ...inputs } = props;
                    // As an input too: so a preview shows the text that the cluster has beside the one it should have.
                    return { id, props: { ...inputs, block, clusterUid }, inputs: { ...inputs, block } };
                } catch (error) {
                    if (isNotFound(error)) return { id: "" };
                    throw error;
                }
            }),

        delete: (_id, props) =>
            forUser(async () => {
                // Asked first, with less patience than an edit has.
                if (!(await answers(props))) return;
                const { zone, owner, configMap, deployment: target } = props;
                await unlessGone(() =>
                    editConfigMapKey(props, configMap, (corefile) =>
                        removeStubDomain(corefile, { zone, owner }),
                    ),
                );
                await unlessGone(async () => {
                    const annotation = annotationOf(zone);
                    const { before } = await setTemplateAnnotation(props, target, annotation, undefined);
                    if (before !== undefined) await waitForRollout(props, target, deletePatience);
                });
            }),
    };
}

function problemsOf(inputs: StubDomainInputs): dynamic.CheckFailure[] {
    return stubDomainProblems(inputs).map((reason) => ({ property: "zone", reason }));
}

/**
 * Looks at the Corefile before anything is written, so that a preview already refuses what an update would refuse.
 *
 * @returns what is wrong, or undefined; a cluster that cannot be reached is a warning, since a preview may run without it
 */
async function preflight(inputs: StubDomainInputs): Promise<string | undefined> {
    try {
        const corefile = await readConfigMapKey(inputs, inputs.configMap, previewPatienceSeconds);
        checkStubDomain(corefile, inputs.zone);
        return undefined;
    } catch (error) {
        if (isNotFound(error)) return missing("ConfigMap", inputs.configMap, inputs);
        if (isUnreachable(error) && error instanceof KubectlError) {
            console.error(`The Corefile could not be looked at before the update: ${error.message}`);
            return undefined;
        }
        if (
            error instanceof CorefileError ||
            error instanceof ClusterDnsError ||
            error instanceof KubectlError
        ) {
            return error.message;
        }
        throw error;
    }
}

function missing(kind: string, { namespace, name }: ObjectName, { context }: ClusterAccess): string {
    return (
        `The ${kind} ${namespace}/${name} of the cluster DNS does not exist in context "${context}"; ` +
        "name the one that this cluster uses."
    );
}

function existing(inputs: StubDomainInputs): Promise<Deployment> {
    return unlessMissing("Deployment", inputs.deployment, inputs, () =>
        readDeployment(inputs, inputs.deployment),
    );
}

function mustExist<T>(inputs: StubDomainInputs, work: () => Promise<T>): Promise<T> {
    return unlessMissing("ConfigMap", inputs.configMap, inputs, work);
}

async function unlessMissing<T>(
    kind: string,
    target: ObjectName,
    access: ClusterAccess,
    work: () => Promise<T>,
): Promise<T> {
    try {
        return await work();
    } catch (error) {
        throw isNotFound(error) ? new ClusterDnsError(missing(kind, target, access)) : error;
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

async function unlessGone(work: () => Promise<unknown>): Promise<void> {
    try {
        await work();
    } catch (error) {
        if (!isNotFound(error)) throw error;
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
