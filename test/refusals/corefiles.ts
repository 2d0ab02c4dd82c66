import { mergeStubDomain } from "../../lib/dns/corefile";

/** A Corefile that nothing can be merged into: what is wrong, the whole message, the file and the line at fault. */
export type BadCorefile = readonly [cause: string, message: string, corefile: string, line: number];

/** The stub domain that is merged into the Corefiles. */
export const stub = { zone: "global", forwardTo: ["10.91.0.53"], owner: "organization/mesh/cluster1" };

/** Corefiles that CoreDNS itself would not read. */
export const brokenCorefiles: readonly BadCorefile[] = [
    [
        "a quote that is never closed",
        "Line 2 of the Corefile opens a quote that is never closed.",
        '.:53 {\n log "x\n}\n',
        2,
    ],
    [
        "a block that is never closed",
        'The block ".:53" that begins at line 2 of the Corefile is never closed: a } is missing.',
        "\n.:53 {\n errors\n",
        2,
    ],
    [
        "a block that is not closed behind a plugin's own",
        'The block ".:53" that begins at line 1 of the Corefile is never closed: a } is missing.',
        ".:53 {\n forward . 8.8.8.8 {\n  max 1\n }\n",
        1,
    ],
    [
        "a snippet that is never closed",
        'The block "(s)" that begins at line 1 of the Corefile is never closed: a } is missing.',
        "(s) {\n a {\n}\n",
        1,
    ],
    [
        "a block without braces",
        'The server block ".:53 b" at line 1 of the Corefile has no braces, so no other block can follow it; ' +
            "write its contents between { and }.",
        ".:53 b\nerrors\nforward . 8.8.8.8\n",
        1,
    ],
    ["a brace too many", 'Line 3 of the Corefile has a "}" without a matching {.', ". {\n}\n}\n", 3],
    [
        "a brace in the wrong place",
        'Line 1 of the Corefile has a "}" on the line of "errors"; it must stand on a line of its own.',
        ". { errors }\n",
        1,
    ],
    [
        "a brace for a plugin",
        'Line 2 of the Corefile has a "{" where a plugin\'s name must stand.',
        ". {\n {\n }\n}\n",
        2,
    ],
    [
        "a comma at the end of the names",
        'Line 1 of the Corefile has a "{" after a comma, where another name must follow.',
        "a, {\n}\n",
        1,
    ],
    [
        "an end after a comma",
        "The Corefile ends after a comma in the names of the server block at line 1.",
        "a,\n",
        1,
    ],
    [
        "an import of nothing",
        "The import at line 1 of the Corefile names no file or snippet.",
        "import\n. {\n}\n",
        1,
    ],
    [
        "an import of two",
        "The import at line 2 of the Corefile has more than one argument; CoreDNS takes exactly one.",
        ". {\n import a b\n}\n",
        2,
    ],
];

const marked = mergeStubDomain("", stub);
const [begin = "", ...rest] = marked.split("\n");
const repair = "Take its block and its marker comments out by hand, then run this again.";

/** Corefiles in which somebody has damaged the markers around the mesh's block. */
export const damagedMarkers: readonly BadCorefile[] = [
    [
        "a begin marker without its end",
        `The stub domain "global" at line 1 of the Corefile has a BEGIN marker with no END marker after it. ${repair}`,
        marked.replace(/# END.*\n/, ""),
        1,
    ],
    [
        "an end marker without its begin",
        `The stub domain "global" at line 8 of the Corefile has an END marker with no BEGIN marker before it. ${repair}`,
        rest.join("\n"),
        8,
    ],
    [
        "a block twice",
        `The stub domain "global" at line 10 of the Corefile is marked a second time; the first is at line 1. ${repair}`,
        marked + marked,
        10,
    ],
    [
        "a begin marker twice",
        `The stub domain "global" at line 1 of the Corefile has a BEGIN marker with no END marker after it. ${repair}`,
        `${begin}\n${marked}`,
        1,
    ],
    [
        "markers inside another block",
        `The stub domain "global" at line 2 of the Corefile stands inside the server block of line 1. ${repair}`,
        `. {\n${marked}}\n`,
        2,
    ],
    [
        "a stranger's block between the markers",
        'The server block "example.org" at line 9 of the Corefile stands between the markers of the stub domain ' +
            '"global" (lines 1 to 11), where only its own block belongs. Move it below the END marker, then run this again.',
        marked.replace("# END", "example.org {\n}\n# END"),
        9,
    ],
];
