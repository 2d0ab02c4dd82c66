import type { ObjectName } from "../../kube/clusterDns";
import type { ClusterAccess } from "../../kube/kubectl";
import { type Patience, waitForRollout } from "../../kube/rollout";
import { type Expectation, waitForZone } from "../../kube/zoneCheck";

/** The steps that take time, replaceable by tests. */
export interface Waits {
    readonly waitForRollout: (
        access: ClusterAccess,
        target: ObjectName,
        patience?: Patience,
    ) => Promise<void>;
    readonly waitForZone: (
        access: ClusterAccess,
        target: ObjectName,
        expected: Expectation,
        limitSeconds: number,
    ) => Promise<void>;
}

/** The steps as they are in a cluster. */
export const realWaits: Waits = {
    waitForRollout,
    waitForZone: (access, target, expected, limitSeconds) =>
        // A reload takes up to two minutes; each look starts three processes, so the long wait looks less often.
        waitForZone(access, target, expected, {
            limitSeconds,
            intervalMilliseconds: limitSeconds > resolveSeconds ? 2000 : 400,
        }),
};

/** Seconds that a preview waits for a cluster before it goes on without having looked. */
export const previewPatienceSeconds = 10;

/** Seconds that an update waits for a cluster's first answer. */
export const firstAnswerSeconds = 20;

/** Seconds for which pods that were just replaced are asked for the zone. */
export const resolveSeconds = 30;

/** How long a destroy waits for the pods that serve the Corefile without the block, and how often it looks. */
export const deletePatience: Patience = { limitSeconds: 45, intervalMilliseconds: 400 };

/** Seconds until an edited ConfigMap has reached the pods (kubelet, 60 + cache) and been reloaded (45), and some more. */
export const reloadSeconds = 150;
