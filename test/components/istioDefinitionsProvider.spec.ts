import assert from "node:assert/strict";
import { type IstioDefinitionsInputs, provider } from "../../components/istioDefinitionsProvider";
import { ask, offer } from "../../components/offer";
import { summaryOf } from "../../lib/istio/definitions";
import { definition } from "../support/mocks";

const { name } = definition.metadata;
const lines = { [name]: summaryOf(definition) };

describe("the provider of IstioDefinitions", () => {
    let asked: number;
    let from: string;
    const news = (changes: Partial<IstioDefinitionsInputs> = {}): IstioDefinitionsInputs => ({
        ...{ kubeconfig: "kubeconfig", context: "cluster1", removeCrds: false, chart: "today" },
        ...({ from } as IstioDefinitionsInputs),
        ...changes,
    });
    const checked = (chart: string) => ({
        ...{ kubeconfig: "kubeconfig", context: "cluster1", removeCrds: false, chart },
        definitions: lines,
    });

    beforeEach(async () => {
        asked = 0;
        from = await offer(() => {
            asked += 1;
            return Promise.resolve(JSON.stringify([definition]));
        });
    });

    it("asks the program what a new chart has, and keeps none of it in the state but a line for each", async () => {
        assert.deepEqual(await provider.check(undefined, news()), { inputs: checked("today") });
        const another = { ...checked("yesterday"), definitions: { [name]: "another" } };
        assert.deepEqual(await provider.check(another, news()), { inputs: checked("today") });
        assert.equal(asked, 2);
    });

    it("asks nothing while the chart is the same", async () => {
        assert.deepEqual(await provider.check(checked("today"), news()), { inputs: checked("today") });
        assert.equal(asked, 0);
    });

    it("sees no change in a state of an earlier version, which names no chart", async () => {
        const former = { ...checked("today"), chart: undefined };
        const { inputs } = await provider.check(former, news());
        assert.deepEqual(inputs, checked("today"));
        const outs = { ...former, written: {}, marks: [], left: [] };
        assert.deepEqual(await provider.diff("id", outs, inputs as IstioDefinitionsInputs), {
            changes: false,
        });
    });

    it("needs nothing of the program where only the way to the cluster is another", async () => {
        const olds = { ...checked("today"), written: { [name]: "hash" }, marks: ["app"], left: [] };
        const { inputs } = await provider.check(checked("today"), news({ context: "other" }));
        const { outs } = await provider.update("id", olds, inputs);
        assert.deepEqual([outs.written, outs.marks, asked], [{ [name]: "hash" }, ["app"], 0]);
    });
});

describe("an offered text", () => {
    it("is made for who asks at its address, and for nobody else", async () => {
        const address = await offer(() => Promise.resolve("text"));
        assert.equal(await ask(address), "text");
        await assert.rejects(ask(address.slice(0, -1)), { message: "The program answers 404." });
    });

    it("says why it can't be made", async () => {
        const address = await offer(() => Promise.reject(new Error("no such chart")));
        await assert.rejects(ask(address), { message: "no such chart" });
    });

    it("can't be had of a program that has ended", async () => {
        await assert.rejects(ask("http://127.0.0.1:1/"), {
            message: /^The program that made this resource can't be asked: connect ECONNREFUSED/,
        });
    });
});
