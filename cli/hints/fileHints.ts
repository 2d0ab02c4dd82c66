import { type CommandLine, gitCommand } from "../commandLine";
import { advise } from "./hint";

const init = (command: CommandLine) => command.other("init", { contexts: "ONE,TWO" });

/** What to do about the options of a command and the files of a mesh, before anything is run. */
export const fileHints = {
    emptyOption: (option: string) =>
        advise`Name at least one, or leave ${option} out. An empty value often comes from a variable that is not set.`,
    caWithoutFile: (command: CommandLine) =>
        advise`Choose another certificate stack with --ca, or write the files of a new mesh with: ${init(command)}`,
    clusterWithoutFile: (command: CommandLine, caFile: string) =>
        advise`Copy the file of a cluster that has one and set its kubeconfig and context, write new ones with "${init(command)}", or take the cluster out of ${caFile}.`,
    otherCaStack: (ca: string, caFile: string, cluster: string, file: string) =>
        advise`Set mesh.caStack to "${ca}" in ${file}, or take "${cluster}" out of ${caFile}.`,
    twoContexts: () => advise`Name two contexts: --contexts "ONE TWO"`,
    kubeconfigOption: () => advise`Name a kubeconfig file with --kubeconfig.`,
    filesInTheWay: () => advise`Choose another certificate stack with --ca NAME, or move those files away.`,
    bringUp: (command: CommandLine) => advise`${command.other("up")}`,
    noRepository: () => advise`Run it in a clone of the repository that the files are in.`,
    revisions: () =>
        advise`Name what to compare with: a branch, a tag, a commit, or two of them as ONE..OTHER.`,
    fetchMore: (name: string) =>
        advise`Fetch what is missing, with ${gitCommand("fetch --unshallow")} in a shallow clone (in a workflow: fetch-depth 0), or name another revision than ${name}.`,
    probeShape: () => advise`Write it as NAMESPACE/DEPLOYMENT[/CONTAINER].`,
};
