import type { ServicePort } from "./contract";

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
function portsText({ ports }: Side): string {
    return ports
        .map(({ name, number, protocol }) => `${name} ${number} ${protocol}`)
        .sort()
        .join(", ");
}
