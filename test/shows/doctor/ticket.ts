import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Bundle } from "../../../cli/verify/bundle";
import type { Patient } from "./patient";
import { plantSecrets, turnsMutualTlsOff } from "./secrets";

/** Lets `mesh verify` write a file for a ticket about a call that fails, where secrets stand about, and looks into it. */
export async function makeTicket(
    patient: Patient,
): Promise<{ readonly kibibytes: string; readonly seconds: number }> {
    const file = join(patient.mesh.project.folder, "ticket.json");
    const needles = await plantSecrets(patient);
    await patient.apply(patient.server, turnsMutualTlsOff(patient.namespace));
    await patient.failing();
    const { seconds, code } = await patient.verify("/headers", 0, ["--bundle", file]);
    assert.equal(code, 1);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const text = readFileSync(file, "utf8");
    assert.deepEqual(
        needles.filter((needle) => text.includes(needle)),
        [],
    );
    const bundle = JSON.parse(text) as Bundle;
    assert.equal(bundle.calls[0]?.findings?.[0]?.code, "mutual-tls-off");
    const roles = bundle.clusters.map(({ proxies = [] }) => proxies.map(({ role }) => role).sort());
    assert.deepEqual(roles, [["caller"], ["gateway", "server"]]);
    for (const { kubernetes, istiods = [], proxies = [], dns, lastUp } of bundle.clusters) {
        assert.ok(kubernetes && istiods.length === 1 && lastUp);
        assert.ok(dns?.meshPart?.includes("forward") && dns.globalDns?.["zone.global"]);
        for (const { endpoints, clusters, listeners } of proxies)
            for (const part of [endpoints, clusters, listeners]) assert.ok(part.length > 0);
    }
    assert.deepEqual(bundle.notLookedAt, []);
    const again = await patient.mesh.project.mesh(["verify", "--bundle", file]);
    assert.match(again.text, /is there already, and nothing is written over/);
    return { kibibytes: (text.length / 1024).toFixed(0), seconds };
}
