import { asPrinted, type Cause, refreshed, scaled, undone } from "./causes";
import type { Patient } from "./patient";

const place = "istio-egress";
const name = "istio-egressgateway";
const nowhere = (node: string | null) => ({
    spec: { template: { spec: { nodeSelector: { nowhere: node } } } },
});
const deleted = (kind: string, object: (patient: Patient) => string) => (patient: Patient) =>
    patient.kubectl(patient.caller, ["delete", kind, object(patient), "-n", place]);

/** Faults of the egress gateway, and the exporter's behind it, each in two ways. */
export const egressCauses: readonly Cause[] = [
    {
        what: "no egress gateway",
        expected: "egress-gateway-gone",
        make: deleted("deployment", () => name),
        step: refreshed,
    },
    {
        what: "no Service of the egress gateway",
        expected: "egress-gateway-gone",
        make: deleted("service", () => name),
        step: refreshed,
    },
    {
        what: "an egress gateway of no pods",
        expected: "egress-gateway-not-ready",
        make: scaled("caller", place, name),
        step: asPrinted,
    },
    {
        what: "an egress gateway that no node takes",
        expected: "egress-gateway-not-ready",
        make: (patient) => patient.repod(patient.caller, place, name, nowhere("x"), nowhere(null), false),
        step: undone,
    },
    {
        what: "no Gateway of the egress gateway",
        expected: "egress-gateway-without-host",
        make: deleted("gateway.networking.istio.io", () => name),
        step: refreshed,
    },
    {
        what: "no entry that leads on from the egress gateway",
        expected: "egress-gateway-without-host",
        make: deleted("serviceentry", ({ host }) => host),
        step: refreshed,
    },
    {
        what: "an exporter's gateway of no pods, behind an egress gateway",
        expected: "gateway-not-ready",
        make: scaled("server", "istio-system", "istio-eastwestgateway"),
        step: asPrinted,
    },
];
