import type { PreviewReport } from "../cli/commands/preview";
import { kindOf, type ObjectChange } from "../cli/engine/objectChange";

/** Objects that time, nodes and balancers change by themselves: by type, how, and which of their properties. */
const kinds: readonly { readonly type: RegExp; readonly ops: readonly string[]; readonly paths: RegExp }[] = [
    // An intermediate that is due.
    {
        type: /^tls:index\/locallySignedCert:LocallySignedCert$/,
        ops: ["update", "replace"],
        paths: /^readyForRenewal$/,
    },
    // What a cluster's control plane signs with follows it.
    { type: /^kubernetes:core\/v1:Secret$/, ops: ["update"], paths: /^(data|stringData)$/ },
    // Where another cluster's gateway is now.
    {
        type: /^kubernetes:networking\.istio\.io\/[^:]+:ServiceEntry$/,
        ops: ["update"],
        paths: /^spec\.(endpoints\b|resolution$)/,
    },
];

/** Name of the only Secret that a renewal changes. */
const caCertsSecret = /(^|-)cacerts-secret$/;

/** Whether a step is one that no file causes, as long as the files are those of the last update. */
export function isUpkeep({ op, type, name, properties }: ObjectChange): boolean {
    if (kindOf(type) === "Secret" && !caCertsSecret.test(name)) return false;
    return kinds.some(
        (kind) =>
            kind.type.test(type) &&
            kind.ops.includes(op) &&
            properties.length > 0 &&
            properties.every(({ path }) => kind.paths.test(path)),
    );
}

/** What is foreseen, a line each: of upkeep, and of anything else. */
export function sortedSteps(reports: readonly PreviewReport[]): {
    readonly upkeep: readonly string[];
    readonly others: readonly string[];
} {
    const steps = reports.flatMap(({ stack, planned }) => planned.map((change) => ({ stack, change })));
    const lines = (some: typeof steps) =>
        some
            .map(({ stack, change }) => `- ${stack}: ${change.op} ${kindOf(change.type)} ${change.name}`)
            .sort();
    return {
        upkeep: lines(steps.filter(({ change }) => isUpkeep(change))),
        others: lines(steps.filter(({ change }) => !isUpkeep(change))),
    };
}
