import type { StepEventMetadata } from "@pulumi/pulumi/automation";
import { z } from "zod";
import type { WaitTarget } from "../../lib/cluster/waiting";

const objectName = z.object({ namespace: z.string().optional(), name: z.string() });
const kubernetesInputs = z.object({ apiVersion: z.string(), kind: z.string(), metadata: objectName });
const stubDomainInputs = z.object({ deployment: objectName });
const restartInputs = z.object({ namespace: z.string(), deployments: z.array(z.string()) });

/** Never read, so that nothing secret is: it is there once it is written. */
const unread = new Set(["Secret"]);

/** The objects of a cluster whose state a step waits for, by the inputs that the engine's event carries. */
export function waitTargets({
    op,
    type,
    old,
    new: current,
}: Pick<StepEventMetadata, "op" | "type" | "old" | "new">): readonly WaitTarget[] {
    const inputs: unknown = (current ?? old)?.inputs;
    if (type.startsWith("kubernetes:")) {
        const { data } = kubernetesInputs.safeParse(inputs);
        if (data === undefined || unread.has(data.kind)) return [];
        const { apiVersion, kind, metadata } = data;
        return [{ apiVersion, kind, ...metadata, isDeleted: op.startsWith("delete") }];
    }
    return ownWaits(type, inputs).map((name) => ({
        apiVersion: "apps/v1",
        kind: "Deployment",
        ...name,
        isDeleted: false,
    }));
}

/** The Deployments that a resource of the project's own waits for. */
function ownWaits(type: string, inputs: unknown): readonly z.infer<typeof objectName>[] {
    if (type.endsWith(":StubDomains")) {
        const { data } = stubDomainInputs.safeParse(inputs);
        return data === undefined ? [] : [data.deployment];
    }
    if (type.endsWith(":IstiodRestart")) {
        const { data } = restartInputs.safeParse(inputs);
        return data?.deployments.map((name) => ({ namespace: data.namespace, name })) ?? [];
    }
    return [];
}

/** Types of the components that a resource belongs to, such as `GlobalDns`, by its URN. */
export function componentsOf(urn: string): readonly string[] {
    const types = urn.split("::")[2]?.split("$") ?? [];
    return types
        .filter((type) => type.startsWith("istio-multicluster:index:"))
        .map((type) => type.slice(type.lastIndexOf(":") + 1));
}
