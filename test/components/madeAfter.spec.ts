import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import * as k8s from "@pulumi/kubernetes";
import { madeAfter } from "../../components/madeAfter";
import { record } from "../support/mocks";

describe("madeAfter", () => {
    it("waits until the others are made, and leaves nothing in the state to wait for at the end", async () => {
        let release: (name: string) => void = () => undefined;
        const held = new Promise<string>((resolve) => {
            release = resolve;
        });
        const { resources, result } = await record(async () => {
            const first = new k8s.core.v1.Namespace("first", { metadata: { name: held } });
            let isOver = false;
            const order = madeAfter([first]).then((resources) => {
                isOver = true;
                return resources;
            });
            new k8s.core.v1.Namespace("second", {}, { dependsOn: order });
            await pause(20);
            const before = isOver;
            release("first");
            await order;
            return { before, after: isOver };
        });
        assert.deepEqual(result, { before: false, after: true });
        assert.deepEqual(
            resources.map(({ name, dependsOn }) => ({ name, dependsOn })),
            [
                { name: "first", dependsOn: undefined },
                { name: "second", dependsOn: undefined },
            ],
        );
    });
});
