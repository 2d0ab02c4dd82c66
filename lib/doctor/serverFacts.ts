import type { ServerAnswer, ServerFacts } from "./evidence";

/**
 * What is run in the container of a pod's proxy, whose connections to 127.0.0.1 come to the application past the proxy. It
 * reads what listens, and asks each port by HTTP/1.1 and by gRPC, for a method that nobody has.
 *
 * The arguments are the path, the Host header, and the ports.
 */
export const serverScript = `
path=$1; host=$2; shift 2
echo sockets
cat /proc/net/tcp /proc/net/tcp6 2>/dev/null
for port in "$@"; do
    command -v curl >/dev/null || continue
    echo "http $port $(curl -s -o /dev/null -m 3 -w '%{http_code}' -H "Host: $host" "http://127.0.0.1:$port$path")"
    echo "grpc $port $(printf '\\000\\000\\000\\000\\000' | curl -s -o /dev/null -D - -m 3 --http2-prior-knowledge -X POST \\
        -H 'content-type: application/grpc' -H 'te: trailers' --data-binary @- "http://127.0.0.1:$port/mesh.verify/Ask" | grep -ci '^grpc-status:')"
done`;

/** Reads what {@link serverScript} wrote. */
export function readServerFacts(output: string): ServerFacts {
    const lines = output.split("\n").map((line) => line.trim());
    const listening = lines.flatMap(listeningPlace);
    const answers: Record<number, ServerAnswer> = {};
    for (const line of lines) {
        const [kind, port, value] = line.split(" ");
        if (port === undefined || value === undefined) continue;
        const known = answers[Number(port)] ?? { grpc: false };
        if (kind === "http")
            answers[Number(port)] = { ...known, ...(value !== "000" && { http: Number(value) }) };
        if (kind === "grpc") answers[Number(port)] = { ...known, grpc: Number(value) > 0 };
    }
    // A pod whose proxy listens nowhere is one whose sockets can't be read.
    return { ...(listening.length > 0 && { listening: [...new Set(listening)] }), answers };
}

/** The state LISTEN of a line of /proc/net/tcp. */
const listens = "0A";

function listeningPlace(line: string): readonly string[] {
    const match = /^\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) /i.exec(
        line,
    );
    if (match === null || match[3] !== listens) return [];
    return [`${addressOf(match[1] ?? "")}:${parseInt(match[2] ?? "", 16)}`];
}

/** The kernel writes an address as words of the machine's own order, which is that of the least byte first. */
function addressOf(hex: string): string {
    const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) =>
        (word.match(/../g) ?? []).reverse().map((byte) => parseInt(byte, 16)),
    );
    if (bytes.length === 4) return bytes.join(".");
    if (bytes.every((byte) => byte === 0)) return "[::]";
    if (bytes.slice(0, 15).every((byte) => byte === 0) && bytes[15] === 1) return "[::1]";
    const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255;
    if (isMapped) return `[::ffff:${bytes.slice(12).join(".")}]`;
    const words = Array.from({ length: 8 }, (_, index) =>
        ((bytes[2 * index] ?? 0) * 256 + (bytes[2 * index + 1] ?? 0)).toString(16),
    );
    return `[${words.join(":")}]`;
}
