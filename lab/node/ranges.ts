/** A range of IPv4 addresses, both ends included. */
interface Range {
    readonly first: number;
    readonly last: number;
    readonly prefixLength: number;
}

/**
 * Whether two IPv4 ranges such as 10.0.0.0/8 share an address. A plain address counts as a range of one.
 *
 * @returns false for what is no IPv4 range
 */
export function overlap(one: string, other: string): boolean {
    const a = parseRange(one);
    const b = parseRange(other);
    return a !== undefined && b !== undefined && a.first <= b.last && b.first <= a.last;
}

/** Length of the prefix of an IPv4 range, undefined for what is none. */
export function prefixLength(range: string): number | undefined {
    return parseRange(range)?.prefixLength;
}

function parseRange(text: string): Range | undefined {
    const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text);
    if (match === null) {
        return undefined;
    }
    const numbers = match.slice(1, 5).map(Number);
    const length = match[5] === undefined ? 32 : Number(match[5]);
    if (numbers.some((number) => number > 255) || length > 32) {
        return undefined;
    }
    const address = numbers.reduce((sum, number) => sum * 256 + number, 0);
    const size = 2 ** (32 - length);
    const first = Math.floor(address / size) * size;
    return { first, last: first + size - 1, prefixLength: length };
}
