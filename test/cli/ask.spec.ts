import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { ask } from "../../cli/ask";

describe("a question at the terminal", () => {
    const asked = async (act: (input: PassThrough) => void) => {
        const input = new PassThrough();
        const output = new PassThrough();
        const answer = ask("Sure? ", { input, output });
        act(input);
        return [await answer, String(output.read())];
    };

    it("is answered by one line", async () => {
        assert.deepEqual(await asked((input) => input.write(" yes \nno\n")), ["yes", "Sure? "]);
    });

    it("has no answer where the input ends or breaks, or the command is stopped, and ends its own line", async () => {
        const before = process.listenerCount("SIGHUP");
        const stopped = () => {
            // Nobody else listens here, and without that a signal ends the process.
            assert.ok(process.listenerCount("SIGINT") > 0);
            process.emit("SIGINT");
        };
        for (const act of [
            (input: PassThrough) => input.end(),
            (input: PassThrough) => input.emit("error", new Error("EIO")),
            stopped,
        ])
            assert.deepEqual(await asked(act), ["", "Sure? \n"]);
        assert.equal(process.listenerCount("SIGHUP"), before);
    });
});
