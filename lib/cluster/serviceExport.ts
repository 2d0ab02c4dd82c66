import type { ConfigProblem } from "../base/problem";
import { hasSidecar, isThere } from "./livePods";
import type { LivePod, LiveService } from "./liveService";
import { chosenPorts, type ExportPort, portOf } from "./servicePorts";

/** An export as a file has it, in the order of its keys. */
export interface NewExport {
    readonly service: string;
    readonly namespace: string;
    readonly selector: Readonly<Record<string, string>>;
    readonly serviceAccount: string;
    readonly ports: readonly ExportPort[];
}

/** What can be exported of a Service. */
export type Exportable =
    | { readonly entry: NewExport; readonly notes: readonly string[] }
    | { readonly problems: readonly ConfigProblem[] };

/**
 * The export that a Service and its pods make, or why they make none.
 *
 * @param pods those that have its labels
 * @param wanted names or numbers of the ports to export; all of them by default
 */
export function exportOf(
    service: LiveService,
    pods: readonly LivePod[],
    wanted?: readonly string[],
): Exportable {
    const path = `Service ${service.metadata.namespace}/${service.metadata.name}`;
    const message = wholeProblem(service);
    if (message !== undefined) return { problems: [{ path, message }] };
    const alive = pods.filter(isThere);
    const chosen = chosenPorts(service, wanted);
    const ports = chosen.ports.map((port) => portOf(port, alive));
    const accounts = [...new Set(alive.map(({ spec }) => spec.serviceAccountName ?? "default"))].sort();
    const problems = [
        ...chosen.problems,
        ...ports.flatMap((port) => ("problem" in port ? [port.problem] : [])),
        ...accountProblems(service, accounts),
    ].map((each) => ({ path, message: each }));
    const [serviceAccount] = accounts;
    if (problems.length > 0 || serviceAccount === undefined) return { problems };
    const read = ports.flatMap((port) => ("entry" in port ? [port] : []));
    const { name, namespace } = service.metadata;
    return {
        entry: {
            service: name,
            namespace,
            selector: service.spec.selector ?? {},
            serviceAccount,
            ports: read.map(({ entry }) => entry),
        },
        notes: [...read.flatMap(({ note }) => note ?? []), ...sidecarNotes(alive)],
    };
}

/** What keeps a Service from being exported at all, whatever its ports. */
function wholeProblem({ spec }: LiveService): string | undefined {
    if (spec.type === "ExternalName")
        return (
            `stands for ${spec.externalName ?? "another name"}, outside of the cluster (ExternalName), so that no pod of ` +
            `this cluster answers for it; let callers use that name, or export the Service that is behind it`
        );
    if (Object.keys(spec.selector ?? {}).length === 0)
        return (
            "has no selector: its endpoints are written by hand, and an export goes by the labels of pods; give it a " +
            "selector, or export a Service that has one"
        );
    if (spec.clusterIP === "None")
        return (
            "is headless (clusterIP: None): its name stands for each pod by itself, and a mesh-wide name for all of them; " +
            "make a second Service with the same selector and a cluster IP, and export that"
        );
    return undefined;
}

function accountProblems({ spec }: LiveService, accounts: readonly string[]): readonly string[] {
    if (accounts.length === 1) return [];
    if (accounts.length > 1)
        return [
            `has pods of several service accounts, ${accounts.join(" and ")}, and callers pin one; run all as one, or export a ` +
                `Service for each`,
        ];
    const labels = Object.entries(spec.selector ?? {}).map(([key, value]) => `${key}=${value}`);
    return [
        `has no running pod with ${labels.join(",")}, whose service account callers would pin; start one, or correct the selector`,
    ];
}

function sidecarNotes(pods: readonly LivePod[]): readonly string[] {
    const bare = pods.filter((pod) => !hasSidecar(pod));
    return bare.length === 0
        ? []
        : [
              `${bare.map(({ metadata }) => metadata.name).join(", ")} ${bare.length === 1 ? "has" : "have"} no sidecar, so that no ` +
                  `call from another cluster gets there: label the namespace for injection and restart.`,
          ];
}
