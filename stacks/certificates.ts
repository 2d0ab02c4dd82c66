import { X509Certificate } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { HandoverClient } from "../handover/client";
import { IntermediateCa } from "../components/intermediateCa";
import { RootCa } from "../components/rootCa";
import {
    certificatesIn,
    daysUntil,
    fingerprint,
    type GivenRoot,
    type KeyPair,
} from "../lib/certificates/certificates";
import type { CaSettings } from "../lib/config/ca";
import { type CaOutputs, contractVersion } from "../lib/mesh/contract";
import { formerRoots, type RootPlan, rootPlan, sourceOf } from "../lib/certificates/rootRotation";
import { type Outputs, readCaStack, warnOfExpiry } from "../outputs";
import { foreseeCertificates } from "./foresee";
import { inCommonWith } from "./examine";
import { readGivenRoots } from "./givenRoots";
import { otherCertificates } from "./madeBefore";
import { refuse } from "./refusal";
import { checkRootChange } from "./rootChange";

/** An authority as the stack works with it, whether made or given. */
interface Authority {
    readonly certPem: pulumi.Output<string>;
    readonly privateKeyPem: pulumi.Output<string>;
    readonly validityEndTime: pulumi.Output<string>;
}

/** A root, whose key may be elsewhere. */
type Root = Omit<Authority, "privateKeyPem"> & Partial<Pick<Authority, "privateKeyPem">>;

/**
 * The stack that holds the mesh's root key and signs an intermediate for each cluster.
 *
 * @param transforms what changes every resource on its way to the engine; nothing by default
 */
export async function certificateStack(
    stack: string,
    settings: CaSettings,
    handover: HandoverClient | undefined,
    transforms: pulumi.ResourceTransform[] = [],
): Promise<Outputs<CaOutputs>> {
    const now = new Date();
    const plan = rootPlan(settings);
    const given = readGivenRoots(stack, settings, now);
    const before = await readCaStack(stack);
    refuse(stack, [...inCommonWith(stack), ...(await otherCertificates(stack, settings, plan, before))]);
    await checkRootChange(stack, settings, plan, given, before);

    const opts = transforms.length > 0 ? { transforms } : {};
    const roots = plan.trusted.map((root) => buildRoot(root, settings, plan, given, now, opts));
    const signing = roots.find(({ name }) => name === plan.signing.name)?.root;
    if (signing === undefined) throw new Error(`"${plan.signing.name}" is none of the trusted roots.`);
    const signed = given.get(plan.signing.name)?.intermediates;
    const intermediates = buildIntermediates(settings, signing, signed, now, opts);
    const trustBundlePem = pulumi
        .all(roots.map(({ root }) => root.certPem))
        .apply((pems) => pems.flatMap(certificatesIn).join(""));
    await foreseeCertificates(handover, intermediates, trustBundlePem);
    const byCluster = <T>(value: (ca: Authority) => T) =>
        Object.fromEntries(intermediates.map(({ cluster, ca }) => [cluster, value(ca)]));
    const daysLeft = (end: pulumi.Output<string>) => end.apply((text) => daysUntil(text, now));
    const former = formerRoots(before, plan);
    return {
        contractVersion,
        rootCertPem: signing.certPem,
        trustBundlePem,
        roots: roots.map(({ name, source, root }) => ({
            name,
            source,
            fingerprint: root.certPem.apply(fingerprint),
            expiry: root.validityEndTime,
            daysLeft: daysLeft(root.validityEndTime),
        })),
        ...(former.length > 0 && { formerRoots: former }),
        signingRoot: plan.signing.name,
        rootExpiry: signing.validityEndTime,
        intermediates: pulumi.secret(byCluster(({ certPem, privateKeyPem }) => ({ certPem, privateKeyPem }))),
        intermediateExpiry: byCluster((ca) => ca.validityEndTime),
        intermediateDaysLeft: byCluster((ca) => daysLeft(ca.validityEndTime)),
        expiryWarningDays: {
            root: settings.rootExpiryWarningDays,
            intermediate: settings.expiryWarningDays,
        },
    };
}

/** Makes a root of the mesh's own, or takes the one that is given. */
function buildRoot(
    root: RootPlan["trusted"][number],
    settings: CaSettings,
    plan: RootPlan,
    given: ReturnType<typeof readGivenRoots>,
    now: Date,
    opts: pulumi.ComponentResourceOptions,
) {
    const { name } = root;
    const known = given.get(name);
    const made: Root = known
        ? taken(known)
        : new RootCa(
              name,
              {
                  // Two roots with one name could be taken for each other.
                  commonName: name === "root" ? "Root CA" : `Root CA ${name}`,
                  keyAlgorithm: settings.keyAlgorithm,
                  organization: settings.organization,
                  validityDays: settings.rootValidityDays,
                  // A root that does not sign yet, or no longer, is one that may still go.
                  protect: settings.protectRoot && root === plan.signing,
              },
              opts,
          );
    warnOfExpiry(`Root "${name}"`, made.validityEndTime, settings.rootExpiryWarningDays, now);
    return { name, source: sourceOf(root), root: made };
}

/**
 * Makes an intermediate for each cluster, or takes those that are given.
 *
 * @param signed what the root has signed where its key is, by cluster
 */
function buildIntermediates(
    settings: CaSettings,
    root: Root,
    signed: GivenRoot["intermediates"],
    now: Date,
    opts: pulumi.ComponentResourceOptions,
) {
    return settings.clusters.map((cluster) => {
        const given = signed?.get(cluster);
        const ca: Authority = given ? taken(given) : signedHere(cluster, root, settings, opts);
        const what = `The intermediate CA of "${cluster}"`;
        warnOfExpiry(what, ca.validityEndTime, settings.expiryWarningDays, now);
        return { cluster, ca };
    });
}

function signedHere(
    cluster: string,
    { certPem, privateKeyPem }: Root,
    { keyAlgorithm, organization, intermediateValidityDays, intermediateRenewalDays }: CaSettings,
    opts: pulumi.ComponentResourceOptions,
): IntermediateCa {
    if (privateKeyPem === undefined)
        throw new Error(`There is no key to sign the intermediate of "${cluster}".`);
    const validity = { validityDays: intermediateValidityDays, renewalDays: intermediateRenewalDays };
    const root = { certPem, privateKeyPem };
    return new IntermediateCa(cluster, { cluster, root, keyAlgorithm, organization, ...validity }, opts);
}

/** A certificate that is given, and its key where that is here. */
function taken(given: KeyPair): Authority;
function taken(given: Pick<GivenRoot, "certPem" | "privateKeyPem">): Root;
function taken({ certPem, privateKeyPem }: Pick<GivenRoot, "certPem" | "privateKeyPem">): Root {
    return {
        certPem: pulumi.output(certPem),
        ...(privateKeyPem !== undefined && { privateKeyPem: pulumi.secret(privateKeyPem) }),
        validityEndTime: pulumi.output(rfc3339(new X509Certificate(certPem).validTo)),
    };
}

function rfc3339(date: string): string {
    return new Date(date).toISOString().replace(/\.\d+/, "");
}
