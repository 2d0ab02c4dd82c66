import { z } from "zod";
import { hostOf } from "../base/names";
import { virtualAddress } from "../base/virtualAddress";
import { allowedFromSchema } from "./allowedFrom";
import { anyLabels, dnsLabel, duplicates, labels, tcpPort } from "./fields";
import { suffixSchema } from "./suffixes";

const portSchema = z.strictObject({
    /** Istio's port name, such as `http1`. */
    name: dnsLabel,
    /** Port that clients call. */
    number: tcpPort,
    /** Port that the pods listen on; the same as `number` by default. */
    targetPort: tcpPort.optional(),
    /** Protocol as Istio names it. UDP can't pass a gateway that routes by TLS server name. */
    protocol: z.enum(["HTTP", "HTTP2", "GRPC", "TCP", "TLS", "HTTPS", "MONGO"], {
        error: "must be HTTP, HTTP2, GRPC, TCP, TLS, HTTPS or MONGO",
    }),
});

/** Labels by name of the version. Istio takes no other names. */
const subsetsSchema = z.record(z.string(), anyLabels).superRefine((subsets, context) => {
    for (const name of Object.keys(subsets)) {
        const problem = dnsLabel.safeParse(name).error?.issues[0];
        if (problem) context.addIssue({ code: "custom", path: [name], message: problem.message });
    }
});

/** One entry of the key `exports`. */
export const exportSchema = z
    .strictObject({
        /** Name of the service. Its mesh-wide host is `SERVICE.NAMESPACE.SUFFIX`. */
        service: dnsLabel,
        /** Namespace of its pods. */
        namespace: dnsLabel,
        /** Suffix of its mesh-wide host, one of `mesh.suffixes`; the first of them by default. */
        suffix: suffixSchema.optional(),
        /** Ports that clients call. */
        ports: z.array(portSchema).min(1, "must name at least one port"),
        /** Labels of the pods. */
        selector: labels,
        /** Service account of the pods, which importers pin. */
        serviceAccount: dnsLabel,
        /**
         * Versions that importers may choose, by name: the labels of their pods besides `selector`. No label means all
         * pods, which makes the cluster as a whole a version.
         */
        subsets: subsetsSchema.default({}),
        /** IPv4 address that the host resolves to in every cluster; computed from the host name by default. */
        virtualAddress: z.string().optional(),
        /** Team that answers for it, one of `teams`. In a team's file it is that team. */
        owner: dnsLabel.optional(),
        /** Who may call it, from this cluster and from others. Everybody by default. */
        allowedFrom: allowedFromSchema.optional(),
    })
    .superRefine(({ ports }, context) => {
        for (const name of duplicates(ports.map((port) => port.name))) {
            context.addIssue({
                code: "custom",
                path: ["ports"],
                message: `names port "${name}" more than once; rename one`,
            });
        }
        for (const number of duplicates(ports.map((port) => String(port.number)))) {
            context.addIssue({
                code: "custom",
                path: ["ports"],
                message: `has port ${number} more than once; remove one`,
            });
        }
    });

export type ExportSettings = z.infer<typeof exportSchema>;

/**
 * An export's host, and the virtual address that it is known by.
 *
 * @param suffix the mesh's own, for an export that names none
 */
export function exportAddress(
    entry: ExportSettings,
    suffix: string,
): { host: string; virtualAddress: string } {
    const host = hostOf(entry, suffix);
    return { host, virtualAddress: entry.virtualAddress ?? virtualAddress(host) };
}
