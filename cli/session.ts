import * as path from "node:path";
import type { Command } from "@commander-js/extra-typings";
import { readTeamTexts } from "../files/teamTexts";
import type { RunDeclarations } from "../lib/mesh/handover";
import type { CommandLine } from "./commandLine";
import { Interrupt } from "./engine/interrupt";
import { listStacks } from "./engine/pulumiCli";
import type { Stacks } from "./engine/stacks";
import { supervise } from "./engine/supervise";
import { chosenFolder, newFolder } from "./environments";
import { chooseClusters, type Mesh } from "./plan";
import { print, speakOf, warn } from "./print/output";
import { openBoard, type Board } from "./print/progress";
import { exitCode } from "./problem";
import { declaredSettings, loadMesh } from "./stackFiles";

/** The command `mesh`, to which its commands are added. */
export type Program = Command<[], { env?: string | undefined }>;

/** Commands that start no Pulumi. */
const withoutPulumi = ["init", "diff", "log", "owners", "envs", "export", "import"];

/** A board that shows what must be said on the error output, and nothing else. */
const silentBoard: Board = {
    update: () => undefined,
    finish: () => undefined,
    say: (sentence) => {
        warn(sentence);
    },
    close: () => Promise.resolve(),
};

interface Ending {
    readonly text: string;
    readonly code: number;
}

type Work = (stacks: Stacks, mesh: Mesh, clusters: readonly string[], board: Board) => Promise<Ending>;

/** One run of `mesh`: which command it is, on which environment, and what is on the screen. */
export class Session {
    /** The project's own folder: the checkout that this file belongs to. */
    readonly root = process.env.MESH_PROJECT_FOLDER ?? path.dirname(__dirname);

    readonly interrupt = new Interrupt(
        () => this.folder,
        (sentence) => {
            (this.board ?? silentBoard).say(sentence);
        },
    );

    /** The folder of the environment that is worked on, once it is known. */
    folder = this.root;

    /** The command that runs, once its words have been read. */
    current: CommandLine | undefined;

    /** The board that is on the screen, if there is one. */
    private board: Board | undefined;

    /** Takes the command that was typed, and watches over what it starts. */
    async begin(command: CommandLine): Promise<void> {
        this.current = command;
        speakOf(this.root, this.root);
        this.folder = this.folderOf(command);
        speakOf(this.root, this.folder);
        if (withoutPulumi.includes(command.name)) return;
        await supervise(this.folder, (sentence) => {
            silentBoard.say(sentence);
        });
    }

    /** The folder that a command works in. */
    private folderOf(command: CommandLine): string {
        if (command.name === "init") return newFolder(this.root, command);
        return command.name === "envs" ? this.root : chosenFolder(this.root, command);
    }

    /** What every program of a command plans from: the settings of the stacks that it runs. */
    declarationsOf(
        command: RunDeclarations["command"],
        { project, ca }: Mesh,
        clusters: readonly string[],
    ): RunDeclarations {
        return {
            command,
            stacks: declaredSettings(this.folder, project, [ca, ...clusters]),
            teams: readTeamTexts(this.folder),
        };
    }

    /**
     * Opens the stacks and a board to show them on, runs the work, prints its text and sets the exit code.
     *
     * @param quiet show no progress, because the text is for a program to read
     * @param announce says what is about to be done, before anything is
     */
    async withStacks(
        command: CommandLine,
        wanted: readonly string[] | undefined,
        work: Work,
        {
            quiet = false,
            announce,
        }: {
            readonly quiet?: boolean;
            readonly announce?: (
                stacks: Stacks,
                mesh: Mesh,
                clusters: readonly string[],
            ) => string | undefined;
        } = {},
    ): Promise<void> {
        const mesh = loadMesh(this.folder, command);
        const clusters = chooseClusters(mesh, wanted);
        // Asked for before the slow import below, so that the two overlap.
        const listing = listStacks(this.folder);
        listing.catch(() => undefined);
        const { Stacks } = await import("./engine/stacks.ts");
        const stacks = await Stacks.open(this.folder, mesh, command, this.interrupt, listing);
        const announcement = announce?.(stacks, mesh, clusters);
        if (announcement !== undefined) await print(announcement);
        if (!quiet) this.board = openBoard([mesh.ca, ...clusters]);
        let ending: Ending;
        try {
            ending = await work(stacks, mesh, clusters, this.board ?? silentBoard);
        } finally {
            stacks.close();
            await this.board?.close();
        }
        await print(quiet ? ending.text : `\n${ending.text}`);
        process.exitCode = ending.code === exitCode.interrupted ? this.interrupt.code : ending.code;
    }
}
