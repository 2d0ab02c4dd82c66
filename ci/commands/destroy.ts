import * as fs from "node:fs";
import type { ClusterOutputs } from "../../lib/mesh/contract";
import { noteFile, optional, say } from "../job";
import { mesh } from "../mesh";
import { Refusal } from "../problem";

interface Row {
    readonly stack: string;
    readonly outputs?: ClusterOutputs;
}

/** The clusters that are to go; all of them where none is named. */
const chosen = () =>
    optional("CLUSTERS")
        .split(",")
        .filter((name) => name !== "");

/** Says what goes, and who imports it from a cluster that stays. */
export async function leaving(): Promise<void> {
    const file = noteFile("outputs.json");
    const code = await mesh(["outputs", "--json"], file);
    if (code !== 0) throw new Refusal("The outputs of the mesh can't be read; see above.", code);
    const rows = JSON.parse(fs.readFileSync(file, "utf8")) as readonly Row[];
    say(leavingText(rows, chosen()));
}

/** What a destroy of some clusters, or of all, takes away. */
export function leavingText(rows: readonly Row[], clusters: readonly string[]): string {
    const going = rows.filter(({ stack }) => clusters.length === 0 || clusters.includes(stack));
    const staying = rows.filter((row) => !going.includes(row));
    const lines = going.map(({ stack, outputs }) => {
        const hosts = outputs?.exports.map(({ host }) => host) ?? [];
        return `- ${stack}: ${hosts.length > 0 ? `serves ${hosts.join(", ")}` : "serves nothing"}`;
    });
    const used = staying.flatMap(({ stack, outputs }) =>
        (outputs?.imports ?? []).flatMap(({ host, from }) => {
            const gone = from.filter((name) => going.some((row) => row.stack === name));
            return gone.length > 0 ? [`- ${stack} imports ${host} from ${gone.join(", ")}`] : [];
        }),
    );
    return [
        "**This goes:**",
        "",
        ...lines,
        ...(clusters.length === 0 ? ["- the mesh's certificates, its root included"] : []),
        ...(used.length > 0 ? ["", "**Still used by clusters that stay:**", "", ...used] : []),
    ].join("\n");
}

/** Takes the clusters away, or the whole mesh. */
export async function destroy(): Promise<void> {
    const clusters = chosen();
    process.exitCode = await mesh([
        "destroy",
        ...(clusters.length > 0 ? ["--clusters", clusters.join(",")] : []),
    ]);
}
