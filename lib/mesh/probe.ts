import type { Probe } from "./contract";

/** What a pod belongs to that `mesh verify` has started: a Job, in the place of a Deployment's name. */
export function ownWorkload(job: string): string {
    return `job/${job}`;
}

/** Name of the Job of a pod that `mesh verify` has started; undefined for a Deployment's. */
export function ownJob(deployment: string): string | undefined {
    return /^job\/(.*)$/.exec(deployment)?.[1];
}

/** What the pod that asks belongs to, as kubectl takes it. */
export function workloadOf({ deployment }: Pick<Probe, "deployment">): string {
    return ownJob(deployment) === undefined ? `deployment/${deployment}` : deployment;
}
