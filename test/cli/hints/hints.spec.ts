import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { allHints } from "../../support/hints";

const cli = path.resolve(__dirname, "../../../cli");
const sources = fs
    .readdirSync(cli, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => [name, fs.readFileSync(path.join(cli, name), "utf8")] as const);

/** The lines of the sources that match, without comments, as `FILE: LINE`. */
function linesWith(pattern: RegExp, except: readonly string[]): readonly string[] {
    return sources
        .filter(([name]) => !except.includes(name))
        .flatMap(([name, text]) =>
            text
                .split("\n")
                .filter((line) => pattern.test(line) && !/^\s*(\/\/|\*|\/\*\*)/.test(line))
                .map((line) => `${name}: ${line.trim()}`),
        );
}

describe("every hint", () => {
    it("shows commands that come from one place", () => {
        assert.deepEqual(linesWith(/npm run/, ["commandLine.ts"]), []);
        const pulumi =
            /["'`].*pulumi (?:up|stack|cancel|refresh|state|destroy|preview|config|import|install)\b/;
        assert.deepEqual(linesWith(pulumi, ["hints/runHints.ts"]), []);
        assert.deepEqual(linesWith(/new Hint\(|advise`./, tables), []);
    });

    for (const { id, text, commands } of allHints()) {
        it(`${id}: ${text}`, () => {
            // Each command is a part of the text, and nothing else in it looks like one.
            let rest = text;
            for (const command of commands) {
                assert.ok(rest.includes(command.text), command.text);
                rest = rest.replace(command.text, "");
            }
            assert.doesNotMatch(rest, /npm run|pulumi (?!login)[a-z]+ .*--|kubectl .*-/);
            for (const command of commands.filter((each) => each.text.startsWith("npm run mesh")))
                assert.match(command.text, /^npm run mesh -- --env (other|NAME) /);
            for (const command of commands.filter((each) => each.text.startsWith("kubectl")))
                assert.match(command.text, /^kubectl --kubeconfig \S+ --context \S+ /);
            for (const command of commands.filter((each) => each.text.startsWith("pulumi")))
                assert.match(command.text, /^pulumi -C environments\/other .* --stack \S+$|^pulumi install$/);
        });
    }

    it("that destroys stands behind a look at the cluster: it is one, and only a silence makes it", () => {
        const destroying = allHints().filter(({ commands }) =>
            commands.some(({ effect }) => effect === "destroys"),
        );
        assert.deepEqual([...new Set(destroying.map(({ id }) => id))], ["silent"]);
        // What a silence is, no other file than that of the look can say.
        assert.deepEqual(linesWith(/state: "silent"/, ["engine/reach.ts"]), []);
        const deletes = allHints().flatMap(({ commands }) =>
            commands.filter(
                ({ text, effect }) =>
                    /destroy|abandon|\bdelete\b|stack rm/.test(text) && effect !== "destroys",
            ),
        );
        // Those that remain are what the user has typed.
        assert.deepEqual(
            deletes.filter(({ effect }) => effect !== "asked"),
            [],
        );
    });
});

const tables = [
    "hints/doctorHints.ts",
    "hints/fileHints.ts",
    "hints/runHints.ts",
    "hints/verifyHints.ts",
    "hints/hint.ts",
];
