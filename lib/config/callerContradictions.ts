import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { ConfigProblem } from "../base/problem";
import { podPorts } from "../istio/objects";
import type { ExportSettings } from "./exports";

/** Values of the istiod chart that make trust domains one, where an export tells callers apart by them. */
export function aliasContradictions(
    exports: readonly ExportSettings[],
    istiodValues: Readonly<Record<string, unknown>>,
): readonly ConfigProblem[] {
    const byCluster = exports.some(({ allowedFrom = [] }) =>
        allowedFrom.some(({ cluster }) => cluster !== undefined),
    );
    const aliases = aliasValues.safeParse(istiodValues).data?.meshConfig?.trustDomainAliases ?? [];
    if (!byCluster || aliases.length === 0) return [];
    const message =
        "makes several trust domains one, so that exports could not let in the callers of one cluster alone; remove it, " +
        "and name the trust domains in mesh.acceptedTrustDomains";
    return [{ path: "istio.values.meshConfig.trustDomainAliases", message }];
}

const aliasValues = z.object({
    meshConfig: z.object({ trustDomainAliases: z.array(z.unknown()).optional() }).optional(),
});

/**
 * Exports that reach the same port of the same pods, but let in different callers. A sidecar knows the pod's port and not
 * the mesh-wide name that was called, so it can't treat the two differently.
 *
 * @param hosts mesh-wide hosts, in the order of the exports
 */
export function callerContradictions(
    exports: readonly ExportSettings[],
    hosts: readonly string[],
): readonly ConfigProblem[] {
    return exports.flatMap((entry, index) =>
        exports.slice(0, index).flatMap((other, otherIndex) => {
            const port = sharedPort(other, entry);
            if (port === undefined || isDeepStrictEqual(entry.allowedFrom, other.allowedFrom)) return [];
            const message =
                `is not the same as exports[${otherIndex}].allowedFrom, but ${hosts[index] ?? ""} and ` +
                `${hosts[otherIndex] ?? ""} are port ${port} of the same pods, where a call for the one can't be told ` +
                `from a call for the other; make the two equal`;
            return [{ path: `exports[${index}].allowedFrom`, message }];
        }),
    );
}

/** A port that two exports certainly share: every pod of the one is a pod of the other. Undefined where there is none. */
function sharedPort(a: ExportSettings, b: ExportSettings): number | undefined {
    if (
        a.namespace !== b.namespace ||
        !(includes(a.selector, b.selector) || includes(b.selector, a.selector))
    )
        return undefined;
    const ports = podPorts(a.ports);
    return podPorts(b.ports).find((port) => ports.includes(port));
}

function includes(labels: Readonly<Record<string, string>>, some: Readonly<Record<string, string>>): boolean {
    return Object.entries(some).every(([key, value]) => labels[key] === value);
}
