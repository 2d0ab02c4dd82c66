import type { KeyObject } from "node:crypto";
import { certificateOf } from "../certificates/certificates";
import type { Judged, Rule, Standards } from "./rule";

const key = "tls:index/privateKey:PrivateKey";
const root = "tls:index/selfSignedCert:SelfSignedCert";
const intermediate = "tls:index/locallySignedCert:LocallySignedCert";
const dayMs = 24 * 60 * 60 * 1000;

/** A root that is given is seen where it signs. */
export const certificateStrength: Rule = {
    name: "certificate-strength",
    description: "Certificates have keys of a minimum size and end in time.",
    concerns: (type) => [key, root, intermediate].includes(type),
    judge: (resource, standards) => {
        const { type, props } = resource;
        const { maximumRootDays, maximumIntermediateDays } = standards.policy;
        if (type === key) return weakKey(resource, standards);
        if (type === root)
            return tooLong(
                hours(props["validityPeriodHours"]),
                "maximumRootDays",
                maximumRootDays,
                "ca.rootValidityDays",
            );
        return [
            ...tooLong(
                hours(props["validityPeriodHours"]),
                "maximumIntermediateDays",
                maximumIntermediateDays,
                "ca.intermediateValidityDays",
            ),
            ...givenRoot(resource, standards),
        ];
    },
};

const hours = (value: unknown) => (typeof value === "number" ? value / 24 : 0);

function tooLong(found: number, name: string, most: number, setting: string): readonly string[] {
    if (found <= most) return [];
    return [
        `It is valid for more than ${most} days (policy.${name}); lower ${setting} to that, or raise policy.${name}.`,
    ];
}

function weakKey({ props }: Judged, { policy: { minimumRsaBits } }: Standards): readonly string[] {
    const { algorithm, rsaBits, ecdsaCurve } = props;
    const isWeak =
        (algorithm === "RSA" && (typeof rsaBits === "number" ? rsaBits : 2048) < minimumRsaBits) ||
        (algorithm === "ECDSA" && (ecdsaCurve ?? "P224") === "P224");
    return isWeak
        ? [
              `The key has fewer bits than ${minimumRsaBits} of RSA (policy.minimumRsaBits) or 256 of ECDSA; set ca.keyAlgorithm to ` +
                  `ECDSA-P256 or RSA-4096.`,
          ]
        : [];
}

/** The root that an intermediate is signed by. One that the stack makes is judged by itself as well, with the same answer. */
function givenRoot({ props }: Judged, { policy }: Standards): readonly string[] {
    const cert = typeof props["caCertPem"] === "string" ? certificateOf(props["caCertPem"]) : undefined;
    if (cert === undefined) return [];
    const days = (Date.parse(cert.validTo) - Date.parse(cert.validFrom)) / dayMs;
    return [
        ...(isWeak(cert.publicKey, policy.minimumRsaBits)
            ? [
                  `The root that signs it has a key of fewer bits than ${policy.minimumRsaBits} of RSA (policy.minimumRsaBits) or 256 of ` +
                      `ECDSA; give another root as ca.root, in three steps (docs/certificates.md).`,
              ]
            : []),
        ...(days > policy.maximumRootDays
            ? [
                  `The root that signs it is valid for more than ${policy.maximumRootDays} days (policy.maximumRootDays); give another root ` +
                      `as ca.root, in three steps (docs/certificates.md), or raise policy.maximumRootDays.`,
              ]
            : []),
    ];
}

function isWeak(
    { asymmetricKeyType, asymmetricKeyDetails = {} }: KeyObject,
    minimumRsaBits: number,
): boolean {
    if (asymmetricKeyType === "rsa") return (asymmetricKeyDetails.modulusLength ?? 0) < minimumRsaBits;
    return ["secp192r1", "prime192v1", "secp224r1"].includes(asymmetricKeyDetails.namedCurve ?? "");
}
