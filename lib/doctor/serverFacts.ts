/** The kernel's tables of a pod's sockets, which all of its containers share. */
export const socketFiles = ["/proc/net/tcp", "/proc/net/tcp6"] as const;

/**
 * Reads {@link socketFiles}.
 *
 * @returns what is listened on, `127.0.0.1:8080` or `[::]:8080`; undefined where nothing is, as in a pod whose tables can't be read
 */
export function readListening(tables: string): readonly string[] | undefined {
    const places = tables.split("\n").flatMap((line) => listeningPlace(line.trim()));
    return places.length === 0 ? undefined : [...new Set(places)];
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
