import { didYouMean } from "../../lib/base/similar";
import { declaredHosts, type Ownership, ownersOf } from "../../lib/mesh/owners";
import { Problem } from "../problem";
import { table } from "../print/tables";
import { readMeshNow } from "./diff";

/** Who exports a host and who imports it. */
export interface OwnersReport {
    readonly host: string;
    readonly owners: readonly Ownership[];
    /** What of the files can't be read, so that somebody may be missing. */
    readonly problems: readonly string[];
}

/**
 * Says who exports a host and who imports it, from the files as they are: no cluster, state or key is asked for anything.
 *
 * @throws Problem where all files can be read and nobody does
 */
export async function meshOwners(folder: string, host: string): Promise<OwnersReport> {
    const { ca: caStack, mesh } = await readMeshNow(folder);
    const owners = ownersOf(mesh, host);
    const missing = mesh.ca?.clusters.filter((name) => !mesh.clusters.has(name)) ?? [caStack];
    const open = missing.flatMap((name) => (mesh.unknown.get(name) ?? []).map((why) => `${name}: ${why}`));
    const problems = missing.length > 0 ? [...mesh.problems, ...open] : [];
    if (owners.length === 0 && problems.length === 0)
        throw new Problem(
            `Nobody exports or imports "${host}" here${didYouMean(host, declaredHosts(mesh))}.`,
        );
    return { host, owners, problems };
}

/** A host that a change touches, and whose it is. */
export type TouchedHost = Pick<OwnersReport, "host" | "owners">;

/**
 * Says in each report whose services its objects are, such as `httpbin.bar.global-entry`. A host that the files no longer have is
 * nobody's.
 */
export async function withOwners<T extends { readonly planned: readonly { readonly name: string }[] }>(
    folder: string,
    reports: readonly T[],
): Promise<readonly (T & { readonly touched?: readonly TouchedHost[] })[]> {
    const { mesh } = await readMeshNow(folder);
    const hosts = declaredHosts(mesh);
    return reports.map((report) => {
        const isTouched = (host: string) =>
            report.planned.some(({ name }) => name === host || name.startsWith(`${host}-`));
        const touched = hosts.filter(isTouched).map((host) => ({ host, owners: ownersOf(mesh, host) }));
        return touched.length === 0 ? report : { ...report, touched };
    });
}

/** The text of `mesh owners`. */
export function ownersText({ host, owners, problems }: OwnersReport): string {
    const rows = owners.map(({ role, cluster, from, owner, contact, place }) => [
        cluster,
        from === undefined ? role : `${role} from ${from.join(", ")}`,
        owner ?? "nobody named",
        contact ?? "",
        place,
    ]);
    const shown = rows.length > 0 ? table(["cluster", host, "owner", "contact", "where"], rows) : "";
    return problems.length === 0
        ? shown
        : [shown, "Somebody may be missing, since this can't be read:", ...problems]
              .filter((line) => line !== "")
              .join("\n");
}
