import assert from "node:assert/strict";
import { takenRanges } from "../../lab/node/preflight";

describe("ranges of the lab", () => {
    const usual = [
        { dst: "default", dev: "eth0" },
        { dst: "192.0.2.0/24", dev: "eth0" },
        { dst: "192.0.2.2", dev: "eth0" },
        { dst: "127.0.0.0/8", dev: "lo" },
    ];

    it("are free on a usual machine, behind a tunnel for everything too", () => {
        assert.deepEqual(takenRanges(usual), []);
        assert.deepEqual(
            takenRanges([...usual, { dst: "0.0.0.0/1", dev: "tun0" }, { dst: "128.0.0.0/1", dev: "tun0" }]),
            [],
        );
    });

    it("may be used by the machine where they exist inside the nodes alone", () => {
        assert.deepEqual(takenRanges([...usual, { dst: "10.0.0.0/8", dev: "tun0" }]), []);
    });

    it("are taken by any network that holds an address of the bridge", () => {
        assert.deepEqual(
            takenRanges([
                ...usual,
                { dst: "172.30.0.0/16", dev: "docker0" },
                { dst: "172.30.0.9", dev: "x" },
            ]),
            [
                "The lab's addresses 172.30.0.0/24 are taken: this machine has a route to 172.30.0.0/16 through docker0. Remove that network, or use clusters of your own.",
            ],
        );
        assert.deepEqual(takenRanges([{ dst: "172.16.0.0/12" }]), [
            "The lab's addresses 172.30.0.0/24 are taken: this machine has a route to 172.16.0.0/12. Remove that network, or use clusters of your own.",
        ]);
    });
});
