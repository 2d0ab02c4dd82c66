import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { checkoutDir } from "../lab/paths";
import { inPod, istioDefinitions, onCluster } from "../test/support/cluster";
import { type Ended, runCommand, TemporaryProject } from "../test/support/engine";
import { sleep, succeeded } from "../test/support/labMesh";
import { type Figure, timed } from "./figures";

const clusters = ["cluster1", "cluster2"] as const;
const limit = { limitSeconds: 400 };

/** The mesh of the committed stack files, and the script that makes the same. */
export class Tutorial {
    private readonly project = new TemporaryProject();

    constructor() {
        for (const stack of ["ca", ...clusters]) this.project.useCommittedStack(stack);
    }

    /** Times everything once: the mesh from bare clusters and back, then the script from bare clusters and back. */
    async round(): Promise<Readonly<Record<string, number>>> {
        await this.withoutDefinitions();
        const up = await timed(async () => {
            await this.mesh("up");
            await this.firstAnswer();
        });
        const unchangedUp = await timed(() => this.mesh("up"));
        const unchangedPreview = await timed(() => this.mesh("preview"));
        const preview = await timed(() => this.pulumiPreview());
        const diff = await timed(() => this.helmDiff());
        const destroy = await timed(() => this.mesh("destroy"));
        await this.withoutDefinitions();
        const scriptUp = await timed(() => this.script("up"));
        const scriptDown = await timed(() => this.script("down"));
        return { up, unchangedUp, unchangedPreview, preview, diff, destroy, scriptUp, scriptDown };
    }

    /** Leaves bare clusters, also after a round that failed. */
    async end(): Promise<void> {
        await this.mesh("destroy");
        this.project.remove();
    }

    private async mesh(command: string): Promise<Ended> {
        return succeeded(await this.project.mesh([command], limit));
    }

    private async pulumiPreview(): Promise<void> {
        succeeded(await this.project.pulumi(["preview", "--stack", "cluster1"], limit));
    }

    private async script(command: string): Promise<void> {
        const file = path.join(checkoutDir, "bench/plain.sh");
        succeeded(await runCommand(file, [command], { env: this.project.env, ...limit }));
    }

    /** What a script would have in the place of a preview: Istio's two charts, rendered and compared with the cluster. */
    private async helmDiff(): Promise<void> {
        const render = (release: string, chart: string) =>
            `helm template ${release} .lab/charts/${chart} -n istio-system --set global.hub=lab.local/istio,global.tag=lab`;
        const diff =
            "kubectl --kubeconfig .lab/cluster1/kubeconfig diff --server-side --force-conflicts -f -";
        const line = `(${render("istio-base", "base")}; echo ---; ${render("istiod", "istio-control/istio-discovery")}) | ${diff}`;
        // Exit code 1 says that something differs: the values are not quite the mesh's.
        succeeded(await this.project.run("bash", ["-c", line], limit), [0, 1]);
    }

    private async firstAnswer(): Promise<void> {
        const call =
            "curl -s -o /dev/null -m 3 -w '%{http_code}' http://httpbin.bar.global:8000/headers || true";
        for (let tries = 0; tries < 300; tries++) {
            if ((await inPod("cluster1", sleep, call)).trim() === "200") return;
            await pause(200);
        }
        throw new Error("no 200 after 300 tries");
    }

    /** Takes Istio's definitions away, which a destroy leaves, so that both begin alike. */
    private async withoutDefinitions(): Promise<void> {
        for (const cluster of clusters) {
            const names = await istioDefinitions(cluster);
            if (names.length === 0) continue;
            await onCluster(cluster, ["delete", "customresourcedefinitions", ...names], {
                timeoutSeconds: 120,
            });
        }
    }
}

/** The rows of the table, from the figures of all rounds. */
export function tutorialFigures(rounds: readonly Readonly<Record<string, number>>[]): readonly Figure[] {
    const of = (name: string) => rounds.map((round) => round[name] ?? NaN);
    return [
        {
            row: "up",
            what: "mesh up, bare clusters to the first 200",
            seconds: of("up"),
            peer: { what: "plain.sh up", seconds: of("scriptUp") },
            goal: { ratio: 1.5 },
        },
        {
            row: "destroy",
            what: "mesh destroy",
            seconds: of("destroy"),
            peer: { what: "plain.sh down", seconds: of("scriptDown") },
            goal: { ratio: 1.5 },
        },
        {
            row: "preview",
            what: "pulumi preview of cluster1, unchanged",
            seconds: of("preview"),
            peer: { what: "helm template | kubectl diff, Istio alone", seconds: of("diff") },
            goal: { seconds: 3.5 },
        },
        {
            row: "unchanged up",
            what: "mesh up, unchanged",
            seconds: of("unchangedUp"),
            goal: { seconds: 10 },
        },
        {
            row: "unchanged preview",
            what: "mesh preview, unchanged",
            seconds: of("unchangedPreview"),
            goal: { seconds: 8 },
        },
    ];
}
