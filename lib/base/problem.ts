/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
    /** Where, such as `exports[0].ports[1].number`. */
    readonly path: string;
    /** A sentence without a subject, such as `must be a port from 1 to 65535`. */
    readonly message: string;
}

/** One message that lists every problem of a stack's configuration. */
export function configMessage(stack: string, problems: readonly ConfigProblem[]): string {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    const lines = problems.map(({ path, message }) => `  - ${path} ${message}`);
    return `The configuration of stack "${stack}" (Pulumi.${stack}.yaml) has ${count}:\n${lines.join("\n")}`;
}

/** One message that lists what stands against a stack. */
export function refusalMessage(stack: string, problems: readonly string[]): string {
    return [`Stack "${stack}" can't work as it is:`, ...problems.map((line) => `  - ${line}`)].join("\n");
}
