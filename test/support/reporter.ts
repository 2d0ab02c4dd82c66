import { writeFileSync } from "node:fs";
import Mocha from "mocha";

/** Mocha's usual report, and the counts of passed and failed tests in a file, for test/run.sh to add up. */
class CountingReporter extends Mocha.reporters.Spec {
    constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
        super(runner, options);
        const { output } = options.reporterOptions as { readonly output: string };
        runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
            writeFileSync(output, `${this.stats.passes} ${this.stats.failures}`);
        });
    }
}

module.exports = CountingReporter;
