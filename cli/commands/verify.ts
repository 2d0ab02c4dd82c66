import type { LastUp } from "../../lib/mesh/lastRun";
import type { CommandLine } from "../commandLine";
import { readLastUp } from "../engine/lastRun";
import { readAllOutputs } from "../engine/readOutputs";
import { Problem } from "../problem";
import { print } from "../print/output";
import type { Session } from "../session";
import { loadMesh } from "../stackFiles";
import { askedOnce } from "../verify/askedOnce";
import { bundleText, makeBundle, readStates, type States } from "../verify/bundle";
import { BundleFile } from "../verify/bundleFile";
import type { Surroundings } from "../verify/doctor";
import type { Clusters, Tried } from "../verify/failedCall";
import { parseProbePlace } from "../verify/probeJob";
import { verifyExitCode, type VerifyReport, verifyText } from "../verify/report";
import { parseProbe } from "../verify/targets";
import { verifyMesh } from "../verify/verify";

/** The options of `mesh verify`, as they are typed. */
export interface VerifyWords {
    readonly from?: string | undefined;
    readonly probe?: string | undefined;
    readonly probeImage: string;
    readonly path: string;
    readonly timeout: string;
    readonly json: boolean;
    readonly bundle?: string | undefined;
}

/** Verifies, prints what was found, and writes it into a file where one is named. */
export async function verify(
    session: Session,
    host: string | undefined,
    words: VerifyWords,
    command: CommandLine,
): Promise<void> {
    const { path, timeout } = words;
    if (!/^\d+$/.test(timeout))
        throw new Problem(`--timeout takes a whole number of seconds, not "${timeout}".`);
    const options = {
        ...callingPod(session, words),
        path: path.startsWith("/") ? path : `/${path}`,
        timeoutMs: Number(timeout) * 1000,
        pauseMs: 1000,
    };
    const { folder } = session;
    const mesh = loadMesh(folder, command);
    await withFile(session, words.bundle, async (file) => {
        const clusters = await readAllOutputs(folder, mesh, command);
        const lastUpOf = askedOnce(String, (stack: string) => readLastUp(folder, stack));
        let states: States = new Map();
        const look = async (tried: readonly Tried[], surroundings: Surroundings) => {
            states = await readStates(clusters, tried, surroundings);
        };
        const reports = await verifyMesh(folder, clusters, {
            ...{ command, host, lastUpOf, ...options },
            project: mesh.project,
            look: file && look,
        });
        await print(words.json ? JSON.stringify(reports, null, 2) : verifyText(reports));
        if (file !== undefined) await writeBundle(file, clusters, states, reports, { command, lastUpOf });
        process.exitCode = verifyExitCode(reports);
    });
}

function callingPod(session: Session, { from, probe: place, probeImage }: VerifyWords) {
    if (from !== undefined && place !== undefined)
        throw new Problem(
            "--from names a pod that is there and --probe one that is started: name one of them.",
        );
    return {
        ...(from !== undefined && { probe: parseProbe(from) }),
        ...(place !== undefined && {
            start: { place: parseProbePlace(place, probeImage), interrupt: session.interrupt },
        }),
    };
}

/** Makes the file before the work, and takes it away where nothing was written. */
async function withFile(
    { interrupt }: Session,
    path: string | undefined,
    work: (file: BundleFile | undefined) => Promise<void>,
): Promise<void> {
    if (path === undefined) return work(undefined);
    const file = BundleFile.make(path);
    const forget = interrupt.beforeEnd(() => {
        file.close();
        return Promise.resolve();
    });
    try {
        await work(file);
    } finally {
        forget();
        file.close();
    }
}

type LastUpOf = (stack: string) => Promise<LastUp | undefined>;

async function writeBundle(
    file: BundleFile,
    clusters: Clusters,
    states: States,
    reports: readonly VerifyReport[],
    { command, lastUpOf }: { readonly command: CommandLine; readonly lastUpOf: LastUpOf },
): Promise<void> {
    const lastUps = await Promise.all(
        [...clusters.keys()].map(async (stack) => [stack, await lastUpOf(stack)] as const),
    );
    const bundle = makeBundle(clusters, states, reports, { command, lastUps: new Map(lastUps) });
    const { text, found } = bundleText(bundle);
    file.write(text);
    console.error(
        `Wrote ${file.path}.` +
            (found.length === 0 ? "" : ` ${found.length} texts in it looked like secrets and were left out.`),
    );
}
