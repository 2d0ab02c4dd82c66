import { environment } from "./repository";

/** Whose repository it is, and its name as GitHub has it. */
export const owner = "acme";
export const repository = `${owner}/mesh`;

/** What starts a workflow. */
export interface Event {
    readonly name: string;
    /** Commit that the workflow's own text is read from. */
    readonly commit: string;
    /** Commit that it is about. */
    readonly sha: string;
    readonly ref: string;
    readonly payload?: Readonly<Record<string, unknown>>;
    readonly inputs?: Readonly<Record<string, unknown>>;
    readonly more?: Readonly<Record<string, string>>;
    readonly actor: string;
    /** Whether its token may read and nothing else, as of a fork's pull request. */
    readonly isForeign?: boolean;
}

/** What GitHub's runners set for every step. The token is not among it. */
export function variablesOf({ name, sha, ref, more = {}, actor }: Event, url: string) {
    return {
        ...{ CI: "true", GITHUB_ACTIONS: "true", RUNNER_OS: "Linux", GITHUB_RUN_ID: "1" },
        ...{ GITHUB_REPOSITORY: repository, GITHUB_REPOSITORY_OWNER: owner, GITHUB_ACTOR: actor },
        ...{ GITHUB_API_URL: url, GITHUB_SERVER_URL: "https://github.example" },
        ...{
            GITHUB_EVENT_NAME: name,
            GITHUB_SHA: sha,
            GITHUB_REF: ref,
            GITHUB_BASE_REF: more["base_ref"] ?? "",
        },
    };
}

/** Variables with which every workflow does its work, in the one environment. */
export const allOn = {
    ...{
        MESH_PREVIEW: "true",
        MESH_UP: "true",
        MESH_DRIFT: "true",
        MESH_UPKEEP: "true",
        MESH_DESTROY: "true",
    },
    MESH_ENVIRONMENT: environment,
};
