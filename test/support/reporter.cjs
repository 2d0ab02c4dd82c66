// Mocha's usual report, and the counts of passed and failed tests in a file, for test/run.sh to add up.
const { writeFileSync } = require("node:fs");
const Mocha = require("mocha");

module.exports = class CountingReporter extends Mocha.reporters.Spec {
    constructor(runner, options) {
        super(runner, options);
        runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
            writeFileSync(options.reporterOption.output, `${this.stats.passes} ${this.stats.failures}`);
        });
    }
};
