import * as assert from "node:assert/strict";
import { Command } from "@commander-js/extra-typings";
import { CommandLine } from "../../cli/commandLine";
import { refuseEmptyOptions, typedCommand } from "../../cli/typed";

/** What is made of typed words, by a command with an option of each kind. */
function typed(...words: string[]): CommandLine {
    const seen: CommandLine[] = [];
    const program = new Command("mesh").option("--env <name>").hook("preAction", (_, command) => {
        refuseEmptyOptions(command);
    });
    program
        .command("up")
        .option("--clusters <names>", "", (text) => text.split(/[\s,]+/).filter((name) => name !== ""))
        .option("--timeout <seconds>", "", "30")
        .option("--refresh", "", false)
        .action((_, command) => {
            seen.push(typedCommand(command));
        });
    program.exitOverride().parse(words, { from: "user" });
    const [first] = seen;
    assert.ok(first);
    return first;
}

describe("the command that was typed", () => {
    it("is shown with its mesh and every option, and no default", () => {
        for (const [words, shown] of [
            ["up", "npm run mesh -- up"],
            ["--env x up --clusters a,b --refresh", "npm run mesh -- --env x up --clusters a,b --refresh"],
            ["up --timeout 30 --env x", "npm run mesh -- --env x up --timeout 30"],
        ] as const)
            assert.equal(typed(...words.split(" ")).again().text, shown);
    });

    it("leads to others on the same mesh", () => {
        const command = typed("--env", "x", "up", "--clusters", "a,b");
        assert.equal(command.other("verify").text, "npm run mesh -- --env x verify");
        assert.equal(command.again({ clusters: undefined }).text, "npm run mesh -- --env x up");
        const destroy = command.other("destroy", { clusters: "b", abandon: "b" });
        assert.equal(destroy.text, "npm run mesh -- --env x destroy --clusters b --abandon b");
        assert.equal(destroy.effect, "destroys");
    });

    it("is quoted for the shell where that is needed", () => {
        const command = new CommandLine("my mesh", "verify", { path: "/a?b=1&c='d'" });
        assert.equal(
            command.again().text,
            `npm run mesh -- --env 'my mesh' verify --path '/a?b=1&c='\\''d'\\'''`,
        );
    });

    it("is refused with an option that has an empty value", () => {
        for (const words of [
            ["up", "--clusters", ""],
            ["up", "--clusters", ","],
            ["up", "--clusters", " "],
            ["up", "--clusters="],
        ])
            assert.throws(() => typed(...words), { message: "--clusters has no value." }, words.join(" "));
        assert.throws(() => typed("--env", "", "up"), { message: "--env has no value." });
        assert.throws(() => typed("up", "--timeout", ""), { message: "--timeout has no value." });
    });
});
