import type { StubAdapter } from "../base/dnsAdapter";
import { corefileFormat } from "./corefileFormat";
import { customServersFormat } from "./customServers";
import { kubeDnsFormat } from "./kubeDnsConfig";
import { type Contents, type StubFormat, without } from "./stubFormat";

/** The format of each kind of cluster DNS. */
export const stubFormats: Readonly<Record<StubAdapter, StubFormat>> = {
    coredns: corefileFormat,
    "coredns-custom": customServersFormat,
    "kube-dns": kubeDnsFormat,
};

/** Annotation of a ConfigMap that was made here, with the owner as its value. */
const madeBy = "istio-multicluster/made-by";

/** A ConfigMap to make where there is none. */
export function newContents(owner: string): Contents {
    return { data: {}, annotations: { [madeBy]: owner } };
}

/**
 * Takes a stack's part out of a ConfigMap.
 *
 * @returns undefined when the ConfigMap was made here and nothing is left in it
 */
export function withoutStubDomains(
    format: StubFormat,
    contents: Contents,
    zones: readonly string[],
    owner: string,
): Contents | undefined {
    const { data, annotations, ...others } = format.remove(contents, zones, owner);
    if (annotations[madeBy] !== owner) return { data, annotations, ...others };
    const left = [data, others.binaryData ?? {}].some((part) => Object.keys(part).length > 0);
    return left ? { data, annotations: without(annotations, madeBy), ...others } : undefined;
}
