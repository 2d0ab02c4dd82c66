import { endWithEngine } from "./engineWatch";
import type { dynamic } from "@pulumi/pulumi";
import { isSameAccess } from "../kube/access";
import { setTemplateAnnotation } from "../kube/clusterDns";
import { type ClusterAccess, isNotFound } from "../kube/kubectl";
import { waitForRollout } from "../kube/rollout";
import { mayAbandon } from "../kube/unreachable";
import { caAnnotation } from "../lib/istio/existing";
import { withoutStack } from "./withoutStack";

/** What the resource is told. Kept in the state, so that a later version of this file must still understand it. */
export interface IstiodRestartInputs extends ClusterAccess {
    readonly namespace: string;
    readonly deployments: readonly string[];
    readonly owner: string;
    readonly when: "created" | "deleted";
}

/** Sets or removes the annotation and waits until the pods are new; does nothing where that is so already. */
async function restart(inputs: IstiodRestartInputs, value: string | undefined): Promise<void> {
    await Promise.all(
        inputs.deployments.map(async (name) => {
            const target = { namespace: inputs.namespace, name };
            await setTemplateAnnotation(inputs, target, caAnnotation, value);
            await waitForRollout(inputs, target, {
                // A destroy has to end in time whatever istiod does.
                limitSeconds: value === undefined ? 45 : 120,
                intervalMilliseconds: 1000,
            });
        }),
    );
}

/** The provider that Pulumi's host of dynamic providers loads. */
export const provider = {
    diff(_id, olds, news) {
        const changes =
            !isSameAccess(olds, news) ||
            olds.namespace !== news.namespace ||
            olds.owner !== news.owner ||
            olds.deployments.join() !== news.deployments.join();
        return Promise.resolve({ changes });
    },
    async create(inputs) {
        if (inputs.when === "created") await restart(inputs, inputs.owner);
        return { id: `${inputs.namespace}/istiod`, outs: inputs };
    },
    async update(_id, _olds, news) {
        if (news.when === "created") await restart(news, news.owner);
        return { outs: news };
    },
    delete: (_id, props) =>
        withoutStack(async () => {
            if (props.when !== "deleted") return;
            try {
                await restart(props, undefined);
            } catch (error) {
                // Gone with its owner, or with its cluster.
                if (!isNotFound(error) && !mayAbandon(error)) throw error;
            }
        }),
} satisfies dynamic.ResourceProvider<IstiodRestartInputs, IstiodRestartInputs>;

endWithEngine();
