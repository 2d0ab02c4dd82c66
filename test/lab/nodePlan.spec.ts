import assert from "node:assert/strict";
import { balancerAddresses, bridge, macOf, nodePlan, nodePlans } from "../../lab/node/plan";

describe("lab addresses", () => {
    it("follow from the cluster's number", () => {
        assert.deepEqual(nodePlan(2), {
            cluster: "cluster2",
            number: 2,
            address: "172.30.0.12",
            mac: "02:00:ac:1e:00:0c",
            podRange: "10.242.0.0/16",
            nodePodRange: "10.242.0.0/24",
            serviceRange: "10.92.0.0/16",
            veth: "imc-v2",
            cgroup: "imc-cluster2",
            region: "r2",
            zone: "z2",
        });
    });

    it("are no two alike", () => {
        const plans = nodePlans(9);
        const values = plans.flatMap((plan) => [
            plan.address,
            plan.mac,
            plan.podRange,
            plan.serviceRange,
            plan.veth,
            plan.cgroup,
        ]);
        assert.equal(new Set([...values, bridge.address, bridge.mac]).size, 9 * 6 + 2);
    });

    it("give each load balancer addresses that nobody else has", () => {
        assert.deepEqual(balancerAddresses(nodePlan(2)), ["172.30.0", 120, 10]);
        const taken = nodePlans(9).map(({ address }) => address);
        const all = nodePlans(9).flatMap((plan) => {
            const [prefix, first, count] = balancerAddresses(plan);
            return Array.from({ length: count }, (_, index) => `${prefix}.${first + index}`);
        });
        assert.equal(new Set([...all, ...taken, bridge.address]).size, 90 + 9 + 1);
        assert.ok(all.every((address) => Number(address.split(".")[3]) < 255));
    });

    it("refuse a number that has no addresses", () => {
        for (const number of [0, 10, 1.5]) {
            assert.throws(() => nodePlan(number), {
                name: "RangeError",
                message: `A lab cluster's number is 1 to 9, not ${number}.`,
            });
        }
    });

    it("give the bridge a hardware address of its own", () => {
        assert.equal(bridge.mac, "02:00:ac:1e:00:01");
        assert.equal(macOf("10.0.255.16"), "02:00:0a:00:ff:10");
    });
});
