/** Protocols that calls are made by, with the port of the pod that each is served on. */
export const servedPorts = { HTTP: 9101, GRPC: 9102, TCP: 9103 } as const;

export type Protocol = keyof typeof servedPorts;

/** The number by which gRPC says that a call went well, in a header after the answer. */
export const grpcOk = "0";
/** The one by which an application says that it can't go on just now, whatever it has done until then. */
export const grpcUnavailable = "14";

/** A message as gRPC frames it: not compressed, its length, its bytes. */
export function framed(text: string): Buffer {
    const head = Buffer.alloc(5);
    head.writeUInt32BE(Buffer.byteLength(text), 1);
    return Buffer.concat([head, Buffer.from(text)]);
}

/** The text of a single framed message. */
export function unframed(message: Buffer): string {
    return message.subarray(5).toString();
}

/** One call, as its caller saw it. */
export interface Call {
    readonly protocol: Protocol;
    /** When it began, milliseconds since 1970. */
    readonly at: number;
    /** How long until it ended, milliseconds. */
    readonly ms: number;
    /** Name of the server that answered; absent where none did. */
    readonly by?: string;
    /** Why there was no answer. */
    readonly error?: string;
}
