import { z } from "zod";
import { dnsLabelPattern, dnsNamePattern } from "../base/names";

/** A DNS label. */
export const dnsLabel = z
    .string()
    .regex(
        dnsLabelPattern,
        "must be a DNS label: lower-case letters, digits and dashes, 63 characters at most",
    );

/** One or more DNS labels with dots between them. */
export const dnsName = z
    .string()
    .regex(
        dnsNamePattern,
        "must be a DNS name: labels of lower-case letters, digits and dashes with dots between them, 253 characters at most",
    );

/** A TCP port. */
export const tcpPort = z
    .int()
    .min(1, "must be a port from 1 to 65535")
    .max(65535, "must be a port from 1 to 65535");
/** A number of days. */
export const days = z.int().min(1, "must be at least one day");
/** A text that is not empty. */
export const text = z.string().min(1, "must not be empty");
/** The part of a label's key after a prefix, or its value: letters, digits and what may stand between them. */
const labelPart = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
/** The key of a Kubernetes label or annotation: a name, before which a DNS name and a slash may stand. */
function isLabelKey(key: string): boolean {
    const [name = "", prefix, ...more] = key.split("/").reverse();
    return labelPart.test(name) && more.length === 0 && (prefix === undefined || dnsNamePattern.test(prefix));
}
const keyRule =
    "is no key that Kubernetes takes: letters, digits, dashes, underscores and dots, 63 characters at most, that begin and " +
    "end with a letter or a digit; a DNS name and a slash may stand before them";
const labelKey = z.string().refine(isLabelKey, keyRule);
/** Upper case is taken in the DNS name before an annotation's slash, unlike a label's. */
const annotationKey = z.string().refine((key) => isLabelKey(key.toLowerCase()), keyRule);
const labelValue = z
    .string()
    .refine(
        (value) => value === "" || labelPart.test(value),
        "must be a label's value: letters, digits, dashes, underscores and dots, 63 characters at most, that begin and end " +
            "with a letter or a digit",
    );
/** Kubernetes labels. */
export const anyLabels = z.record(labelKey, labelValue);
/** Kubernetes labels that select something. */
export const labels = anyLabels.refine((value) => Object.keys(value).length > 0, {
    message: "must name at least one label, or it would select every pod of the namespace",
});
/** Kubernetes annotations. */
export const annotations = z.record(annotationKey, z.string());
/** A range of addresses. */
export const cidr = z.union([z.cidrv4(), z.cidrv6()], { error: "must be a CIDR range such as 10.96.0.0/12" });
/** A tree of Helm values. */
export const values = z.record(z.string(), z.unknown());

/** What is in a list more than once, each once. */
export const duplicates = (items: readonly string[]): readonly string[] => [
    ...new Set(items.filter((item, index) => items.indexOf(item) !== index)),
];

/** A number of pods. */
export const replicas = z.int().min(1, "must be at least 1").default(1);
