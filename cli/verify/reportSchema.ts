import { z } from "zod";

const time = z.iso.datetime({ offset: true });
const cluster = z.string().describe("Name of the cluster's stack.");

const check = z.object({
    name: z
        .string()
        .describe("Layer of the call's way: cluster DNS, GlobalDns, sidecar, gateway, call; or import."),
    status: z
        .enum(["passed", "failed", "skipped", "not tried"])
        .describe("not tried: a layer before it has failed."),
    detail: z.string().describe("What was seen; empty for a layer that was not tried."),
    hint: z.string().optional().describe("What to do about this layer, where no cause is found."),
    isUntried: z
        .literal(true)
        .optional()
        .describe(
            "Failed for want of a tool in the pod that asks, or of a right, which says nothing about calls.",
        ),
    isAnswered: z.literal(true).optional().describe("The workload's own side has answered."),
});

const finding = z.object({
    code: z
        .string()
        .regex(/^[a-z]+(-[a-z]+)*$/)
        .describe(
            "Kind of the cause, a code of docs/doctor.md. Codes stay what they are; further ones may come.",
        ),
    cluster: cluster.describe("Cluster that the cause is in."),
    cause: z.string().describe("One sentence."),
    evidence: z.array(z.string()).readonly().describe("What it was concluded from."),
    next: z.string().describe("What to do about it."),
    since: time.optional().describe("When it began, where an object tells."),
});

const notRead = z.object({
    cluster,
    what: z.string().describe("What could not be looked at."),
    reason: z.string().describe("Why not."),
});

const lastUp = z.object({
    stack: z.string(),
    at: time.describe("When it ended."),
    commit: z.string().optional().describe("Commit that it was run from, where Pulumi could tell."),
    author: z.string().optional().describe("Author of that commit."),
    isDirty: z.literal(true).optional().describe("Its files were not all as in that commit."),
});

const report = z.object({
    cluster: cluster.describe("Cluster that calls."),
    host: z.string().describe("Host that is called."),
    from: z.string().describe("Cluster that exports the host, or several with commas between."),
    owner: z
        .string()
        .optional()
        .describe("Team that answers for the import, or for the cluster's own export."),
    port: z.int().min(1).max(65535).optional().describe("Left out where no port could be called."),
    passed: z.boolean().describe("Whether the call passed. What could not be looked at has not."),
    line: z.string().describe("The same in a line for people."),
    checks: z.array(check).readonly().describe("Layers in the order in which a call passes them."),
    findings: z
        .array(finding)
        .readonly()
        .optional()
        .describe(
            "Causes, what to mend first on top; empty where none was found, left out where the call passed.",
        ),
    notLookedAt: z.array(notRead).readonly().optional(),
    lastUps: z.array(lastUp).readonly().optional().describe("Last good update of the stacks at either end."),
    next: z.string().optional().describe("What to do where findings is empty."),
    isFromOutside: z
        .literal(true)
        .optional()
        .describe("The call could not be made: findings are what it would fail by, as seen from outside."),
});

/** What `mesh verify --json` prints. Fields and codes may be added; none is taken away, renamed or given another meaning. */
export const reportsSchema = z.array(report).readonly();
