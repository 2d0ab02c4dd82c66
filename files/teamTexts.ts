import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isTeamFile, teamFolder, type TeamTexts } from "../lib/config/teamFiles";

/** Reads the teams' files of a project folder; none where it has no folder for them. */
export function readTeamTexts(folder: string): TeamTexts {
    const place = join(folder, teamFolder);
    if (statSync(place, { throwIfNoEntry: false })?.isDirectory() !== true) return {};
    const names = readdirSync(place, { withFileTypes: true }).filter(
        (entry) => !entry.isDirectory() && isTeamFile(entry.name),
    );
    return Object.fromEntries(
        names.map(({ name }) => [`${teamFolder}/${name}`, readFileSync(join(place, name), "utf8")]),
    );
}
