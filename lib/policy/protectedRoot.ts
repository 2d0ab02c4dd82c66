import type { Judged, Rule } from "./rule";

const parts: Readonly<Record<string, { readonly what: string; readonly from: string }>> = {
    "tls:index/privateKey:PrivateKey": { what: "key", from: "caPrivateKeyPem" },
    "tls:index/selfSignedCert:SelfSignedCert": { what: "certificate", from: "caCertPem" },
};
const intermediate = "tls:index/locallySignedCert:LocallySignedCert";

/** Of several roots only the one that signs has to stay: the others come, or go. */
export const protectedRoot: Rule = {
    name: "protected-root",
    description: "In production nobody can delete the root that signs.",
    concerns: (type) => type in parts || type === intermediate,
    judgeAll: (resources, { policy: { production } }) => {
        if (!production) return [];
        const signed = resources.filter(({ type }) => type === intermediate);
        const signs = ({ urn }: Judged, from: string) =>
            signed.some(({ sources }) => sources?.[from]?.includes(urn) === true);
        return resources.flatMap((resource) => {
            const part = parts[resource.type];
            if (part === undefined || resource.isProtected || !signs(resource, part.from)) return [];
            const sentence =
                `The root's ${part.what} is not protected, so an update or a destroy could take away what every cluster trusts; ` +
                `remove ca.protectRoot from the stack's file, or make it true.`;
            return [{ urn: resource.urn, sentence }];
        });
    },
};
