import assert from "node:assert/strict";
import fc from "fast-check";
import { notReviewed, reviewedSteps, signedComment, type Subject } from "../../ci/reviewed";
import type { PreviewReport } from "../../cli/commands/preview";
import type { ObjectChange } from "../../cli/engine/objectChange";
import type { PropertyChange } from "../../cli/engine/properties";

const key = "0123456789abcdef0123456789abcdef";
const subject: Subject = { repository: "acme/mesh", pull: 7, head: "a".repeat(40), environment: "prod" };

function change(
    name: string,
    properties: readonly PropertyChange[] = [],
    op = properties.length > 0 ? "update" : "replace",
): ObjectChange {
    return { op, type: "kubernetes:apps/v1:Deployment", name, properties, mayStay: false };
}

function report(stack: string, ...planned: readonly ObjectChange[]): PreviewReport {
    return { stack, planned, interrupted: false, warnings: [] };
}

/** A comment that says what was foreseen. */
function signed(...reports: readonly PreviewReport[]): string {
    return signedComment(reports, subject, key, 60_000, () => "**What is foreseen**\n\n- one");
}

/** What is not as reviewed, of what is foreseen later. */
function later(reviewed: readonly PreviewReport[], now: readonly PreviewReport[]): readonly string[] {
    const steps = reviewedSteps(signed(...reviewed), subject, key);
    assert.ok(steps !== undefined);
    return notReviewed(now, steps, subject, key);
}

describe("what was reviewed", () => {
    const port = { path: "spec.ports[0].number", old: 80, new: 81 };

    it("is done, or less of it", () => {
        const all = [report("one", change("a", [port]), change("b")), report("two", change("c"))];
        assert.deepEqual(later(all, all), []);
        assert.deepEqual(later(all, [report("one", change("b")), report("two")]), []);
    });

    it("is not another object, stack, operation, property or value", () => {
        const all = [report("one", change("a", [port]))];
        const text = "one: update Deployment a (spec.ports[0].number)";
        assert.deepEqual(later(all, [report("one", change("a", [{ ...port, new: 82 }]))]), [text]);
        assert.deepEqual(later(all, [report("two", change("a", [port]))]), [text.replace("one", "two")]);
        assert.deepEqual(later(all, [report("one", change("a", [port], "replace"))]), [
            text.replace("update", "replace"),
        ]);
        assert.deepEqual(later(all, [report("one", change("a", [port]), change("b"))]), [
            "one: replace Deployment b",
        ]);
    });

    it("is not what an earlier update has begun, and the engine tries again", () => {
        const all = [report("one", change("a", [port]))];
        assert.deepEqual(later(all, [report("one", change("a", [], "update"))]), []);
    });

    it("is the same after another merge into the same list, text or hashed name", () => {
        const hosts = (old: readonly string[], now: readonly string[]) => ({
            path: "spec.servers[0].hosts",
            old,
            new: now,
        });
        const zone = (old: string, now: string) => ({ path: "data.zone", old, new: now });
        const name = (old: string, now: string) => ({ path: "volumes[0].configMap.name", old, new: now });
        const reviewed = change("a", [
            hosts(["x"], ["x", "mine"]),
            zone("x\n", "mine\nx\n"),
            name("zone-0a1b2c3d", "zone-9a8b7c6d"),
        ]);
        const merged = change("a", [
            hosts(["x", "theirs"], ["mine", "x", "theirs"]),
            zone("theirs\nx\n", "mine\ntheirs\nx\n"),
            name("zone-11111111", "zone-22222222"),
        ]);
        assert.deepEqual(later([report("one", reviewed)], [report("one", merged)]), []);
        const more = change("a", [hosts(["x"], ["x", "mine", "sneaked"])]);
        assert.deepEqual(later([report("one", reviewed)], [report("one", more)]), [
            "one: update Deployment a (spec.servers[0].hosts)",
        ]);
    });

    it("holds for one repository, pull request, commit, environment and key only", () => {
        const comment = signed(report("one", change("a")));
        const others: readonly (readonly [Subject, string])[] = [
            [{ ...subject, repository: "evil/mesh" }, key],
            [{ ...subject, pull: 8 }, key],
            [{ ...subject, head: "b".repeat(40) }, key],
            [{ ...subject, environment: "dev" }, key],
            [subject, key.toUpperCase()],
        ];
        for (const [other, otherKey] of others)
            assert.equal(reviewedSteps(comment, other, otherKey), undefined);
        assert.equal(reviewedSteps("no line", subject, key), undefined);
    });

    it("is what comes, by its content, but for where gateways are", () => {
        const entry = (content: unknown, op = "create") => ({
            ...change("a-entry", [], op),
            type: "kubernetes:networking.istio.io/v1:ServiceEntry",
            content,
        });
        const spec = (number: number, address: string, ...hosts: readonly string[]) => ({
            spec: { hosts, ports: [{ number }], endpoints: [{ address }], resolution: "STATIC" },
        });
        const reviewed = [report("one", entry(spec(80, "10.0.0.1", "a")))];
        const done = (content: unknown) => later(reviewed, [report("one", entry(content))]);
        assert.deepEqual(done(spec(80, "10.0.0.2", "a")), []);
        assert.deepEqual(done(spec(81, "10.0.0.1", "a")), ["one: create ServiceEntry a-entry"]);
        assert.deepEqual(done(spec(80, "10.0.0.1", "a", "sneaked")), ["one: create ServiceEntry a-entry"]);
        const gone = [report("one", entry(spec(80, "10.0.0.1", "a"), "delete"))];
        assert.deepEqual(later(gone, [report("one", entry(spec(81, "10.0.0.2", "b"), "delete"))]), []);
    });

    it("is the same of what is named by its content after another merge, by the entries that come and go", () => {
        const config = (op: string, hash: string, ...names: readonly string[]) => ({
            ...change(`dns-config-${hash}`, [], op),
            type: "kubernetes:core/v1:ConfigMap",
            content: {
                metadata: { name: `global-dns-${hash}` },
                data: {
                    "zone.global": `@ IN SOA ns.global. h.global. ${parseInt(hash, 16)} 7200 1\n${names.map((name) => `${name} IN A 240.0.0.1\n`).join("")}`,
                },
            },
        });
        const reviewed = [
            report("one", config("create", "0a1b2c3d4e", "x", "mine"), config("delete", "1111111111", "x")),
        ];
        const then = (...planned: readonly ObjectChange[]) => later(reviewed, [report("one", ...planned)]);
        const meanwhile = config("delete", "2222222222", "x", "theirs");
        assert.deepEqual(then(config("create", "3333333333", "x", "mine", "theirs"), meanwhile), []);
        assert.deepEqual(then(config("create", "3333333333", "x", "mine", "sneaked", "theirs"), meanwhile), [
            "one: replace ConfigMap dns-config (data.zone.global)",
        ]);
        // Of an update that ended half-way what is left is to delete the old one.
        assert.deepEqual(then(config("delete", "1111111111", "x")), []);
    });

    it("is no entry that another one moves to the next place in its list", () => {
        const places = (...values: readonly (readonly [string, string])[]) =>
            change(
                "a",
                values.map(([old, now], index) => ({ path: `hosts[${index}]`, old, new: now })),
            );
        const reviewed = [report("one", places(["b", "c"], ["a", "b"]))];
        const merged = [report("one", places(["b", "c"], ["z", "b"], ["a", "z"]))];
        assert.deepEqual(later(reviewed, merged), []);
        assert.equal(later(reviewed, [report("one", places(["b", "c"], ["a", "e"]))]).length, 1);
    });

    it("can't be forged by changing anything of the comment, but for line ends", () => {
        const comment = signed(report("one", change("a")), report("two", change("b"))).trim();
        fc.assert(
            fc.property(
                fc.nat(comment.length - 1),
                fc.constantFrom("0", "7", "a", "f", ",", "x", "<"),
                (at, letter) => {
                    const forged = comment.slice(0, at) + letter + comment.slice(at + 1);
                    if (forged !== comment) assert.equal(reviewedSteps(forged, subject, key), undefined);
                },
            ),
        );
        for (const forged of [
            `All is well.\n\n${comment}`,
            `${comment}\n\nAnd more.`,
            comment.replace("- one", ""),
        ])
            assert.equal(reviewedSteps(forged, subject, key), undefined, forged);
        assert.ok(reviewedSteps(`${comment.replaceAll("\n", "\r\n")}\r\n`, subject, key));
    });

    it("is told by no value", () => {
        const values = [{ path: "p", old: "secretish", new: "x" }];
        const comment = signed(
            report("one", change("a", values), { ...change("b", [], "create"), content: "secretish" }),
        );
        assert.match(
            comment,
            /\n\n<!-- istio-multicluster: reviewed a{40} [0-9a-f]{24},[0-9a-f]{24} [0-9a-f]{64} -->\n$/,
        );
        assert.doesNotMatch(comment, /secretish/);
    });
});
