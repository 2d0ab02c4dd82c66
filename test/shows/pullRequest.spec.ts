import { imported, exported, ReviewedMesh } from "./pullRequest/lab";
import { attacks } from "./pullRequest/attacks";
import { destroyed } from "./pullRequest/destroyed";
import { drift } from "./pullRequest/drift";
import { failures } from "./pullRequest/failures";
import { life } from "./pullRequest/life";
import { merges } from "./pullRequest/merges";
import { night } from "./pullRequest/night";

/** The parts that go one after the other on a mesh of two clusters. */
const onTwo = { life, merges, drift, failures, destroyed };
/** Those that have a mesh of their own; `attacks` needs no lab, only its tools. */
const alone = { night, attacks };

/** The parts to show, `PARTS=life,drift`; all of them take half an hour. */
const chosen = process.env["PARTS"]?.split(",") ?? [...Object.keys(onTwo), ...Object.keys(alone)];
const chosenOf = <T>(parts: Readonly<Record<string, T>>) =>
    Object.entries(parts).filter(([name]) => chosen.includes(name));

/**
 * Pull requests on the lab: the workflows' own lines, read from their files, run by fresh shells against a real git repository and
 * stand-ins for GitHub's API and its runners.
 */
describe("a pull request", function () {
    this.timeout(600_000);

    if (chosenOf(onTwo).length > 0)
        describe("to a mesh of two clusters", () => {
            const mesh = new ReviewedMesh(["cluster1", "cluster2"]);
            before(() =>
                mesh.begin({
                    cluster1: { imports: [imported("httpbin", "cluster2")] },
                    cluster2: { exports: [exported("httpbin"), exported("late")] },
                }),
            );
            after(() => {
                mesh.end();
            });
            for (const [name, part] of chosenOf(onTwo))
                describe(name, () => {
                    part(mesh);
                });
        });
    for (const [name, part] of chosenOf(alone)) describe(name, part);
});
