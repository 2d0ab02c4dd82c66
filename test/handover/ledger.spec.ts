import assert from "node:assert/strict";
import { Ledger } from "../../handover/ledger";
import type { GatewayAddress } from "../../lib/mesh/contract";

const host = "httpbin.bar.global";
const gateway: GatewayAddress = { kind: "NodePort", addresses: ["172.30.0.12"], port: 31443 };
const patience = { silentMs: 1000, longestMs: 5000 };

describe("what an exporter is about to take away", () => {
    let ledger: Ledger;
    const use = { host, by: "cluster1" };
    const asks = (exporter: string, uses: readonly (typeof use)[], holdsBack: readonly string[] = []) => {
        ledger.asksToLeave(exporter, { uses, holdsBack });
    };

    beforeEach(() => {
        ledger = new Ledger(["cluster1", "cluster2", "cluster3"], patience, 0);
    });

    it("is kept until the importer goes by the new", () => {
        asks("cluster2", [use]);
        assert.equal(ledger.release("cluster2", 0, 500), undefined);
        ledger.leave("cluster1", "other.bar.global", 0);
        assert.equal(ledger.release("cluster2", 0, 500), undefined);
        ledger.leave("cluster1", host, 0);
        assert.deepEqual(ledger.release("cluster2", 0, 500), []);
    });

    it("is not kept for an importer that the command does not run", () => {
        asks("cluster2", [{ host, by: "cluster9" }]);
        assert.deepEqual(ledger.release("cluster2", 0, 0), []);
    });

    for (const [how, end, reason] of [
        [
            "fails",
            () => {
                ledger.ended("cluster1", "cluster1's up failed", false);
            },
            "cluster1's up failed",
        ],
        [
            "ends and keeps its import as it was",
            () => {
                ledger.ended("cluster1", "cluster1's up has ended", true);
            },
            "cluster1's up has ended without leaving it",
        ],
    ] as const)
        it(`stays where the importer ${how}`, () => {
            asks("cluster2", [use]);
            end();
            assert.deepEqual(ledger.release("cluster2", 0, 0), [{ ...use, reason }]);
        });

    it("stays where nothing moves in the importer, and is waited for while something does", () => {
        asks("cluster2", [use]);
        ledger.progressed("cluster1", 900);
        assert.equal(ledger.release("cluster2", 0, 1800), undefined);
        assert.deepEqual(ledger.release("cluster2", 0, 1900), [
            { ...use, reason: "nothing has moved in cluster1 for 1 seconds" },
        ]);
    });

    it("is not waited for where the importer waits for the exporter in turn", () => {
        // A port for another one: what is new is written together with what goes.
        asks("cluster2", [use], [host]);
        ledger.awaits("cluster1", "cluster2", host);
        assert.deepEqual(ledger.release("cluster2", 0, 0), []);
    });

    it("is waited for where the importer waits for what the exporter can serve meanwhile", () => {
        asks("cluster2", [use], ["new.bar.global"]);
        ledger.awaits("cluster1", "cluster2", host);
        assert.equal(ledger.release("cluster2", 0, 0), undefined);
    });

    it("is not waited for where two exporters swap hosts", () => {
        const other = { host: "cart.shop.global", by: "cluster1" };
        asks("cluster2", [use], [other.host]);
        asks("cluster3", [other], [host]);
        ledger.awaits("cluster1", "cluster3", host);
        assert.equal(ledger.release("cluster2", 0, 0), undefined, "nobody waits for cluster2 yet");
        ledger.awaits("cluster1", "cluster2", other.host);
        assert.deepEqual(ledger.release("cluster2", 0, 0), []);
        assert.deepEqual(ledger.release("cluster3", 0, 0), []);
    });

    it("is waited for where a new exporter serves without waiting", () => {
        asks("cluster2", [use]);
        ledger.awaits("cluster1", "cluster3", host);
        assert.equal(ledger.release("cluster2", 0, 0), undefined);
        ledger.tell("cluster3", { hosts: [host], gateway }, 0);
        assert.deepEqual(ledger.where("cluster3", host, 0, 0), { state: "served", gateway });
        ledger.gotAnswer("cluster1", "cluster3", host);
        ledger.leave("cluster1", host, 0);
        assert.deepEqual(ledger.release("cluster2", 0, 0), []);
    });
});

describe("a host that comes late", () => {
    const [late, other] = ["late.bar.global", "other.bar.global"];
    let ledger: Ledger;

    beforeEach(() => {
        ledger = new Ledger(["cluster1", "cluster2"], patience, 0);
        // There are steps all the time.
        ledger.progressed("cluster1", 9000);
        ledger.progressed("cluster2", 9000);
    });

    it("is waited for while its exporter comes to serve others", () => {
        ledger.tell("cluster2", { hosts: [other], gateway }, 4000);
        assert.equal(ledger.where("cluster2", late, 0, 8900), undefined);
        assert.deepEqual(ledger.where("cluster2", late, 0, 9000), {
            state: "given up",
            reason: "cluster2 has not come to serve it within 0 minutes",
        });
    });

    it("is given up where its exporter serves nothing for too long", () => {
        assert.equal(ledger.where("cluster2", late, 0, 4900), undefined);
        assert.equal(ledger.where("cluster2", late, 0, 5000)?.state, "given up");
    });

    it("may be left late, while its importer comes to leave others", () => {
        const uses = [late, other].map((each) => ({ host: each, by: "cluster1" }));
        ledger.asksToLeave("cluster2", { uses, holdsBack: [] });
        ledger.leave("cluster1", other, 4000);
        assert.equal(ledger.release("cluster2", 0, 8900), undefined);
        assert.deepEqual(
            ledger.release("cluster2", 0, 9000)?.map((kept) => kept.host),
            [late],
        );
    });
});
