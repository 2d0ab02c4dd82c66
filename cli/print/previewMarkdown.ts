import { foreseen, type PreviewReport } from "../commands/preview";
import { kindOf, nameBesideContent, type ObjectChange } from "../engine/objectChange";
import { escaped } from "./markdown";

/** By this a workflow finds the comment again that it has written before. */
export const previewMark = "<!-- istio-multicluster: mesh preview -->";

/** GitHub takes 65,536 characters, and a workflow may want to add a line. */
export const longestComment = 60_000;
/** Characters for what says that something was left out. */
const noteRoom = 250;
/** Most properties that are named of one object. */
const mostProperties = 8;
/** Most services whose owners are named. */
const mostOwners = 50;
/** Most lines of one failure. */
const mostLines = 20;

/**
 * One comment for the whole mesh: what is lost first, then a sentence for each stack, the owners of what changes, a row for each stack, then each stack's objects, folded.
 * The same change gives the same text. Properties are named by their paths alone, since a comment is read by more people than a
 * state. What does not fit is left out from the end, objects before anything else, and said to be.
 */
export function previewMarkdown(reports: readonly PreviewReport[], limit = longestComment): string {
    const head = [
        previewMark,
        `**${verdict(reports)}**`,
        ...section(losses(reports)),
        ...section(reports.map((report) => `- ${escaped(report.stack)}: ${escaped(sentence(report))}`)),
        ...section(ownerLines(reports)),
        ...section(reports.flatMap(failureLines)),
        ...section(warningLines(reports)),
        ...section(stackTable(reports)),
    ].join("\n");
    let text = head.length > limit - noteRoom ? cut(head, limit - noteRoom) : head;
    const left: string[] = [];
    for (const { stack, planned } of reports) {
        if (planned.length === 0) continue;
        const room = limit - text.length - noteRoom;
        const block = folded(stack, planned, room);
        if (block === undefined) left.push(stack);
        else text += `\n\n${block}`;
    }
    if (left.length === 0) return text;
    const which = left.length > 3 ? `${left.length} stacks` : left.join(", ");
    return `${text}\n\nNo room was left for the objects of ${escaped(which)}.`;
}

/** Who answers for the services that change, on both sides. */
function ownerLines(reports: readonly PreviewReport[]): readonly string[] {
    const all = reports.flatMap(({ touched = [] }) =>
        touched.map((each) => [each.host, each.owners] as const),
    );
    const lines = [...new Map(all)].sort().flatMap(([host, owners]) => {
        const sides = owners.flatMap(({ role, cluster, owner, contact }) =>
            owner === undefined
                ? []
                : [`${owner}${contact === undefined ? "" : ` (${contact})`} ${role} it in ${cluster}`],
        );
        return sides.length === 0 ? [] : [`- ${escaped(`${host}: ${sides.join(", ")}`)}`];
    });
    const more = lines.length - mostOwners;
    return [...lines.slice(0, mostOwners), ...(more > 0 ? [`- and ${more} services more`] : [])];
}

function section(lines: readonly string[]): readonly string[] {
    return lines.length > 0 ? ["", ...lines] : [];
}

/** What a reader wants to know before anything else. */
function verdict(reports: readonly PreviewReport[]): string {
    const stacksWhere = (fits: (report: PreviewReport) => boolean) =>
        reports
            .filter(fits)
            .map(({ stack }) => stack)
            .join(", ");
    const failed = stacksWhere(({ failure }) => failure !== undefined && failure.unreachable !== true);
    if (failed !== "") return escaped(`mesh up would not work as it is: ${failed}`);
    if (reports.some(({ interrupted }) => interrupted)) return "The preview was stopped before its end.";
    const changing = stacksWhere(({ planned }) => planned.length > 0);
    const silent = stacksWhere(({ failure }) => failure !== undefined);
    const unseen = silent === "" ? "" : ` ${silent} can't be reached, and would stay as it is.`;
    return escaped(`mesh up would change ${changing === "" ? "nothing" : changing}.${unseen}`);
}

/** Kinds of which one that goes or is replaced is felt by somebody. */
const felt: Readonly<Record<string, string>> = {
    Deployment: "its pods go, and calls that they carry may be cut off",
    Service: "what calls it finds it elsewhere or nowhere",
    ServiceEntry: "the service can't be called any longer in this way",
    Gateway: "its hosts are no longer passed on",
    Namespace: "everything in it goes",
    PrivateKey: "a key is made anew, or gone",
    SelfSignedCert: "a root is made anew, or gone: trust changes",
    CustomResourceDefinition: "every object of its kind goes",
    IstioDefinitions: "Istio's definitions go",
    StubDomains: "the cluster's DNS no longer knows the mesh's names, or for a moment",
};

function losses(reports: readonly PreviewReport[]): readonly string[] {
    return reports.flatMap(({ stack, planned }) =>
        sorted(planned)
            .filter(({ op }) => op === "delete" || op === "replace")
            // Another one is there before it goes.
            .filter((change) => nameBesideContent(change) === undefined)
            .map(({ op, type, name, mayStay }) => {
                const kind = kindOf(type);
                const may = mayStay ? "may be" : "is";
                const what = `${stack}: ${kind} ${name} ${may} ${op === "delete" ? "deleted" : "replaced"}`;
                const why = felt[kind];
                return `- ⚠️ ${escaped(why === undefined ? what : `${what}: ${why}`)}`;
            }),
    );
}

function sentence({ changes, planned, failure, interrupted }: PreviewReport): string {
    if (failure !== undefined) return failure.unreachable === true ? "can't be reached" : "fails";
    if (interrupted || changes === undefined) return "stopped";
    return foreseen(changes, planned);
}

function failureLines({ stack, failure }: PreviewReport): readonly string[] {
    if (failure === undefined) return [];
    const lines = failure.messages.join("\n").split("\n");
    const shown = lines.slice(0, mostLines).map((line) => `> ${escaped(line)}<br>`);
    const more = lines.length - shown.length;
    return [
        `**${escaped(stack)} ${failure.unreachable === true ? "can't be reached" : "fails"}:**`,
        "",
        ...shown,
        ...(more > 0 ? [`> and ${more} lines more`] : []),
        "",
    ];
}

function warningLines(reports: readonly PreviewReport[]): readonly string[] {
    return reports.flatMap(({ stack, warnings }) =>
        warnings.map((text) => `- ${escaped(`${stack} warns: ${text.replaceAll("\n", " ")}`)}`),
    );
}

function stackTable(reports: readonly PreviewReport[]): readonly string[] {
    const rows = reports.flatMap(({ stack, changes }) => {
        if (changes === undefined) return [];
        const { created, updated, replaced, deleted, same } = changes;
        return [`| ${escaped(stack)} | ${[created, updated, replaced, deleted, same].join(" | ")} |`];
    });
    if (rows.length === 0) return [];
    return [
        "| stack | created | updated | replaced | deleted | same |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        ...rows,
    ];
}

/** A stack's objects in a fold, as many as there is room for; undefined where there is none for a single one. */
function folded(stack: string, planned: readonly ObjectChange[], room: number): string | undefined {
    const opening = `<details><summary>${escaped(stack)}: ${planned.length} objects</summary>\n\n| change | kind | name | properties |\n| --- | --- | --- | --- |`;
    const closing = "\n\n</details>";
    const rows: string[] = [];
    let length = opening.length + closing.length + 100;
    for (const change of sorted(planned)) {
        const row = `\n| ${rowOf(change)} |`;
        if (length + row.length > room) break;
        rows.push(row);
        length += row.length;
    }
    if (rows.length === 0) return undefined;
    const more = planned.length - rows.length;
    return `${opening}${rows.join("")}${more > 0 ? `\n\nNo room was left for ${more} more.` : ""}${closing}`;
}

function rowOf({ op, type, name, properties, mayStay }: ObjectChange): string {
    const paths = properties.map(({ path }) => path);
    const more = paths.length - mostProperties;
    const named = [...paths.slice(0, mostProperties), ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
    return [mayStay ? `may ${op}` : op, kindOf(type), name, named].map(escaped).join(" | ");
}

/** In an order that does not depend on which of them Pulumi came to first. */
function sorted(planned: readonly ObjectChange[]): readonly ObjectChange[] {
    const key = ({ op, type, name }: ObjectChange) => `${type} ${name} ${op}`;
    return [...planned].sort((one, other) => (key(one) < key(other) ? -1 : 1));
}

/** As many whole lines as fit, and a line that says so. */
function cut(text: string, limit: number): string {
    const note = "\n\nNo room was left for the rest.";
    const lines = text.slice(0, limit - note.length).split("\n");
    return `${lines.slice(0, -1).join("\n")}${note}`;
}
