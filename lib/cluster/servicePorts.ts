import { declaredProtocol } from "../istio/protocols";
import type { LivePod, LivePort, LiveService } from "./liveService";

/** A port of an export. */
export interface ExportPort {
    readonly name: string;
    readonly number: number;
    readonly targetPort?: number;
    readonly protocol: string;
}

/** The ports of a Service that are to be exported, and clauses about what can't be. */
export function chosenPorts(
    { spec }: LiveService,
    wanted: readonly string[] | undefined,
): { readonly ports: readonly LivePort[]; readonly problems: readonly string[] } {
    const ports = spec.ports ?? [];
    const isMeant = (port: LivePort) => wanted?.some((each) => [port.name, String(port.port)].includes(each));
    const missing = (wanted ?? []).filter(
        (each) => !ports.some((port) => [port.name, String(port.port)].includes(each)),
    );
    const taken = ports.filter((port) => isMeant(port) ?? true);
    const other = taken.filter(({ protocol = "TCP" }) => protocol !== "TCP");
    const tcp = ports.filter(({ protocol = "TCP" }) => protocol === "TCP").map(portText);
    const way =
        tcp.length === 0
            ? "it has no port that can be exported"
            : `leave it out by naming the others: --ports ${tcp.join(",")}`;
    return {
        ports: taken.filter((port) => !other.includes(port)),
        problems: [
            ...missing.map(
                (each) => `has no port ${each}; it has ${ports.map(portText).join(", ") || "none"}`,
            ),
            ...other.map(
                (port) =>
                    `has the ${port.protocol ?? ""} port ${portText(port)}, and only TCP passes a gateway that routes by TLS ` +
                    `server name; ${way}`,
            ),
            ...(ports.length === 0 ? ["has no port; give it one"] : []),
        ],
    };
}

/** A port by its name, or by its number where it has none. */
function portText({ name, port }: LivePort): string {
    return name ?? String(port);
}

/** A port of an export, or why it can't be one. */
export type ReadPort = { readonly problem: string } | { readonly entry: ExportPort; readonly note?: string };

/** A port as an export has it. */
export function portOf(port: LivePort, pods: readonly LivePod[]): ReadPort {
    const { port: number, targetPort = number } = port;
    const numbers = typeof targetPort === "number" ? [targetPort] : numbersOf(targetPort, pods);
    const [target] = numbers;
    if (target === undefined)
        return pods.length === 0
            ? {
                  problem: `has port ${portText(port)} on ${targetPort}, a name that only a running pod explains`,
              }
            : {
                  problem:
                      `has port ${portText(port)} on ${targetPort}, which no container of its pods calls a port; correct ` +
                      `targetPort, or name the container's port`,
              };
    if (numbers.length > 1)
        return {
            problem:
                `has port ${portText(port)} on ${targetPort}, which is ${numbers.join(" in some of its pods and ")} in ` +
                `others, and an export has one number; make it the same in all`,
        };
    const declared = declaredProtocol(port);
    const protocol = declared ?? "TCP";
    return {
        entry: {
            name: port.name ?? `${protocol.toLowerCase()}-${number}`,
            number,
            ...(target !== number && { targetPort: target }),
            protocol,
        },
        ...(declared === undefined && {
            note:
                `Port ${portText(port)} declares no protocol, neither by appProtocol nor by its name, so it is exported as TCP, ` +
                `which carries any. Where it speaks HTTP, write that: the mesh then sees single calls.`,
        }),
    };
}

/** The numbers of a container's port by its name, over all pods. */
function numbersOf(name: string, pods: readonly LivePod[]): readonly number[] {
    const found = pods.flatMap(({ spec }) =>
        [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ ports = [] }) =>
            ports
                .filter((port) => port.name === name && (port.protocol ?? "TCP") === "TCP")
                .map(({ containerPort }) => containerPort),
        ),
    );
    return [...new Set(found)].sort((a, b) => a - b);
}
