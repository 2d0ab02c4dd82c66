import { z } from "zod";
import { isAddress } from "../addresses";
import { replicas } from "./fields";

/** The east-west gateway, key `gateway`. */
export const gatewaySchema = z
    .strictObject({
        /** Type of the gateway's Service. */
        type: z
            .enum(["NodePort", "LoadBalancer"], { error: "must be NodePort or LoadBalancer" })
            .default("NodePort"),
        /** Fixed node port; Kubernetes assigns one by default. */
        nodePort: z
            .int()
            .min(1, "must be a port from 1 to 65535")
            .max(65535, "must be a port from 1 to 65535")
            .optional(),
        /** Which address of the nodes the other clusters can reach. */
        nodeAddressType: z
            .enum(["InternalIP", "ExternalIP"], { error: "must be InternalIP or ExternalIP" })
            .default("InternalIP"),
        /** Addresses to tell the other clusters instead of those that Kubernetes reports. */
        addresses: z
            .array(z.string().refine(isAddress, "must be an IP address or a host name, without a port"))
            .min(1, "must name at least one address, or be left out")
            .optional(),
        replicas,
    })
    .superRefine((gateway, context) => {
        if (gateway.nodePort !== undefined && gateway.type !== "NodePort") {
            context.addIssue({
                code: "custom",
                path: ["nodePort"],
                message: `is set, but type is ${gateway.type}; remove it, or set type to NodePort`,
            });
        }
    });
