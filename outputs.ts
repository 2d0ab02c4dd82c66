import { setTimeout as pause } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { daysUntil, fingerprint } from "./lib/certificates/certificates";
import { type CaOutputs, type ClusterOutputs, contractVersion } from "./lib/mesh/contract";

export type * from "./lib/mesh/contract";

/** Stack outputs of a given shape, each part of which may still be on its way. */
export type Outputs<T> = { readonly [K in keyof T]: pulumi.Input<T[K]> | Outputs<T[K]> };

/**
 * The outputs of another stack of this project, or undefined when it does not exist or was never updated.
 *
 * This asks the engine for the outputs without a StackReference resource: such a resource fails the update when the stack
 * does not exist yet, and keeps all of the other stack's outputs, every cluster's key included, in this stack's state.
 */
async function readStack(stack: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`;
    let outputs: Readonly<Record<string, unknown>>;
    try {
        outputs = await readWhileWritten(name);
    } catch (error) {
        if (!(error instanceof Error)) throw error;
        if (error.message.includes("unknown stack")) return undefined;
        const [, reason] =
            /constructing secrets manager of type "[^"]*": ([\s\S]*)/.exec(error.message) ?? [];
        if (reason === undefined) throw error;
        throw new pulumi.RunError(
            `The outputs of stack "${stack}" can't be read without the key that its secrets are encrypted by, which this run was ` +
                `not given: ${reason.trim()}. Give it that key; docs/environments.md says who needs which.`,
        );
    }
    const version = outputs["contractVersion"];
    if (version === undefined) return undefined;
    if (version !== contractVersion) {
        throw new pulumi.RunError(
            `Stack "${stack}" was last updated by a version of this project whose outputs have format ${JSON.stringify(version)}, ` +
                `while this one reads format ${contractVersion}. Update "${stack}" with this version first.`,
        );
    }
    return outputs;
}

/**
 * Reads a stack's outputs, again and again for two seconds where its file is found empty: a file backend is not locked
 * against readers, and a peer that is updated at the same time writes its state many times.
 */
async function readWhileWritten(name: string): Promise<Readonly<Record<string, unknown>>> {
    for (let triesLeft = 10; ; triesLeft--) {
        try {
            const result = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name })) as {
                readonly outputs: Readonly<Record<string, unknown>>;
            };
            return result.outputs;
        } catch (error) {
            const isHalfWritten =
                error instanceof Error && /failed to load checkpoint: .*EOF/.test(error.message);
            if (!isHalfWritten || triesLeft === 0) throw error;
            await pause(200);
        }
    }
}

/**
 * The outputs of a peer, or undefined when it is not up yet.
 *
 * @throws pulumi.RunError when the stack is the certificate stack
 */
export async function readCluster(stack: string): Promise<ClusterOutputs | undefined> {
    const outputs = await readStack(stack);
    if (outputs && !("exports" in outputs)) {
        throw new pulumi.RunError(
            `Stack "${stack}" holds the mesh's certificates and exports no services. ` +
                `Correct "from: ${stack}" in the imports.`,
        );
    }
    if (outputs === undefined) return undefined;
    const cluster = outputs as Partial<ClusterOutputs> as ClusterOutputs;
    // Earlier versions of this project knew one root only.
    return {
        ...cluster,
        trustedRoots:
            outputs["trustedRoots"] === undefined ? [cluster.rootFingerprint] : cluster.trustedRoots,
    };
}

/** What a cluster needs of the certificate stack. */
export interface OwnCa {
    /** The root that has signed the intermediate, PEM. */
    readonly rootCertPem: string;
    /** All roots to trust, PEM. */
    readonly trustBundlePem: string;
    /** The intermediate, PEM. */
    readonly certPem: string;
    /** PEM. Secret. */
    readonly privateKeyPem: pulumi.Output<string>;
    /** Names of all clusters that have an intermediate; empty while the certificate stack is not up. */
    readonly clusters: readonly string[];
    /** Whether these are no certificates yet but stand for those that an update will make. Only in a preview. */
    readonly isStandIn?: true;
}

/**
 * The outputs of the certificate stack, its intermediates' keys included, or undefined when it is not up yet or is a
 * stack of another kind. What earlier versions of this project did not say yet is filled in.
 */
export async function readCaStack(stack: string): Promise<CaOutputs | undefined> {
    const outputs = await readStack(stack);
    return outputs && "intermediates" in outputs ? completed(outputs) : undefined;
}

function completed(outputs: Partial<CaOutputs>): CaOutputs {
    const { rootCertPem = "", rootExpiry = "" } = outputs;
    const root = { name: "root", source: "made", fingerprint: fingerprint(rootCertPem) } as const;
    return {
        contractVersion,
        rootCertPem,
        trustBundlePem: rootCertPem,
        roots: [{ ...root, expiry: rootExpiry, daysLeft: daysUntil(rootExpiry, new Date()) }],
        signingRoot: root.name,
        rootExpiry,
        intermediates: {},
        intermediateExpiry: {},
        intermediateDaysLeft: {},
        expiryWarningDays: { root: 365, intermediate: 30 },
        ...outputs,
    };
}

/** Warns of a certificate that has come close to its end. One that is about to be renewed has no known end, and is left out. */
export function warnOfExpiry(
    what: string,
    end: pulumi.Input<string>,
    warningDays: number,
    now: Date = new Date(),
): void {
    pulumi.output(end).apply(async (text) => {
        const left = daysUntil(text, now);
        if (left >= warningDays) return;
        const when = left < 0 ? `ended on ${text}` : `ends in ${left} days, on ${text}`;
        await pulumi.log.warn(`${what} ${when}. See docs/certificates.md for how to renew it.`);
    });
}

/**
 * What the certificate stack of a cluster says, or undefined when it is not up yet.
 *
 * @throws pulumi.RunError when that stack is a cluster's
 */
export async function readCaOf(caStack: string, cluster: string): Promise<CaOutputs | undefined> {
    const stack = await readStack(caStack);
    if (stack && !("intermediates" in stack)) {
        throw new pulumi.RunError(
            `Stack "${caStack}" is a cluster and holds no certificates. Correct mesh.caStack in Pulumi.${cluster}.yaml.`,
        );
    }
    return stack && completed(stack);
}

/**
 * The mesh's root and the given cluster's own intermediate, out of what the certificate stack says.
 *
 * @throws pulumi.RunError when the certificate stack is not up yet, or has no intermediate for the cluster. In a preview
 * both are warnings, and stand-in texts are returned, so that a new cluster can be previewed before its certificates
 * exist.
 *
 * @param isRunToo whether the command that runs this program runs the certificate stack too: then there is nothing to warn of
 */
export async function ownCa(
    caStack: string,
    cluster: string,
    outputs: CaOutputs | undefined,
    isRunToo: boolean,
): Promise<OwnCa> {
    const own = outputs?.intermediates[cluster];
    if (outputs && own) {
        const { expiryWarningDays, intermediateExpiry, roots } = outputs;
        warnOfExpiry(
            "Its intermediate CA",
            intermediateExpiry[cluster] ?? "",
            expiryWarningDays.intermediate,
        );
        for (const { name, expiry } of roots) warnOfExpiry(`Root "${name}"`, expiry, expiryWarningDays.root);
        return {
            rootCertPem: outputs.rootCertPem,
            trustBundlePem: outputs.trustBundlePem,
            certPem: own.certPem,
            privateKeyPem: pulumi.secret(own.privateKeyPem),
            clusters: Object.keys(outputs.intermediates),
        };
    }
    const problem = outputs
        ? `Stack "${caStack}" has no intermediate CA for "${cluster}". Add ${cluster} to its clusters in ` +
          `Pulumi.${caStack}.yaml and run \`pulumi up -s ${caStack}\` first.`
        : `Stack "${caStack}", which holds the mesh's certificates, is not up yet. ` +
          `Run \`pulumi up -s ${caStack}\` first.`;
    if (!pulumi.runtime.isDryRun()) throw new pulumi.RunError(problem);
    if (!isRunToo) await pulumi.log.warn(`${problem} This preview can't know the certificates.`);
    const standIn = "(known once the certificate stack is up)";
    return {
        rootCertPem: standIn,
        trustBundlePem: standIn,
        certPem: standIn,
        privateKeyPem: pulumi.secret(standIn),
        clusters: Object.keys(outputs?.intermediates ?? {}),
        isStandIn: true,
    };
}
