import { ownFolder } from "../../lib/mesh/environments";
import { shellWord } from "../../lib/base/shownCommands";
import { CommandLine, gitCommand } from "../commandLine";
import { advise } from "./hint";

const init = (command: CommandLine) => command.other("init", { contexts: "ONE,TWO" });

/** What to do about the options of a command and the files of a mesh, before anything is run. */
export const fileHints = {
    emptyOption: (option: string) =>
        advise`Name at least one, or leave ${option} out. An empty value often comes from a variable that is not set.`,
    chooseEnvironment: (command: CommandLine, names: readonly string[]) =>
        advise`Name one: ${command.on(names[0] ?? ownFolder)}`,
    meantEnvironment: (command: CommandLine, name: string) => advise`Perhaps: ${command.on(name)}`,
    environmentWithoutFolder: (command: CommandLine) =>
        advise`Correct the name, or write the files of a new environment with: ${init(command)}`,
    environmentWithoutProject: (command: CommandLine) =>
        advise`Copy that of another environment and set its backend.url, or write the files of a new one with: ${init(command)}`,
    nameNewEnvironment: (command: CommandLine) => advise`Name one: ${command.on("NAME")}`,
    environmentName: () =>
        advise`Take letters, digits, hyphens, dots and underscores, beginning with a letter or a digit.`,
    noCertificateStack: () =>
        advise`Set the key ca in the file of the certificate stack, name another environment with --env, or write the files of a new one with: ${new CommandLine("NAME", "init").other("init", { contexts: "ONE,TWO" })}`,
    settingsTooLong: (stacks: readonly string[]) =>
        advise`Move entries of exports and imports from ${stacks.map((stack) => `Pulumi.${stack}.yaml`).join(" and ")} into a team's file, which the program reads itself; docs/teams.md says how.`,
    severalMeshes: () =>
        advise`A folder holds one mesh. Move the files of the others' stacks into folders of their own below environments/; docs/environments.md says how, and that no state changes by it.`,
    clusterWithoutFile: (command: CommandLine, caFile: string) =>
        advise`Copy the file of a cluster that has one and set its kubeconfig and context, write new ones with "${init(command)}", or take the cluster out of ${caFile}.`,
    otherCaStack: (ca: string, caFile: string, cluster: string, file: string) =>
        advise`Set mesh.caStack to "${ca}" in ${file}, or take "${cluster}" out of ${caFile}.`,
    twoContexts: () => advise`Name two contexts: --contexts "ONE TWO"`,
    contextTwice: () =>
        advise`Name each context once. A stack's name has lower-case letters, digits and dashes alone: of two contexts that differ in nothing else, rename one in the kubeconfig.`,
    kubeconfigOption: () => advise`Name a kubeconfig file with --kubeconfig.`,
    ownBackend: (file: string) =>
        advise`Write ${file} with a backend.url of its own before, or give the contexts other names.`,
    filesInTheWay: () => advise`Choose another environment with --env NAME, or move those files away.`,
    bringUp: (command: CommandLine) => advise`${command.other("up")}`,
    noRepository: () => advise`Run it in a clone of the repository that the files are in.`,
    revisions: () =>
        advise`Name what to compare with: a branch, a tag, a commit, or two of them as ONE..OTHER.`,
    fetchMore: (name: string) =>
        advise`Fetch what is missing, with ${gitCommand("fetch --unshallow")} in a shallow clone (in a workflow: fetch-depth 0), or name another revision than ${name}.`,
    addByHand: (file: string, lines: string) =>
        lines === ""
            ? advise`Add it to ${file} by hand.`
            : advise`Add it to ${file} by hand:\n${lines.trimEnd()}`,
    answerYes: (command: CommandLine) =>
        advise`Let it be written without a question: ${command.again({ yes: true })}`,
    readOnly: (command: CommandLine, file: string) =>
        advise`Somebody has locked it. If it is yours to change: chmod u+w ${shellWord(file)}, then run "${command.again()}" again.`,
    runAgain: (command: CommandLine) => advise`Look at the change again: ${command.again()}`,
    nameCluster: (command: CommandLine, clusters: readonly string[]) =>
        advise`Name one: ${command.again({ cluster: clusters[0] })}`,
    chooseFrom: (command: CommandLine, clusters: readonly string[]) =>
        advise`Name one, ${command.again({ from: clusters[0] })}, or several, the preferred one first: ${command.again({ from: clusters.join(",") })}`,
    lookAtChange: (command: CommandLine) =>
        advise`Nothing is applied yet. See what it does: ${command.other("preview")}`,
    probePlaceShape: () => advise`Write it as NAMESPACE[/SERVICEACCOUNT].`,
    otherBundle: () => advise`Name another file with --bundle.`,
    probeShape: () => advise`Write it as NAMESPACE/DEPLOYMENT[/CONTAINER].`,
};
