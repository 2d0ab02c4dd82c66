/** What stands where something was left out. */
export const leftOut = "[left out]";

/** Something that looked like a secret, and was taken out. */
export interface Redaction {
    /** Where it was, such as `calls[0].checks[4].detail`. */
    readonly where: string;
    /** What it looked like. */
    readonly what: string;
}

/** How one kind of secret looks, and what stays of it. */
interface Look {
    readonly what: string;
    readonly pattern: RegExp;
    /** What stays, by default nothing. */
    readonly stays?: string;
    /** Whether what matches is one. */
    readonly isOne?: (match: string) => boolean;
}

/** In their order: what is taken out by one is no part of a later one. */
const looks: readonly Look[] = [
    {
        what: "PEM block",
        // One that was cut off has no end.
        pattern: /-----BEGIN [A-Z0-9 ]+-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|$)/g,
    },
    { what: "token", pattern: /\beyJ[\w-]{6,}\.[\w-]+(?:\.[\w-]*)*/g },
    {
        what: "header",
        pattern: /((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)(["'\]\\]*\s*[:=])[^\r\n]*/gi,
        stays: "$1$2 ",
    },
    { what: "bearer token", pattern: /\b(bearer)\s+[^\s"',;]+/gi, stays: "$1 " },
    {
        what: "user and password",
        pattern: /\b(basic)\s+[A-Za-z0-9+/=_-]{4,}/gi,
        stays: "$1 ",
        isOne: (match) => /[A-Z0-9=]/.test(match.slice("basic".length)),
    },
    { what: "user and password", pattern: /\b([a-z][a-z0-9+.-]*:\/\/)[^\s@"'<>]+@/gi, stays: "$1" },
    {
        what: "value of a secret's name",
        pattern:
            /([\w-]*(?:password|passwd|passphrase|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credentials?|(?:key|certificate|authority)-data)[\w-]*)(["'\\]*\s*[:=]\s*)(?:"[^"]*(?:"|$)|'[^']*(?:'|$)|[^\s"',;&}]+)/gi,
        stays: "$1$2",
    },
    {
        what: "key of a known kind",
        pattern:
            /\b(?:A[KS]IA[A-Z0-9]{16}|gh[oprsu]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|pul-[0-9a-f]{40}|hv[bs]\.[\w-]{20,}|xox[a-z]-[\w-]{10,}|npm_\w{30,}|AIza[\w-]{30,})/g,
    },
    { what: "key or certificate", pattern: /[A-Za-z0-9+/_-]{32,}={0,2}/g, isOne: isKeyLike },
];

/** Letters of both sizes and digits in one word are no name of Kubernetes', and no hash as this project writes it. */
const isMixed = (text: string) => /[A-Z]/.test(text) && /[a-z]/.test(text) && /\d/.test(text);

/** Whether a long word is one that was drawn by lot, rather than a path. */
function isKeyLike(word: string): boolean {
    const parts = word.split("/");
    // Base64 has either + and / or - and _.
    if (/[-_]/.test(word) && parts.length > 1)
        return parts.some((part) => part.length >= 32 && isMixed(part));
    const isPath = word.startsWith("/") && parts.every((part) => part.length < 20);
    return isMixed(word) && !isPath;
}

/** Property whose text is a secret whatever it looks like. */
const secretKey =
    /^(?:(?:proxy-)?authorization|(?:set-)?cookie|password|passphrase|token|secret|private_?key)$/i;

function redactText(text: string, where: string, found: Redaction[]): string {
    return looks.reduce(
        (left, { what, pattern, stays = "", isOne = () => true }) =>
            left.replace(pattern, (match: string, ...groups: unknown[]) => {
                if (!isOne(match)) return match;
                found.push({ where, what });
                return (
                    stays.replace(/\$(\d)/g, (_, index: string) => String(groups[Number(index) - 1])) +
                    leftOut
                );
            }),
        text,
    );
}

/**
 * Takes whatever looks like a secret out of a value that JSON can hold. It is a second net: what is known to hold secrets is not
 * to be put in at all.
 *
 * @param where what the value is called in the redactions
 */
export function redact(
    value: unknown,
    where = "",
): { readonly value: unknown; readonly found: readonly Redaction[] } {
    const found: Redaction[] = [];
    const walk = (each: unknown, path: string): unknown => {
        if (typeof each === "string") return redactText(each, path, found);
        if (Array.isArray(each)) return each.map((item, index) => walk(item, `${path}[${index}]`));
        if (typeof each !== "object" || each === null) return each;
        return Object.fromEntries(
            Object.entries(each).map(([key, inner]) => {
                const name = redactText(key, path, found);
                const place = path === "" ? name : `${path}.${name}`;
                if (!secretKey.test(key) || typeof inner !== "string") return [name, walk(inner, place)];
                found.push({ where: place, what: "value of a secret's name" });
                return [name, leftOut];
            }),
        );
    };
    return { value: walk(JSON.parse(JSON.stringify(value)), where), found };
}
