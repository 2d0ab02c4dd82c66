import { environmentFolder, ownFolder } from "../lib/mesh/environments";
import { type Access, kubectlText, shellWord } from "../lib/base/shownCommands";

/**
 * What a shown command does when it is run as it is shown.
 *
 * - `reads`: it changes nothing
 * - `writes`: it makes or updates, and deletes nothing that is in use
 * - `asked`: what the user has typed already, or a part of it
 * - `unlocks`: it takes a safeguard away, and deletes nothing that is in a cluster
 * - `destroys`: it deletes or forgets something that was not asked for
 */
export type Effect = "reads" | "writes" | "asked" | "unlocks" | "destroys";

/** A command as it is shown to the user, ready to be run. */
export class ShownCommand {
    constructor(
        readonly text: string,
        readonly effect: Effect,
    ) {}

    toString(): string {
        return this.text;
    }
}

/** Options of a command by their long names without dashes; true for one without a value. */
export type Options = Readonly<Record<string, string | readonly string[] | true | undefined>>;

const effects = {
    up: "writes",
    preview: "reads",
    destroy: "destroys",
    outputs: "reads",
    verify: "reads",
    init: "writes",
    diff: "reads",
    log: "reads",
    owners: "reads",
    envs: "reads",
    export: "writes",
    import: "writes",
} as const;

/** A command of `mesh`. */
export type MeshCommandName = keyof typeof effects;

/**
 * The command that was typed. Whatever command of `mesh` is shown comes from here, so that it works on the mesh that the user
 * works on, with the options that the user has given.
 */
export class CommandLine {
    /**
     * @param env environment that was chosen; undefined where none was
     * @param options those that were typed, no defaults
     * @param args its words that belong to no option
     */
    constructor(
        readonly env: string | undefined,
        readonly name: MeshCommandName,
        readonly options: Options = {},
        readonly args: readonly string[] = [],
    ) {}

    /** Whether a second run goes on from where the first stopped: the others do all or nothing. */
    get goesOn(): boolean {
        return this.name === "up" || this.name === "destroy";
    }

    /** The command that was typed, with its options. */
    again(changes: Options = {}): ShownCommand {
        return this.shown(this.name, { ...this.options, ...changes }, "asked", this.args);
    }

    /** Another command on the same mesh. */
    other(name: MeshCommandName, options: Options = {}): ShownCommand {
        return this.shown(name, options, effects[name]);
    }

    /** The command that was typed, on another environment. */
    on(env: string): ShownCommand {
        return new CommandLine(env, this.name, this.options, this.args).again();
    }

    /** A command of Pulumi on one stack, in the folder of the environment. */
    pulumi(args: string, stack: string, effect: Effect): ShownCommand {
        const folder =
            this.env === undefined || this.env === ownFolder ? "" : `-C ${environmentFolder(this.env)} `;
        return new ShownCommand(`pulumi ${folder}${args} --stack ${shellWord(stack)}`, effect);
    }

    private shown(
        name: MeshCommandName,
        options: Options,
        effect: Effect,
        args: readonly string[] = [],
    ): ShownCommand {
        const env = this.env === undefined ? [] : ["--env", shellWord(this.env)];
        const words = Object.entries(options).flatMap(([option, value]) => {
            if (value === undefined) return [];
            if (value === true) return [`--${option}`];
            return [`--${option}`, shellWord(typeof value === "string" ? value : value.join(","))];
        });
        return new ShownCommand(
            ["npm run mesh --", ...env, name, ...args.map(shellWord), ...words].join(" "),
            effect,
        );
    }
}

/** A kubectl command on one cluster. */
export function kubectlCommand(access: Access, args: string, effect: Effect = "reads"): ShownCommand {
    return new ShownCommand(kubectlText(access, args), effect);
}

/** A git command. */
export function gitCommand(args: string): ShownCommand {
    return new ShownCommand(`git ${args}`, "writes");
}

/** A command of the lab. */
export function labCommand(args: string): ShownCommand {
    return new ShownCommand(`npm run lab -- ${args}`, args === "status" ? "reads" : "writes");
}

/** The line that gives a shell the lab's tools and its backend. */
export const labEnvironment = new ShownCommand('eval "$(npm run -s lab -- env)"', "reads");
