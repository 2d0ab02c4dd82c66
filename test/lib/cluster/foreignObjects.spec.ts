import assert from "node:assert/strict";
import { ownerAnnotation } from "../../../lib/base/ownership";
import { foreignObjects, type ObjectFacts } from "../../../lib/cluster/foreignObjects";
import { serviceKinds } from "../../../lib/cluster/wantedObjects";
import { parseConfig } from "../../../lib/config/parse";
import { cluster, httpbin, type Raw, wanted } from "../../support/stackFile";

const owner = "organization/istio-multicluster/cluster1";
const host = "httpbin.bar.global";

function object(
    place: string,
    {
        spec,
        by = "kubectl-create",
        annotations = {},
    }: Partial<ObjectFacts> & {
        readonly by?: string;
        readonly annotations?: Readonly<Record<string, string>>;
    } = {},
): ObjectFacts {
    const [kind = "", namespace = "", name = ""] = place.split(/[ /]/);
    const status = { manager: "pilot-discovery", subresource: "status" };
    const managedFields = [{ manager: by }, status];
    return { kind, metadata: { name, namespace, annotations, managedFields }, ...(spec && { spec }) };
}

function findings(raw: Raw, there: readonly ObjectFacts[], known: readonly string[] = []) {
    const result = parseConfig("cluster1", { cluster, ...raw });
    assert.ok(result.kind === "cluster", JSON.stringify(result));
    const { problems, warnings } = foreignObjects(result.settings, there, owner, known);
    return { problems, warnings };
}

const none = { problems: [], warnings: [] };
const exporting = { exports: [{ ...httpbin, allowedFrom: [{ namespace: "foo", serviceAccount: "sleep" }] }] };
const annotate = (what: string) =>
    `If it is this stack's own all the same: kubectl --kubeconfig .lab/cluster1/kubeconfig --context cluster1 -n ${what} ${ownerAnnotation}=${owner}`;

describe("serviceKinds", () => {
    it("are no more than what has to be asked for", () => {
        const kinds = (raw: Raw) => {
            const result = parseConfig("cluster1", { cluster, ...raw });
            assert.ok(result.kind === "cluster");
            return serviceKinds(result.settings);
        };
        const always = ["ServiceEntry", "DestinationRule", "VirtualService"];
        assert.deepEqual(kinds({}), []);
        assert.deepEqual(kinds({ imports: [wanted] }), always);
        assert.deepEqual(kinds(exporting), [...always, "AuthorizationPolicy"]);
    });
});

describe("foreignObjects", () => {
    it("says of each object under a name of ours whose it is, and what to do", () => {
        const there = [
            object(`ServiceEntry bar/${host}`),
            object(`AuthorizationPolicy bar/${host}`, { by: "argocd-controller" }),
            object("Service istio-system/istio-eastwestgateway", { by: "helm" }),
            object("Gateway istio-system/istio-eastwestgateway"),
        ];
        assert.deepEqual(findings(exporting, there), {
            problems: [
                `the ServiceEntry bar/${host} is somebody else's (written by kubectl-create), and exports[0] makes one of that ` +
                    `name; remove it if nobody needs it (kubectl --kubeconfig .lab/cluster1/kubeconfig --context cluster1 -n bar delete serviceentry ${host}), or remove exports[0]. ` +
                    annotate(`bar annotate serviceentry ${host}`),
                `the AuthorizationPolicy bar/${host} is somebody else's (written by argocd-controller), and exports[0] makes ` +
                    `one of that name; remove it if nobody needs it (kubectl --kubeconfig .lab/cluster1/kubeconfig --context cluster1 -n bar delete authorizationpolicy ${host}), or ` +
                    `remove exports[0]. ${annotate(`bar annotate authorizationpolicy ${host}`)}`,
                "the Service istio-system/istio-eastwestgateway is somebody else's (written by helm), and the mesh's gateway " +
                    "has an object of that name; remove it if nobody needs it (kubectl --kubeconfig .lab/cluster1/kubeconfig --context cluster1 -n istio-system delete service " +
                    `istio-eastwestgateway). ${annotate("istio-system annotate service istio-eastwestgateway")}`,
                "the Gateway istio-system/istio-eastwestgateway is somebody else's (written by kubectl-create), and the mesh's " +
                    "gateway has an object of that name; remove it if nobody needs it (kubectl --kubeconfig .lab/cluster1/kubeconfig --context cluster1 -n istio-system delete " +
                    "gateway.networking.istio.io istio-eastwestgateway). " +
                    annotate("istio-system annotate gateway.networking.istio.io istio-eastwestgateway"),
            ],
            warnings: [],
        });
    });

    it("knows what another stack has made, and takes what Pulumi has written without a mark for its own", () => {
        const place = `ServiceEntry bar/${host}`;
        for (const by of ["pulumi-kubernetes", "pulumi-kubernetes-0c5d1c2f", "pulumi-resource-kubernetes"])
            assert.deepEqual(findings(exporting, [object(place, { by })]), none);
        for (const mine of [owner, owner.replace("organization", "me")])
            assert.deepEqual(
                findings(exporting, [object(place, { annotations: { [ownerAnnotation]: mine } })]),
                none,
            );
        const other = object(place, {
            by: "pulumi-kubernetes-0c5d1c2f",
            annotations: { [ownerAnnotation]: "organization/istio-multicluster/east" },
        });
        assert.match(
            findings(exporting, [other]).problems.join(),
            /^the ServiceEntry bar\/httpbin\.bar\.global belongs to the stack organization\/istio-multicluster\/east, and /,
        );
    });

    it("has nothing against other kinds, names and namespaces", () => {
        const there = [
            object(`DestinationRule bar/${host}`),
            object(`ServiceEntry foo/${host}`),
            object("Service bar/istio-eastwestgateway"),
        ];
        assert.deepEqual(findings(exporting, there), none);
    });

    it("refuses an entry of another name with a host of ours, and warns where that is there for long or seen by few", () => {
        const entry = (exportTo?: string[]) =>
            object("ServiceEntry shop/legacy", {
                spec: { hosts: ["a.test", host], ...(exportTo && { exportTo }) },
            });
        const begin = `ServiceEntry shop/legacy is somebody else's (written by kubectl-create), and has the host ${host} of exports[0]`;
        assert.deepEqual(findings(exporting, [entry()]), {
            problems: [
                `the ${begin}; of two entries of one host Istio takes the older one, so calls would not go to the mesh: take ` +
                    "the host out of it (kubectl --kubeconfig .lab/cluster1/kubeconfig --context cluster1 -n shop edit serviceentry legacy), or remove exports[0]",
            ],
            warnings: [],
        });
        assert.deepEqual(findings(exporting, [entry()], [host]), {
            problems: [],
            warnings: [
                `The ${begin}: calls may go by it and not to the mesh (kubectl --kubeconfig .lab/cluster1/kubeconfig --context cluster1 -n shop edit serviceentry legacy).`,
            ],
        });
        assert.deepEqual(findings(exporting, [entry(["."])]), {
            problems: [],
            warnings: [
                `The ${begin} in the namespace shop: calls may go by it and not to the mesh (kubectl --kubeconfig .lab/cluster1/kubeconfig --context cluster1 -n shop edit serviceentry legacy).`,
            ],
        });
    });

    it("refuses a second routing of a host that is routed here, and tells of any other", () => {
        const service = object("VirtualService shop/cart", { spec: { hosts: ["cart.shop.global"] } });
        const begin =
            "VirtualService shop/cart is somebody else's (written by kubectl-create), and routes calls to cart.shop.global";
        assert.deepEqual(findings({ imports: [{ ...wanted, routes: [{ to: { v1: 1 } }] }] }, [service]), {
            problems: [
                `the ${begin}, for which imports[0] makes one too; Istio takes one for each host, the older: take the host out ` +
                    "of it (kubectl --kubeconfig .lab/cluster1/kubeconfig --context cluster1 -n shop edit virtualservice cart), or let imports[0] have no routes and one cluster",
            ],
            warnings: [],
        });
        assert.deepEqual(findings({ imports: [wanted] }, [service]), {
            problems: [],
            warnings: [
                `The ${begin}; see that this is meant (kubectl --kubeconfig .lab/cluster1/kubeconfig --context cluster1 -n shop edit virtualservice cart).`,
            ],
        });
        const ofGateway = object("VirtualService shop/cart", {
            spec: { hosts: ["cart.shop.global"], gateways: ["shop/public"] },
        });
        assert.deepEqual(findings({ imports: [wanted] }, [ofGateway]), none);
        for (const ofRule of ["cart.shop.global", "*.shop.global"]) {
            const rule = object("DestinationRule shop/cart", { spec: { host: ofRule } });
            assert.deepEqual(findings({ imports: [wanted] }, [rule]), {
                problems: [],
                warnings: [
                    "The DestinationRule shop/cart is somebody else's (written by kubectl-create), and has settings for " +
                        `${ofRule}, which may take the place of the mesh's own, mutual TLS among them; see that this is ` +
                        "meant (kubectl --kubeconfig .lab/cluster1/kubeconfig --context cluster1 -n shop edit destinationrule cart).",
                ],
            });
        }
    });
});
