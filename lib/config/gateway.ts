import { z } from "zod";
import { isAddress } from "../base/addresses";
import { annotations, cidr, dnsLabel, replicas, tcpPort } from "./fields";
import { resourcesSchema } from "./resources";

const addressList = z.array(
    z.string().refine(isAddress, "must be an IP address or a host name, without a port"),
);

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
        addresses: addressList.min(1, "must name at least one address, or be left out").optional(),
        /** Port on `addresses`, where it is not the one that the gateway's Service has. */
        port: tcpPort.optional(),
        /** What to tell one other cluster instead, by the name of its stack. The port is the Service's own by default. */
        peerAddresses: z
            .record(
                dnsLabel,
                z.strictObject({
                    /** Addresses to tell that cluster. */
                    addresses: addressList.min(1, "must name at least one address"),
                    /** Port on them; that of the gateway's Service by default. */
                    port: tcpPort.optional(),
                }),
            )
            .default({}),
        /** Annotations of the gateway's Service, which a cloud's load balancer is set up by. */
        annotations: annotations.default({}),
        /** Ranges of addresses that a load balancer takes connections from; any address by default. */
        sourceRanges: z.array(cidr).min(1, "must name at least one range, or be left out").optional(),
        /** Number of its pods. */
        replicas,
        /** What its proxy asks for, and may use at most. */
        resources: resourcesSchema,
    })
    .superRefine((gateway, context) => {
        if (gateway.nodePort !== undefined && gateway.type !== "NodePort") {
            context.addIssue({
                code: "custom",
                path: ["nodePort"],
                message: `is set, but type is ${gateway.type}; remove it, or set type to NodePort`,
            });
        }
        if (gateway.sourceRanges !== undefined && gateway.type !== "LoadBalancer") {
            context.addIssue({
                code: "custom",
                path: ["sourceRanges"],
                message: `is set, but type is ${gateway.type}; remove it, or set type to LoadBalancer`,
            });
        }
        if (gateway.port !== undefined && gateway.addresses === undefined) {
            context.addIssue({
                code: "custom",
                path: ["port"],
                message:
                    "is the port on gateway.addresses, which is not set; set that too, or use nodePort to choose " +
                    "the port on the nodes",
            });
        }
    });

/** The east-west gateway as a stack sets it. */
export type GatewaySettings = z.infer<typeof gatewaySchema>;
