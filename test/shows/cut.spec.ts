import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import CliTable from "cli-table3";
import { measure, type Measured } from "../support/calls/measured";
import { type Call, type Protocol, servedPorts } from "../support/calls/protocols";
import { breakWay, type Fault, faults } from "../support/cuts";
import { LabMesh, sleep } from "../support/labMesh";
import { PodProcess } from "../support/podProcess";
import type { Settings } from "../support/program";

const from = "cluster1";
const preferred = "cluster2";
const other = "cluster3";
const host = "calls.bar.global";
const virtualAddress = "240.0.9.9";
const servicePorts: Readonly<Record<Protocol, number>> = { HTTP: 8000, GRPC: 9000, TCP: 9001 };
const protocols = ["HTTP", "GRPC", "TCP"] as const;
const callerPods = { namespace: sleep.namespace, label: `app=${sleep.name}` };
const serverPods = { namespace: "bar", label: "app=httpbin" };

/** What an import had by default before a cluster that can't be reached was left within seconds. */
const former: Settings = {
    connectionPool: {
        tcp: { connectTimeout: "10s", tcpKeepalive: { time: "2h", interval: "75s", probes: 9 } },
        http: { maxConcurrentStreams: 2147483647 },
    },
    retries: { retryOn: "connect-failure,refused-stream,reset-before-request,unavailable,cancelled" },
};

/** What is tried: a fault for so many seconds, under calls of these protocols at once, each at this rate. */
interface Trial {
    readonly fault: Fault;
    readonly rate: number;
    readonly seconds: number;
    readonly protocols: readonly Protocol[];
}

const all = { rate: 30, protocols };
const allTrials: readonly Trial[] = [
    { ...all, fault: "both", seconds: 35 },
    { ...all, fault: "answers", seconds: 20 },
    { ...all, fault: "hangs", seconds: 20 },
    { ...all, fault: "loss", seconds: 15 },
    { ...all, fault: "slow", seconds: 15 },
    // One after the other: two cores carry no more.
    ...protocols.map((protocol): Trial => ({ fault: "both", rate: 200, seconds: 20, protocols: [protocol] })),
];
const trials = allTrials.filter(({ fault }) => (process.env["FAULTS"] ?? fault).split(",").includes(fault));

/** The way to the preferred exporter fails in many ways, under calls. New ones pass soon, and none is made twice. */
describe("a way to an exporter that fails", function () {
    this.timeout(300_000);
    const mesh = new LabMesh([from, preferred, other]);
    const table = new CliTable({
        head: [
            ...["Import", "Fault", "Calls/s", "Protocol", "Calls", "Pass again after", "Failed", "Over 3 s"],
            ...["Failed later", "Failed after", "Preferred back after", "Made twice"],
        ],
        style: { head: [], border: [] },
    });
    const servers: PodProcess[] = [];

    const exported: Settings = {
        service: "calls",
        namespace: "bar",
        selector: { app: "httpbin" },
        serviceAccount: "httpbin",
        virtualAddress,
        ports: protocols.map((protocol) => ({
            name: protocol.toLowerCase(),
            number: servicePorts[protocol],
            targetPort: servedPorts[protocol],
            protocol,
        })),
    };
    const configure = (handling: Settings) => {
        const samples = { httpbin: { namespace: "bar", image: "lab.local/httpbin:lab" } };
        const serving = { sampleApps: samples, exports: [exported], imports: [] };
        mesh.configure({
            [from]: {
                sampleApps: { sleep: { image: "lab.local/sleep:lab" } },
                exports: [],
                imports: [{ service: "calls", namespace: "bar", from: [preferred, other], ...handling }],
            },
            [preferred]: serving,
            [other]: serving,
        });
    };

    before(() => mesh.record());

    after(async () => {
        console.log(table.toString());
        for (const server of servers) await server.end();
        await mesh.remove();
    });

    it("comes up", async () => {
        configure({});
        await mesh.up();
        for (const cluster of [preferred, other] as const) {
            const file = "test/support/calls/server.ts";
            servers.push(await PodProcess.start(cluster, serverPods, file, [cluster]));
        }
    });

    describe("with the defaults", () => {
        for (const trial of trials) {
            it(`${title(trial)}: new calls pass within 3 s, none is made twice`, async () => {
                for (const { protocol, seen, twice } of await tried("now", trial)) {
                    const { passesAfter = Infinity, failedAfter } = seen;
                    const what = `${protocol}: ${JSON.stringify(seen)}`;
                    assert.equal(twice, 0, what);
                    assert.ok(passesAfter <= 3, what);
                    assert.equal(failedAfter, 0, what);
                    // Nobody whose calls merely take longer is cut off.
                    if (trial.fault === "slow") assert.equal(seen.failed, 0, what);
                }
            });
        }

        it("makes no call twice that was answered unavailable, from one exporter and from two", async () => {
            assert.equal(await madeTwice(), 0, "from two");
            configure({ from: preferred });
            await mesh.up(["--clusters", from]);
            await pause(3000);
            assert.equal(await madeTwice(), 0, "from one");
            configure({});
            await mesh.up(["--clusters", from]);
            await pause(3000);
        });

        if (!trials.some(({ fault }) => fault === "both")) return;
        it("finds an idle connection dead by keep-alives", async () => {
            const idle = await caller("TCP", 0);
            await pause(2000);
            assert.deepEqual(idle.lines, []);
            const mend = await breakWay("both", from, preferred);
            const began = Date.now();
            try {
                while (idle.lines.length === 0 && Date.now() - began < 90_000) await pause(500);
            } finally {
                await mend();
                await idle.end();
            }
            const seconds = Math.round((Date.now() - began) / 1000);
            table.push(["now", "an idle connection, cut", "", "TCP", "1", `ended after ${seconds} s`]);
            assert.equal(idle.lines.length, 1, "it is still there");
        });
    });

    describe("with the former defaults", () => {
        before(async () => {
            configure(former);
            await mesh.up(["--clusters", from]);
            await pause(3000);
        });

        it("makes a call twice that was answered unavailable", async () => {
            assert.ok((await madeTwice()) > 0);
        });

        for (const trial of trials) {
            it(title(trial), async () => {
                await tried("before", trial);
            });
        }
    });

    /** Makes calls that are each answered "unavailable" once the server has begun with them, and counts those made again. */
    async function madeTwice(): Promise<number> {
        const begun = servers.map(({ lines }) => lines.length);
        const calling = await caller("GRPC", 10, "unavailable");
        await pause(4000);
        await calling.end();
        const ids = servers.flatMap(({ lines }, index) => lines.slice(begun[index]));
        assert.ok(ids.length >= 20, ids.join());
        return ids.length - new Set(ids).size;
    }

    /** Calls, breaks the way, mends it, and adds what was seen to the table. */
    async function tried(settings: string, trial: Trial): Promise<readonly Seen[]> {
        const callers = await Promise.all(trial.protocols.map((protocol) => caller(protocol, trial.rate)));
        const begun = servers.map(({ lines }) => lines.length);
        let faulty = { from: 0, to: 0 };
        try {
            await untilPreferred(callers, 60);
            const mend = await breakWay(trial.fault, from, preferred);
            faulty = { from: Date.now(), to: 0 };
            await pause(trial.seconds * 1000);
            await mend();
            faulty.to = Date.now();
            await untilPreferred(callers, 45);
        } finally {
            // The last call ends by its limit.
            await Promise.all(callers.map((each) => each.end()));
        }
        const ids = servers.flatMap(({ lines }, index) => lines.slice(begun[index]));
        return trial.protocols.map((protocol, index) => {
            const calls = callsOf(callers[index]);
            const seen = measure(calls, faulty, preferred);
            const own = ids.filter((line) => line.startsWith(`${protocol} `));
            const twice = own.length - new Set(own).size;
            table.push([settings, faults[trial.fault], trial.rate, protocol, ...cells(seen), twice]);
            const failures = calls.filter(({ at, error }) => error !== undefined && at >= faulty.from);
            const errors = [...new Set(failures.map(({ error }) => error))].join("; ");
            if (errors !== "") console.log(`${settings}, ${title(trial)}, ${protocol}: ${errors}`);
            return { protocol, seen, twice };
        });
    }
});

interface Seen {
    readonly protocol: Protocol;
    readonly seen: Measured;
    /** Ids that the servers have seen more than once. */
    readonly twice: number;
}

function title({ fault, rate, protocols: some }: Trial): string {
    return `${faults[fault]}, ${rate} calls a second of ${some.join(", ")}`;
}

function caller(protocol: Protocol, rate: number, word = ""): Promise<PodProcess> {
    const args = [protocol, virtualAddress, servicePorts[protocol], host, rate, word];
    return PodProcess.start(from, callerPods, "test/support/calls/caller.ts", args);
}

function callsOf(process: PodProcess | undefined): readonly Call[] {
    return (process?.lines ?? []).map((line) => JSON.parse(line) as Call);
}

/** Waits until all calls of the last two seconds were answered by the preferred exporter, or the time is over. */
async function untilPreferred(callers: readonly PodProcess[], seconds: number): Promise<void> {
    const end = Date.now() + seconds * 1000;
    const isBack = (calls: readonly Call[]) => {
        const last = calls.slice(-2000).filter(({ at, ms }) => at + ms > Date.now() - 2000);
        return last.length > 0 && last.every(({ by }) => by === preferred);
    };
    do await pause(500);
    while (Date.now() < end && !callers.every((each) => isBack(callsOf(each))));
}

function cells(seen: Measured): readonly (string | number)[] {
    const seconds = (value: number | undefined) => (value === undefined ? "never" : `${value.toFixed(1)} s`);
    return [
        ...[
            seen.calls,
            seconds(seen.passesAfter),
            seen.failed,
            seen.hung,
            seen.failedLater,
            seen.failedAfter,
        ],
        seconds(seen.backAfter),
    ];
}
