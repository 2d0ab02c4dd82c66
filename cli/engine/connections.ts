import { hostOf } from "./reach";

/** A connection that failed, as far as a message tells of it. */
export interface ConnectionFailure {
    /** `HOST:PORT` or `HOST`, of whatever did not answer. */
    readonly address: string;
    /** Whether it was taken and then closed, rather than never taken. */
    readonly closed: boolean;
    /** The webhook that the API server could not ask, if it was that. */
    readonly webhook?: {
        readonly name: string;
        /** `NAME.NAMESPACE` of its Service; undefined where it is no Service. */
        readonly service?: string;
    };
}

const refused =
    /connection refused|no route to host|network is unreachable|i\/o timeout|no such host|server misbehaving|TLS handshake timeout|Client\.Timeout|deadline exceeded|connection timed out|ECONNREFUSED|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH|EAI_AGAIN/;
const cut = /\bEOF$|connection reset by peer|ECONNRESET|socket hang up/m;

/**
 * Reads out of a message which address a connection to failed, or undefined where it tells of none.
 *
 * Go's and Node's messages name it in one of a few ways: the URL of a request, which comes first since it has the name that
 * a person knows, or the address that was dialled.
 */
export function connectionFailure(text: string): ConnectionFailure | undefined {
    const isRefused = refused.test(text);
    if (!isRefused && !cut.test(text)) return undefined;
    const closed = !isRefused;
    const webhook = /failed calling webhook "([^"]+)"(?:.*?(https?:\/\/[^\s"]+))?/s.exec(text);
    if (webhook !== null) {
        const [, name = "", url = ""] = webhook;
        const host = hostOf(url);
        const service = /^(.+\..+)\.svc$/.exec(host)?.[1];
        return { address: host, closed, webhook: { name, ...(service !== undefined && { service }) } };
    }
    const address = dialled(text);
    return address === undefined ? undefined : { address, closed };
}

function dialled(text: string): string | undefined {
    const proxy = /proxyconnect tcp: dial tcp:? (?:lookup )?([^\s,]+?)(?: on \S+)?:? /.exec(text)?.[1];
    if (proxy !== undefined) return proxy;
    const url = /"(https?:\/\/[^"]+)": /.exec(text)?.[1];
    if (url !== undefined && URL.canParse(url)) return new URL(url).host;
    return (
        /The connection to the server (\S+) was refused/.exec(text)?.[1] ??
        /dial (?:tcp|udp)[46]?:? lookup (\S+?)(?: on \S+)?: /.exec(text)?.[1] ??
        /dial (?:tcp|udp)[46]? (\S+?:\d+): /.exec(text)?.[1] ??
        /(?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH) (\S+:\d+)/.exec(text)?.[1] ??
        /(?:ENOTFOUND|EAI_AGAIN) (\S+)/.exec(text)?.[1]
    );
}

/** Whether an address of a message is that of a server's URL. One without a port is compared by its name alone. */
export function isAddressOf(address: string, url: string | undefined): boolean {
    if (url === undefined || !URL.canParse(url)) return false;
    const { hostname, port, protocol } = new URL(url);
    const [, host = address, found] = /^(.*?)(?::(\d+))?$/.exec(address) ?? [];
    const wanted = port === "" ? (protocol === "http:" ? "80" : "443") : port;
    const plain = (name: string) => name.replace(/^\[|\]$/g, "").toLowerCase();
    return plain(host) === plain(hostname) && (found === undefined || found === wanted);
}
