import assert from "node:assert/strict";
import fc from "fast-check";
import { notReviewed, reviewedSteps, reviewLine, type Subject } from "../../ci/reviewed";
import type { PreviewReport } from "../../cli/commands/preview";
import type { ObjectChange } from "../../cli/engine/objectChange";
import type { PropertyChange } from "../../cli/engine/properties";

const key = "0123456789abcdef0123456789abcdef";
const subject: Subject = { repository: "acme/mesh", pull: 7, head: "a".repeat(40), environment: "prod" };

function change(name: string, properties: readonly PropertyChange[] = [], op = "update"): ObjectChange {
    return { op, type: "kubernetes:apps/v1:Deployment", name, properties, mayStay: false };
}

function report(stack: string, ...planned: readonly ObjectChange[]): PreviewReport {
    return { stack, planned, interrupted: false, warnings: [] };
}

/** What is not as reviewed, of what is foreseen later. */
function later(reviewed: readonly PreviewReport[], now: readonly PreviewReport[]): readonly string[] {
    const steps = reviewedSteps(`text\n${reviewLine(reviewed, subject, key)}\nmore`, subject, key);
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
            "one: update Deployment b",
        ]);
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
        const line = reviewLine([report("one", change("a"))], subject, key);
        const others: readonly (readonly [Subject, string])[] = [
            [{ ...subject, repository: "evil/mesh" }, key],
            [{ ...subject, pull: 8 }, key],
            [{ ...subject, head: "b".repeat(40) }, key],
            [{ ...subject, environment: "dev" }, key],
            [subject, key.toUpperCase()],
        ];
        for (const [other, otherKey] of others) assert.equal(reviewedSteps(line, other, otherKey), undefined);
        assert.equal(reviewedSteps("no line", subject, key), undefined);
    });

    it("can't be forged by changing the line", () => {
        const line = reviewLine([report("one", change("a")), report("two", change("b"))], subject, key);
        fc.assert(
            fc.property(
                fc.nat(line.length - 1),
                fc.constantFrom("0", "7", "a", "f", ",", " "),
                (at, letter) => {
                    const forged = line.slice(0, at) + letter + line.slice(at + 1);
                    if (forged !== line) assert.equal(reviewedSteps(forged, subject, key), undefined);
                },
            ),
        );
    });

    it("is told by no value", () => {
        const line = reviewLine(
            [report("one", change("a", [{ path: "p", old: "secretish", new: "x" }]))],
            subject,
            key,
        );
        assert.match(line, /^<!-- istio-multicluster: reviewed a{40} [0-9a-f]{24} [0-9a-f]{64} -->$/);
    });
});
