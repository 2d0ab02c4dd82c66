import assert from "node:assert/strict";
import { streamDecode, streamEncode } from "dns-packet";
import { isComplete, soaAnswer, soaQuery } from "../../../lib/dns/message";

const soa = {
    type: "SOA" as const,
    name: "GLOBAL",
    ttl: 5,
    data: {
        mname: "Dns.Example.Org",
        rname: "hostmaster.global",
        serial: 1,
        refresh: 2,
        retry: 3,
        expire: 4,
        minimum: 5,
    },
};

describe("dnsMessage", () => {
    it("asks for the start of a zone", () => {
        const { id, questions, flags } = streamDecode(soaQuery("global", 7));
        assert.deepEqual(
            { id, questions, flags },
            { id: 7, questions: [{ type: "SOA", name: "global", class: "IN" }], flags: 0x100 },
        );
    });

    it("knows when a message over TCP is complete", () => {
        const message = soaQuery("global");
        assert.deepEqual(
            [0, 1, 2, message.length - 1, message.length].map((length) =>
                isComplete(message.subarray(0, length)),
            ),
            [false, false, false, false, true],
        );
    });

    it("reads the code and the primary server", () => {
        const answer = streamEncode({ type: "response", id: 7, answers: [soa] });
        assert.deepEqual(soaAnswer(answer, "global"), { code: "NOERROR", primary: "dns.example.org" });
    });

    it("takes no other zone's record for the answer", () => {
        const refused = streamEncode({
            type: "response",
            id: 7,
            flags: 3,
            answers: [{ ...soa, name: "org" }],
        });
        assert.deepEqual(soaAnswer(refused, "global"), { code: "NXDOMAIN", primary: undefined });
    });
});
