import { exitCode as meshExitCode, Problem } from "../cli/problem";

/** A problem by which a job ends with an exit code of its own. */
export class Refusal extends Problem {
    /** @param code exit code of the process, see {@link exitCode} */
    constructor(
        message: string,
        readonly code: number = exitCode.failed,
    ) {
        super(message);
        this.name = "Refusal";
    }
}

/** Exit codes of the scripts for workflows. */
export const exitCode = {
    /** Something failed, or a variable is missing. */
    failed: meshExitCode.failed,
    /** A person has to look first: the pull request changes more than exports and imports. */
    waits: 3,
    /** What would be done is not what was reviewed. */
    differs: 4,
} as const;

/** What GitHub's answers mean, by status. */
const meanings: Readonly<Record<number, string>> = {
    401: "the token is wrong or has expired",
    403: "the token may not do that, or too much was asked in a short time",
    404: "it is not there, or the token may not see it",
    409: "somebody changed it in the same moment",
    422: "GitHub does not take it as it is, such as a text of over 65,536 characters",
    429: "too much was asked in a short time",
};

/** A failed request to GitHub as a sentence. */
export function apiRefusal(what: string, error: unknown): Refusal {
    const { status, message } = error as { readonly status?: number; readonly message?: string };
    if (status === undefined || status === 500)
        return new Refusal(
            `GitHub could not be asked to ${what}: ${message ?? "no answer"}. Run the job again later.`,
        );
    const meaning =
        meanings[status] ?? (status > 500 ? "it has a fault of its own; run the job again later" : "");
    return new Refusal(`GitHub refused to ${what} (${status}${meaning === "" ? "" : `: ${meaning}`}).`);
}
