import { endWithEngine } from "./engineWatch";
import { setTimeout as pause } from "node:timers/promises";
import type { dynamic } from "@pulumi/pulumi";
import { isSameAccess } from "../kube/access";
import { type ClusterAccess, getJson, kubectl, unlessAbsent } from "../kube/kubectl";
import { mayAbandon } from "../kube/unreachable";
import { withoutStack } from "./withoutStack";

/** Config maps that istiod writes into each namespace (istio/istio, pilot/pkg/features: PILOT_CA_CERT_CONFIGMAP, PILOT_CRL_CONFIGMAP). */
const names = ["istio-ca-root-cert", "istio-ca-crl"];

/** Label that istiod gives them. */
const selector = `labelSelector=${encodeURIComponent("istio.io/config=true")}`;

const istiod = `labelSelector=${encodeURIComponent("app=istiod")}`;

/** Seconds for which the last pod of istiod may take to end; its own grace period is 30. */
const endSeconds = 40;

interface List {
    readonly items: readonly { readonly metadata: { readonly name: string; readonly namespace: string } }[];
}

async function deleteLeftovers(access: ClusterAccess): Promise<void> {
    const end = Date.now() + endSeconds * 1000;
    while ((await getJson<List>(access, `/api/v1/pods?${istiod}`)).items.length > 0) {
        const others = await getJson<List>(access, `/apis/apps/v1/deployments?${istiod}`);
        if (others.items.length > 0 || Date.now() > end) return;
        await pause(500);
    }
    const { items } = await getJson<List>(access, `/api/v1/configmaps?${selector}`);
    const paths = items
        .filter(({ metadata }) => names.includes(metadata.name))
        .map(({ metadata: { namespace, name } }) => `/api/v1/namespaces/${namespace}/configmaps/${name}`);
    // A namespace that is on its way out takes its own along.
    await Promise.all(paths.map((path) => unlessAbsent(kubectl(access, ["delete", "--raw", path]))));
}

/** The provider that Pulumi's host of dynamic providers loads. */
export const provider = {
    diff(_id, olds, news) {
        return Promise.resolve({ changes: !isSameAccess(olds, news) });
    },
    create: (inputs) => Promise.resolve({ id: "istiod's config maps", outs: inputs }),
    update: (_id, _olds, news) => Promise.resolve({ outs: news }),
    delete: (_id, access) =>
        withoutStack(async () => {
            try {
                await deleteLeftovers(access);
            } catch (error) {
                if (!mayAbandon(error)) throw error;
            }
        }),
} satisfies dynamic.ResourceProvider<ClusterAccess, ClusterAccess>;

endWithEngine();
