import * as pulumi from "@pulumi/pulumi";
import type { HandoverClient } from "../handover/client";
import type { CaCertsArgs } from "../components/caCerts";
import { stackOwner } from "../components/ownNamespace";
import { type CaCertsFacts, readCaCerts } from "../kube/caCerts";
import { isUnreachable, KubectlError } from "../kube/kubectl";
import {
    type AuthorityFacts,
    distrustWarning,
    existingAuthority,
    strangerProblem,
    unusableProblem,
} from "../lib/certificates/caCerts";
import { isNamesake } from "../lib/base/ownership";
import { certificatesIn, fingerprint } from "../lib/certificates/certificates";
import { type StrangeCertificates, strangeCertificates } from "../lib/certificates/otherState";
import type { ClusterStackSettings } from "../lib/config/clusterStack";
import type { Peer } from "../lib/mesh/peers";
import type { CaOutputs } from "../lib/mesh/contract";
import { ownCa, readCaOf } from "../outputs";
import { foreseenMaterial } from "./foresee";

/** The certificate authority of a cluster, and what stands against it. */
export interface ClusterCa extends AuthorityFacts {
    /** What to write into `cacerts`; undefined where it is there already and stays as it is. */
    readonly secret?: Omit<CaCertsArgs, "namespace">;
    /** Sentences about a `cacerts` that may not be written, or can't be used. */
    readonly problems: readonly string[];
    /** Names of all clusters that have an intermediate; empty where the certificate stack has not said them. */
    readonly clusters: readonly string[];
    /** Whether the cluster has a `cacerts` of this stack. */
    readonly isOurs: boolean;
    /** How that one is none that the certificate stack has handed out; undefined where it is, or may be replaced. */
    readonly strange?: StrangeCertificates;
}

/** Reads the certificates that the stack is to have, beside those that its cluster has. Writes nothing. */
export async function readClusterCa(
    stack: string,
    settings: ClusterStackSettings,
    handover: HandoverClient | undefined,
): Promise<ClusterCa> {
    const { cluster, istio, mesh } = settings;
    const { namespace } = istio;
    const found = readCaCerts(cluster, namespace).catch((error: unknown) => {
        if (!(error instanceof KubectlError)) throw error;
        return error;
    });
    if (istio.ca === "existing") {
        const secret = await found;
        if (secret instanceof KubectlError)
            return { ...unknown, problems: [unreadable(namespace, stack, secret)] };
        const problem = unusableProblem(secret, stack);
        if (secret === undefined || problem !== undefined)
            return { ...unknown, problems: problem ? [problem] : [] };
        return { ...unknown, ...existingAuthority(secret), problems: [] };
    }
    const [known, secret] = await Promise.all([settledCa(mesh.caStack, stack, handover), found]);
    const owner = stackOwner();
    const isRead = secret !== undefined && !(secret instanceof KubectlError);
    const isOurs = isRead && isNamesake(secret.owner, owner);
    const strange =
        isOurs && !istio.replaceCaCerts ? strangeCertificates(secret, stack, mesh.caStack, known) : undefined;
    // Of a cluster that the certificate stack has no intermediate for, what follows says what to do.
    if (strange !== undefined && strange.strangeness !== "no intermediate")
        return { ...unknown, isOurs, strange, problems: [] };
    const isRunToo = handover?.run.stacks[mesh.caStack] !== undefined;
    const own = await ownCa(mesh.caStack, stack, known, isRunToo);
    return {
        rootFingerprint: fingerprint(own.rootCertPem),
        trustedRoots: certificatesIn(own.trustBundlePem).map(fingerprint),
        secret: { material: await foreseenMaterial(stack, own, handover), owner },
        clusters: own.clusters,
        isOurs,
        problems: istio.replaceCaCerts
            ? []
            : secretProblems(namespace, secret, { stack, owner, certPem: own.certPem }),
    };
}

/** What the certificate stack says, once it is updated where the command that runs this program runs it too. */
async function settledCa(
    caStack: string,
    stack: string,
    handover: HandoverClient | undefined,
): Promise<CaOutputs | undefined> {
    const isSettled = (await handover?.endedWell(caStack)) ?? true;
    // A preview goes on, to say everything that there is to say.
    if (!isSettled && !pulumi.runtime.isDryRun())
        throw new pulumi.RunError(`Nothing of "${stack}" is begun, because "${caStack}" failed.`);
    return readCaOf(caStack, stack);
}

const unknown = { rootFingerprint: "", trustedRoots: [], clusters: [], isOurs: false };

function secretProblems(
    namespace: string,
    secret: CaCertsFacts | KubectlError | undefined,
    mine: Parameters<typeof strangerProblem>[1],
): readonly string[] {
    // Of a cluster that does not answer, what else is read of it says so; and who may not read Secrets may still look.
    const mayLook =
        pulumi.runtime.isDryRun() && secret instanceof KubectlError && secret.reason === "Forbidden";
    if (mayLook || (secret instanceof KubectlError && isUnreachable(secret))) return [];
    const problem =
        secret instanceof KubectlError
            ? unreadable(namespace, mine.stack, secret)
            : strangerProblem(secret, mine);
    return problem === undefined ? [] : [problem];
}

function unreadable(namespace: string, stack: string, { detail }: KubectlError): string {
    return (
        `Whether "${stack}" has a Secret ${namespace}/cacerts can't be found out: ${detail} Check cluster.kubeconfig and ` +
        `cluster.context in Pulumi.${stack}.yaml, and the right to read that Secret.`
    );
}

/** Warnings about peers whose workloads this cluster's can't talk to. */
export function distrustWarnings(
    own: AuthorityFacts & { readonly stack: string },
    peers: ReadonlyMap<string, Peer>,
): readonly string[] {
    return [...peers].flatMap(
        ([stack, { outputs }]) => (outputs && distrustWarning(own, { stack, ...outputs })) ?? [],
    );
}
