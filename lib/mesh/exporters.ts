import { hostKind } from "../base/addresses";
import type { Balance } from "../config/imports";
import type { GatewayPlace, ServicePort } from "./contract";

/** One exporting cluster of an import. */
export interface Exporter {
    /** Its stack. */
    readonly from: string;
    /** Where its gateway is; undefined where only the run that is going on will tell. */
    readonly gateway?: GatewayPlace;
    /** Whether the command that is going on runs it too, so that its gateway is used only once it serves the host. */
    readonly isRun?: boolean;
    /** Versions behind that gateway. */
    readonly subsets: readonly string[];
    /** `REGION` or `REGION/ZONE`. */
    readonly locality?: string;
}

/** One cluster's view of a host that several clusters export. */
export interface Side {
    /** Name of the cluster. */
    readonly name: string;
    readonly ports: readonly ServicePort[];
    readonly virtualAddress: string;
}

/**
 * What keeps the exports of several clusters from being one service: a caller knows a host by one address and one list of
 * ports.
 *
 * @param path where the import is in the configuration, such as `imports[0]`
 */
export function sameServiceProblems(path: string, host: string, sides: readonly Side[]): readonly string[] {
    const problems: string[] = [];
    const check = (what: string, of: (side: Side) => string, remedy: string) => {
        const [first, ...others] = sides;
        const different = others.find((side) => first && of(side) !== of(first));
        if (first === undefined || different === undefined) return;
        problems.push(
            `${path} takes ${host} to be one service of ${sides.map(({ name }) => name).join(", ")}, but ` +
                `${first.name} exports it with ${what} ${of(first)} and ${different.name} with ${of(different)}; ` +
                `${remedy} in Pulumi.${first.name}.yaml and Pulumi.${different.name}.yaml, or import it from one of them`,
        );
    };
    check("port", portsText, "make the ports the same");
    check("virtual address", ({ virtualAddress }) => virtualAddress, "pin the same virtualAddress");
    return problems;
}

/** The ports in words, in an order of their own: `http1 8000 HTTP`. */
export function portsText({ ports }: Pick<Side, "ports">): string {
    return ports
        .map(({ name, number, protocol }) => `${name} ${number} ${protocol}`)
        .sort()
        .join(", ");
}

/** What keeps an import from preferring the nearest exporter. */
export function localityProblems(
    path: string,
    balance: Balance,
    exporters: readonly Exporter[],
): readonly string[] {
    if (balance !== "nearest") return [];
    return exporters
        .filter(({ locality }) => locality === undefined)
        .map(
            ({ from }) =>
                `${path}.balance is nearest, but ${from} does not say where it is; ` +
                `set cluster.locality in Pulumi.${from}.yaml and update it, or choose failover or spread`,
        );
}

/**
 * What keeps gateways from standing beside the importer's own pods: those go by address, and so must the gateways beside
 * them.
 */
export function addressProblems(
    path: string,
    host: string,
    exporters: readonly Exporter[],
): readonly string[] {
    return exporters.flatMap(({ from, gateway }) =>
        (gateway?.addresses ?? [])
            .filter((address) => hostKind(address) !== "ip")
            .map(
                (address) =>
                    `${path} takes ${host} from ${from}, whose gateway is ${address}, and this cluster exports the ` +
                    `host too; beside own pods a gateway must be an IP address: set gateway.addresses in ` +
                    `Pulumi.${from}.yaml, or remove one of the two`,
            ),
    );
}
