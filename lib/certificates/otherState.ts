import type { X509Certificate } from "node:crypto";
import type { CaOutputs } from "../mesh/contract";
import type { FoundCaCerts } from "./caCerts";
import { certificateOf, certificatesIn, fingerprint } from "./certificates";

/** How the certificates of a cluster are none that the certificate stack's state has handed out. */
export type Strangeness =
    /** The state has no certificates at all. */
    | "nothing known"
    /** It knows none of the root: it is another mesh's, or older than a step of a change of the root. */
    | "other root"
    /** It is older than a renewal of the cluster's intermediate. */
    | "older"
    /** It is older than the cluster's coming, or has dropped the cluster. */
    | "no intermediate";

/** Certificates of a cluster that a state has not handed out. */
export interface StrangeCertificates {
    readonly strangeness: Strangeness;
    /** A clause about the Secret `cacerts` that says why, such as `its intermediate is newer than ...`. */
    readonly clause: string;
}

/**
 * Compares a cluster's `cacerts` with what the certificate stack's state has handed out to it.
 *
 * What can't be read as certificates, because somebody has damaged it, is not strange: an update repairs it.
 *
 * @param stack name of the certificate stack
 * @param known its outputs; undefined where it has none
 */
export function strangeCertificates(
    found: FoundCaCerts,
    cluster: string,
    stack: string,
    known: CaOutputs | undefined,
): StrangeCertificates | undefined {
    if (known === undefined)
        return { strangeness: "nothing known", clause: `the state of "${stack}" holds no certificates` };
    const knownRoots = [...known.roots.map((root) => root.fingerprint), ...(known.formerRoots ?? [])];
    const other = certificatesIn(found.trustBundlePem)
        .map(fingerprint)
        .find((root) => root !== "" && !knownRoots.includes(root));
    if (other !== undefined)
        return {
            strangeness: "other root",
            clause: `its root (SHA-256 ${other.slice(0, 16)}) is none that the state of "${stack}" knows`,
        };
    const own = known.intermediates[cluster];
    if (own === undefined)
        return {
            strangeness: "no intermediate",
            clause: `the state of "${stack}" has no intermediate for "${cluster}"`,
        };
    const [theirs, ours] = [certificateOf(found.certPem), certificateOf(own.certPem)];
    if (theirs === undefined || ours === undefined) return undefined;
    if (madeAt(theirs) <= madeAt(ours)) return undefined;
    return {
        strangeness: "older",
        clause:
            `its intermediate is of ${rfc3339(theirs)}, and the one in the state of "${stack}" is older, of ` +
            rfc3339(ours),
    };
}

function madeAt({ validFrom }: X509Certificate): number {
    return Date.parse(validFrom);
}

function rfc3339(cert: X509Certificate): string {
    return new Date(madeAt(cert)).toISOString().replace(/\.\d+/, "");
}
