import { attacks } from "./pullRequest/attacks";
import { failures } from "./pullRequest/failures";
import { life } from "./pullRequest/life";
import { merges } from "./pullRequest/merges";
import { night } from "./pullRequest/night";

/** The parts of the show, each with a mesh of its own; `attacks` needs no lab, only its tools. */
const parts = { life, merges, failures, night, attacks };

/** The parts to show, `PARTS=life,night`; all of them take half an hour. */
const chosen = process.env["PARTS"]?.split(",") ?? Object.keys(parts);

/**
 * Pull requests on the lab: the workflows' own lines, read from their files, run by fresh shells against a real git repository and
 * stand-ins for GitHub's API and its runners.
 */
describe("a pull request", function () {
    this.timeout(600_000);
    this.bail(true);
    for (const [name, part] of Object.entries(parts)) if (chosen.includes(name)) describe(name, part);
});
