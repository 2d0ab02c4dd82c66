/**
 * The project's benchmark, on two bare clusters of the lab that nothing else uses:
 *
 *     node load.js bench/main.ts [tutorial] [services] [--rounds N] [--services N,N...] [--backend file|s3] [--json FILE]
 *         [--picture FILE]
 *
 * `tutorial` times the mesh of the committed stack files beside bench/plain.sh, in turns; `services` how times grow with the
 * number of services, beside kubectl. Both by default.
 */
import * as fs from "node:fs";
import * as os from "node:os";
import { parseArgs } from "node:util";
import { buildTool } from "../test/support/labTool";
import { figuresTable } from "./figures";
import { servicesPicture } from "./picture";
import { measureServices, servicesTable } from "./services";
import { Tutorial, tutorialFigures } from "./tutorial";

const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
        rounds: { type: "string", default: "3" },
        services: { type: "string", default: "10,100" },
        backend: { type: "string", default: "file" },
        json: { type: "string" },
        picture: { type: "string" },
    },
});
const parts = positionals.length > 0 ? positionals : ["tutorial", "services"];

async function tutorial() {
    await buildTool("helm");
    const mesh = new Tutorial();
    const rounds: Readonly<Record<string, number>>[] = [];
    try {
        while (rounds.length < Number(values.rounds)) {
            const round = await mesh.round();
            rounds.push(round);
            console.error(`round ${rounds.length}: ${JSON.stringify(round)}`);
        }
    } finally {
        await mesh.end();
    }
    const figures = tutorialFigures(rounds);
    console.log(figuresTable(figures));
    return figures;
}

async function services() {
    const backend = values.backend === "s3" ? "s3" : "file";
    const figures = await measureServices(values.services.split(",").map(Number), backend);
    console.log(servicesTable(figures));
    if (values.picture !== undefined) fs.writeFileSync(values.picture, servicesPicture(figures));
    return figures;
}

async function main(): Promise<void> {
    const machine = { cores: os.cpus().length, memoryGiB: Math.round(os.totalmem() / 2 ** 30) };
    console.log(`${machine.cores} cores, ${machine.memoryGiB} GiB, ${new Date().toISOString().slice(0, 10)}`);
    const all: Record<string, unknown> = { machine };
    if (parts.includes("tutorial")) all["tutorial"] = await tutorial();
    if (parts.includes("services")) all["services"] = await services();
    if (values.json !== undefined) fs.writeFileSync(values.json, `${JSON.stringify(all, null, 4)}\n`);
}

void main();
