import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import {
    type AuthorizationPolicySpec,
    type DestinationRuleSpec,
    type GatewaySpec,
    networkingApiVersion,
    securityApiVersion,
    type ServiceEntrySpec,
    type VirtualServiceSpec,
} from "../lib/istio/types";

/** A specification each field of which may still be on its way. */
export type Fields<T> = { readonly [K in keyof T]: pulumi.Input<T[K]> };

/** An object of Istio's, by kind. */
export type IstioObject = {
    readonly name: string;
    readonly namespace: pulumi.Input<string>;
} & (
    | { readonly kind: "ServiceEntry"; readonly spec: pulumi.Input<Fields<ServiceEntrySpec>> }
    | { readonly kind: "DestinationRule"; readonly spec: pulumi.Input<DestinationRuleSpec> }
    | { readonly kind: "VirtualService"; readonly spec: pulumi.Input<VirtualServiceSpec> }
    | { readonly kind: "Gateway"; readonly spec: pulumi.Input<GatewaySpec> }
    | { readonly kind: "AuthorizationPolicy"; readonly spec: pulumi.Input<AuthorizationPolicySpec> }
);

/**
 * The provider deletes in the foreground by default: Kubernetes then writes a finalizer into the object and takes it out
 * again, and Istio's webhook is asked about the second write. Without an istiod that answers it, the object would stay.
 */
const deleteAtOnce = { "pulumi.com/deletionPropagationPolicy": "background" } as const;

/** Makes an object of Istio's, with the fields of its `spec` checked by the compiler. */
export function istioResource(
    name: string,
    { kind, name: objectName, namespace, spec }: IstioObject,
    opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
    const apiVersion = kind === "AuthorizationPolicy" ? securityApiVersion : networkingApiVersion;
    return new k8s.apiextensions.CustomResource(
        name,
        { apiVersion, kind, metadata: { name: objectName, namespace, annotations: deleteAtOnce }, spec },
        opts,
    );
}
