/**
 * How far a call gets, in the order of its way: the name is resolved, the sidecar knows the host, a gateway is reached, a
 * connection is passed on to a workload, and the workload's own sidecar has answered.
 */
export const hops = ["name", "sidecar", "gateway", "passage", "workload"] as const;

/** One of {@link hops}. */
export type Hop = (typeof hops)[number];

/** What is known of a kind of cause. */
interface CodeFacts {
    /** Hops that a call with this cause ends at. */
    readonly at: readonly Hop[];
    /** Whether it can't be told that it makes the call fail: it is only named where nothing else is found. */
    readonly isSuspect?: true;
}

const name = { at: ["name"] } as const;
const sidecar = { at: ["sidecar"] } as const;
const gateway = { at: ["gateway"] } as const;
const passage = { at: ["passage"] } as const;
const workload = { at: ["workload"] } as const;
const anywhere = { at: hops } as const;
const behindSidecar = { at: ["sidecar", "gateway", "passage", "workload"] } as const;

/** Every code that `mesh verify` gives a cause, in the order in which causes that a call could end by are mended. */
export const codes = {
    "dns-not-running": name,
    "dns-not-forwarding": name,
    "globaldns-not-running": name,
    "caller-without-sidecar": { at: ["name", "sidecar"] },
    "import-missing": sidecar,
    "import-stale": { at: ["sidecar", "gateway"] },
    "host-taken-by-service-entry": behindSidecar,
    "host-hidden-by-sidecar-resource": behindSidecar,
    "host-routed-by-virtual-service": behindSidecar,
    "rule-without-mutual-tls": { at: ["passage", "workload"] },
    "rule-with-other-identity": passage,
    "egress-gateway-gone": { at: ["sidecar", "gateway"] },
    "egress-gateway-not-ready": gateway,
    // Without any host it does not listen.
    "egress-gateway-without-host": { at: ["gateway", "passage"] },
    "gateway-gone": gateway,
    "gateway-not-ready": gateway,
    "gateway-moved": { at: ["sidecar", "gateway"] },
    "gateway-without-host": passage,
    "alias-missing": passage,
    "injection-off": passage,
    "injector-missing": passage,
    "injection-label-missing": passage,
    "pod-older-than-injection": passage,
    "no-pods": passage,
    "pod-not-ready": { at: ["passage", "workload"] },
    "mutual-tls-off": passage,
    "workload-entry-joins": { at: ["passage", "workload"] },
    "other-service-account": passage,
    "certificate-expired": { at: ["passage", "workload"] },
    "other-root": { at: ["passage", "workload"] },
    "caller-not-allowed": { at: ["passage", "workload"] },
    "policy-denies": { at: ["passage", "workload"] },
    "network-policy": { at: ["name", "gateway", "passage"] },
    "nothing-listens": { at: ["passage", "workload"] },
    "listens-on-loopback": { at: ["passage", "workload"] },
    "protocol-misnamed": { at: ["passage", "workload"] },
    "application-answers": workload,
    "istiod-down": { ...anywhere, isSuspect: true },
    "sidecar-of-another-revision": { at: ["passage", "workload"], isSuspect: true },
    "envoy-filter": { ...behindSidecar, isSuspect: true },
} as const satisfies Readonly<Record<string, CodeFacts>>;

/** One of the keys of {@link codes}. */
export type Code = keyof typeof codes;

/** Hops that a call ends at which has this cause. */
export function hopsOf(code: Code): readonly Hop[] {
    return codes[code].at;
}

/** Whether it is only named where nothing else is found. */
export function isSuspect(code: Code): boolean {
    return (codes[code] as CodeFacts).isSuspect === true;
}

/** Place of a code in the table. */
export function rankOf(code: Code): number {
    return Object.keys(codes).indexOf(code);
}

/** How far along a call's way a hop is. */
export function distanceOf(hop: Hop): number {
    return hops.indexOf(hop);
}
