import type { dynamic } from "@pulumi/pulumi";
import { isSameAccess } from "../kube/access";
import { waitForWebhook } from "../kube/istiodWebhook";
import type { ClusterAccess } from "../kube/kubectl";
import { endWithEngine } from "./engineWatch";
import { withoutStack } from "./withoutStack";

/** What the resource is told. Kept in the state, so that a later version of this file must still understand it. */
export interface IstiodAnswersInputs extends ClusterAccess {
    /** Namespace in which objects of Istio's may be tried. */
    readonly namespace: string;
}

/** The provider that Pulumi's host of dynamic providers loads. */
export const provider = {
    diff(_id, olds, news) {
        const changes = !isSameAccess(olds, news) || olds.namespace !== news.namespace;
        return Promise.resolve({ changes });
    },
    create: (inputs) =>
        withoutStack(async () => {
            await waitForWebhook(inputs, inputs.namespace);
            return { id: "istiod answers", outs: inputs };
        }),
    update: (_id, _olds, news) => Promise.resolve({ outs: news }),
    delete: () => Promise.resolve(),
} satisfies dynamic.ResourceProvider<IstiodAnswersInputs, IstiodAnswersInputs>;

endWithEngine();
