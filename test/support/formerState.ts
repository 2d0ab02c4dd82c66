import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ClusterAccess } from "../../kube/kubectl";
import type { StateResource } from "./engine";
import type { FakeApi } from "./fakeApi";

/** A resource that a state holds, with what its provider is given. */
export interface FormerResource extends StateResource {
    readonly id?: string;
    readonly inputs?: Readonly<Record<string, unknown>>;
}

/**
 * The dynamic resources of stack `one` as Pulumi 3.258.0 wrote them into its state in an update by commit 8ff29ae, with the
 * stack and the provider that they belong to; without the lines of the program that made them. Never to be brought up to
 * date: it stands for the states that users have.
 *
 * @param access the cluster that they are in
 */
export function formerState({ kubeconfig }: ClusterAccess): readonly FormerResource[] {
    const text = readFileSync(join(__dirname, "formerResources.json"), "utf8");
    const { resources } = JSON.parse(text.replaceAll('"KUBECONFIG"', JSON.stringify(kubeconfig))) as {
        readonly resources: readonly FormerResource[];
    };
    return resources;
}

/** The block that the state's StubDomains has put into the Corefile. */
const block = `# BEGIN istio-multicluster zone global owner=organization/istio-multicluster/one
global:53 {
    errors
    cache 30
    forward . 10.91.0.53
}
# END istio-multicluster zone global
`;

const bareCorefile = ".:53 {\n    ready\n    reload\n}\n";

const paths = {
    corefile: "/api/v1/namespaces/kube-system/configmaps/coredns",
    coredns: "/apis/apps/v1/namespaces/kube-system/deployments/coredns",
    istiod: "/apis/apps/v1/namespaces/istio-system/deployments/istiod",
    leftover: "/api/v1/namespaces/default/configmaps/istio-ca-root-cert",
};

/** The cluster that the state of {@link formerState} speaks of, as far as its resources reach. */
export class FormerCluster {
    constructor(private readonly api: FakeApi) {
        api.set("/api/v1/namespaces/kube-system", { metadata: { name: "kube-system", uid: "uid-1" } });
        this.setCorefile(bareCorefile + block);
        api.set(paths.coredns, deployment("coredns", "istio-multicluster/stub-domains", "0123456789ab.7"));
        api.set(
            paths.istiod,
            deployment("istiod", "istio-multicluster/ca", "organization/istio-multicluster/one"),
        );
        const leftover = { metadata: { namespace: "default", name: "istio-ca-root-cert" } };
        api.set(paths.leftover, leftover);
        api.set("/api/v1/configmaps?labelSelector=istio.io%2Fconfig%3Dtrue", { items: [leftover] });
        api.set("/api/v1/pods?labelSelector=app%3Distiod", { items: [] });
    }

    /** Changes the block as somebody would by hand. */
    damage(): void {
        this.setCorefile(bareCorefile + block.replace("10.91.0.53", "10.9.9.9"));
    }

    /** What of the state's resources the cluster still has. */
    left(): Readonly<Record<keyof typeof paths, unknown>> {
        const { data } = this.api.get(paths.corefile) as { readonly data: { readonly Corefile: string } };
        return {
            corefile: data.Corefile,
            coredns: annotationsOf(this.api, paths.coredns),
            istiod: annotationsOf(this.api, paths.istiod),
            leftover: this.api.get(paths.leftover) !== undefined,
        };
    }

    private setCorefile(text: string): void {
        this.api.set(paths.corefile, { metadata: { name: "coredns" }, data: { Corefile: text } });
    }
}

/** What {@link FormerCluster.left} gives after a destroy. */
export const nothingLeft = {
    corefile: bareCorefile,
    coredns: undefined,
    istiod: undefined,
    leftover: false,
};

function annotationsOf(api: FakeApi, path: string): unknown {
    const { spec } = api.get(path) as ReturnType<typeof deployment>;
    return (spec.template.metadata as { readonly annotations?: unknown }).annotations;
}

function deployment(name: string, annotation: string, value: string) {
    return {
        metadata: { name },
        spec: {
            replicas: 2,
            selector: { matchLabels: { app: name } },
            template: { metadata: { labels: { app: name }, annotations: { [annotation]: value } } },
        },
        status: { replicas: 2, updatedReplicas: 2, availableReplicas: 2 },
    };
}
