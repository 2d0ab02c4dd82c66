import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { inProject } from "../kube/providerKubeconfig";

export interface ConnectivityCheckArgs {
    /** The stack whose settings say where the cluster's kubeconfig is, ORGANIZATION/PROJECT/STACK. */
    readonly stack: string;
    /** Name of the context in it. */
    readonly context: string;
    /** Namespace, Deployment and container to call from; the container needs curl. */
    readonly from: { readonly namespace: string; readonly deployment: string; readonly container: string };
    /** URL to call, such as `http://httpbin.bar.global:8000/`. */
    readonly url: string;
    /** Values whose change makes the next update call again. */
    readonly triggers: pulumi.Input<string>[];
}

/** Seconds that a call may keep failing: a sidecar learns of a new host shortly after the host's objects exist. */
const patienceSeconds = 60;

/**
 * Calls an imported service from inside the cluster while the update runs, and fails the update when the call does.
 * Uses `kubectl` on the machine that runs Pulumi.
 */
export class ConnectivityCheck extends pulumi.ComponentResource {
    /** The HTTP status of the call, such as `200`. */
    readonly status: pulumi.Output<string>;

    constructor(name: string, args: ConnectivityCheckArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-multicluster:index:ConnectivityCheck", name, {}, opts);
        const { namespace, deployment, container } = args.from;
        const kubectl = [
            ...["node", inProject("load.js"), inProject("kube/kubectlFor.ts"), args.stack, args.context],
            ...["exec", "-n", namespace, `deployment/${deployment}`, "-c", container, "--"],
        ];
        const curl = [
            ...[
                "curl",
                "--silent",
                "--show-error",
                "--fail",
                "--output",
                "/dev/null",
                "--write-out",
                "%{http_code}",
            ],
            ...["--max-time", "5", "--retry", String(patienceSeconds), "--retry-delay", "1"],
            ...["--retry-max-time", String(patienceSeconds), "--retry-all-errors", args.url],
        ];
        const call = new command.local.Command(
            `${name}-call`,
            {
                create: [...kubectl, ...curl].map(shellQuote).join(" "),
                triggers: args.triggers,
            },
            { parent: this },
        );
        this.status = call.stdout;
        this.registerOutputs({ status: this.status });
    }
}

function shellQuote(word: string): string {
    return /^[\w./:=@%-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
