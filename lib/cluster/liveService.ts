/** The parts of a Service that an export is made from. */
export interface LiveService {
    readonly metadata: { readonly name: string; readonly namespace: string };
    readonly spec: {
        readonly type?: string;
        readonly clusterIP?: string;
        readonly externalName?: string;
        readonly selector?: Readonly<Record<string, string>> | null;
        readonly ports?: readonly LivePort[];
    };
}

/** A port of a Service. */
export interface LivePort {
    readonly name?: string;
    readonly port: number;
    readonly protocol?: string;
    readonly targetPort?: number | string;
    readonly appProtocol?: string;
}

interface LiveContainer {
    readonly name: string;
    readonly ports?: readonly {
        readonly name?: string;
        readonly containerPort: number;
        readonly protocol?: string;
    }[];
}

/** The parts of a pod behind a Service that an export is made from. */
export interface LivePod {
    readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
    readonly spec: {
        readonly serviceAccountName?: string;
        readonly containers: readonly LiveContainer[];
        readonly initContainers?: readonly LiveContainer[];
    };
    readonly status?: { readonly phase?: string };
}
