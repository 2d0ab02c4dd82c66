/** The sections of docs/bad-input-list.md in their order, each with what stands below its heading. */
export const sections = {
    "Any stack file": "",
    "Cluster, Istio, gateways and DNS": "",
    "Gateway addresses": "",
    "Suffixes and kinds of cluster DNS":
        "Found by a preview already. What each adapter is: [dns.md](dns.md).",
    Exports: "",
    Security:
        "Who may call an export. A caller whose cluster is not up yet is no error but a warning: it is shut out until then.",
    Teams: "Owners, grants, teams' files and consent: [teams.md](teams.md). `mesh diff` says the same.",
    Imports:
        "An import whose peer is not up yet is no error but pending " +
        "([decision 0009](decisions/0009-exported-but-not-applied-is-pending.md)).",
    "Several clusters, and versions": "",
    "Exports and imports by command":
        "`mesh export` and `mesh import`, each before a file is touched: [teams.md](teams.md#by-command).",
    Certificates:
        "A root of your own is checked before any resource exists; the others before the first write. The messages about " +
        "`ca.root` are the same for `ca.rotation.to`.",
    Policies:
        "Asked of a stack whose settings have the key `policy`, by Pulumi's engine, in previews and in updates: [policy.md](policy.md).",
    "The `mesh` command": "Found before anything of the stack in question is written or deleted.",
    "Other stacks": "",
    "The cluster":
        "The cluster is looked at before the first write, in a preview and in an update alike " +
        "([decision 0026](decisions/0026-look-at-the-cluster-first.md)).",
    "An Istio that is there, revisions and namespaces":
        "Found before anything is written, in a preview as well.",
    "The cluster DNS": "Found by a preview already, unless it says otherwise.",
} as const;

/** Heading of a section of docs/bad-input-list.md. */
export type Section = keyof typeof sections;

/** Bad inputs of one kind, by the section of docs/bad-input-list.md in which they stand. */
export type Rows<T> = Readonly<Partial<Record<Section, readonly T[]>>>;

/** Title of the test of a bad input that is tried by its data. */
export function refuses(cause: string): string {
    return `refuses ${cause}`;
}
