import type { Mesh } from "../../plan";
import { Problem } from "../../problem";
import type { DestroyOptions, DestroyStacks } from "./options";

/**
 * Says what a destroy that gives up clusters does, before it does it, or undefined where it gives up none: it destroys the
 * others as any destroy does.
 *
 * @throws Problem when a cluster is to be given up that is not to be destroyed
 */
export function abandonSentence(
    stacks: Pick<DestroyStacks, "resources">,
    mesh: Mesh,
    { clusters, abandoned }: DestroyOptions,
): string | undefined {
    if (abandoned.length === 0) return undefined;
    const scope = clusters ?? mesh.clusters;
    const outside = abandoned.filter((name) => !scope.includes(name));
    if (outside.length > 0)
        throw new Problem(`--abandon names ${outside.join(", ")}, which --clusters leaves out.`);
    const counted = (stack: string) => `${stack} (${stacks.resources(stack)} resources)`;
    const others = scope.filter((name) => !abandoned.includes(name)).map(counted);
    if (clusters === undefined) others.push(`the certificates, stack ${counted(mesh.ca)}`);
    return (
        `Forgets ${abandoned.map(counted).join(", ")} and leaves what is there. ` +
        (others.length === 0 ? "Touches no other stack." : `Destroys: ${others.join("; ")}.`)
    );
}
