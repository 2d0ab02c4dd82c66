/** What is wrong with a Corefile, in a sentence for the person who has to repair it. */
export class CorefileError extends Error {
    /** @param line line of the Corefile that the sentence is about, counted from 1; undefined for the whole file */
    constructor(
        message: string,
        readonly line?: number,
    ) {
        super(message);
        this.name = "CorefileError";
    }
}

/** One word of a Corefile, as CoreDNS reads it: without quotes and comments. */
export interface Token {
    readonly text: string;
    /** Line on which the token begins, counted from 1. */
    readonly line: number;
    /** Line on which the token ends; another one only for quoted text with line breaks. */
    readonly endLine: number;
    /** Position of the first character in the Corefile. */
    readonly start: number;
    /** Position after the last character. */
    readonly end: number;
}

/** A name in front of a server block, such as `.:53` or `dns://example.org`. */
export interface ServerKey {
    readonly text: string;
    readonly line: number;
}

/** A `{ }` block at the top level. */
export interface ServerBlock {
    /** `snippet` is a block named `(name)`: text to import elsewhere, not a server. */
    readonly kind: "server" | "snippet";
    readonly keys: readonly ServerKey[];
    /** Line of the first key. */
    readonly line: number;
    /** Position of the first key in the Corefile. */
    readonly start: number;
    /** Position after the closing brace. */
    readonly end: number;
}

/** White space of Go's unicode.IsSpace, which CoreDNS uses; JavaScript's own class differs in U+0085 and U+FEFF. */
const space = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/**
 * Splits a Corefile into tokens exactly as CoreDNS does (caddyfile/lexer.go of github.com/coredns/caddy), with two
 * habits worth knowing: `#` begins a comment even inside a word, and a comment that begins inside a word ends at the
 * next white space instead of at the end of the line.
 *
 * @throws CorefileError for a quote that is never closed. CoreDNS accepts it, but whatever is appended to such a file
 * becomes part of the quoted text.
 */
export function tokenize(corefile: string): Token[] {
    const tokens: Token[] = [];
    let at = corefile.startsWith("\ufeff") ? 1 : 0;
    let line = 1;
    let current: { text: string; line: number; start: number } | undefined;
    let comment = false;

    const finish = (end: number): void => {
        if (current !== undefined) tokens.push({ ...current, end, endLine: line });
        current = undefined;
        comment = false;
    };

    for (; at < corefile.length; at++) {
        const character = corefile.charAt(at);
        if (space.test(character)) {
            if (character === "\r") continue;
            if (current !== undefined) finish(at);
            if (character === "\n") {
                line++;
                comment = false;
            }
            continue;
        }
        if (character === "#") comment = true;
        if (comment) continue;
        if (current === undefined && character === '"') {
            const quoted = readQuoted(corefile, at, line);
            tokens.push(quoted);
            at = quoted.end - 1;
            line = quoted.endLine;
            continue;
        }
        current ??= { text: "", line, start: at };
        current.text += character;
    }
    finish(at);
    return tokens;
}

function readQuoted(corefile: string, start: number, line: number): Token {
    let text = "";
    for (let at = start + 1; at < corefile.length; at++) {
        const character = corefile.charAt(at);
        if (character === '"') return { text, line, endLine: line + lineBreaks(text), start, end: at + 1 };
        if (character === "\\" && at + 1 < corefile.length) {
            at++;
            const escaped = corefile.charAt(at);
            text += escaped === '"' ? '"' : `\\${escaped}`;
            continue;
        }
        text += character;
    }
    throw new CorefileError(`Line ${line} of the Corefile opens a quote that is never closed.`, line);
}

function lineBreaks(text: string): number {
    return text.split("\n").length - 1;
}

/**
 * Finds the top-level blocks of a Corefile by the rules of CoreDNS's own parser (caddyfile/parse.go). What `import`
 * lines bring in is not looked at. The positions point into the given text, so that whoever edits it can leave every
 * other byte alone.
 *
 * @throws CorefileError for text that CoreDNS refuses, and for the two shapes to which no block can be appended:
 * a server block without braces, and a last brace that is missing
 */
export function parseCorefile(corefile: string): ServerBlock[] {
    return new Parser(tokenize(corefile)).parse();
}

class Parser {
    private at = 0;

    constructor(private readonly tokens: readonly Token[]) {}

    parse(): ServerBlock[] {
        const blocks: ServerBlock[] = [];
        for (let first = this.peek(); first !== undefined; first = this.peek()) {
            if (first.text === "import" && this.startsLine()) this.skipImport();
            else blocks.push(this.parseBlock(first));
        }
        return blocks;
    }

    private parseBlock(first: Token): ServerBlock {
        const keys = this.parseKeys(first);
        const open = this.peek();
        const name = keys.map((key) => key.text).join(" ");
        if (open?.text !== "{") {
            throw new CorefileError(
                `The server block "${name}" at line ${first.line} of the Corefile has no braces, ` +
                    "so no other block can follow it; write its contents between { and }.",
                first.line,
            );
        }
        this.at++;
        const snippet = keys.length === 1 && /^\(.*\)$/s.test(keys[0]?.text ?? "");
        const end = snippet ? this.skipSnippet(first) : this.skipDirectives(first);
        return { kind: snippet ? "snippet" : "server", keys, line: first.line, start: first.start, end };
    }

    private parseKeys(first: Token): ServerKey[] {
        const keys: ServerKey[] = [];
        let expectsAnother = false;
        for (let token = this.peek(); token !== undefined; token = this.peek()) {
            const newLine = token !== first && this.startsLine();
            if (newLine && !expectsAnother) return keys;
            if (token.text === "import" && newLine) {
                this.skipImport();
                continue;
            }
            if (token.text === "{") {
                if (expectsAnother)
                    throw this.unexpected(token, "after a comma, where another name must follow");
                return keys;
            }
            if (token.text === "}") throw this.unexpected(token, "without a matching {");
            expectsAnother = token.text.endsWith(",");
            const text = expectsAnother ? token.text.slice(0, -1) : token.text;
            if (token.text !== "") keys.push({ text, line: token.line });
            this.at++;
        }
        if (expectsAnother) {
            throw new CorefileError(
                `The Corefile ends after a comma in the names of the server block at line ${first.line}.`,
                first.line,
            );
        }
        return keys;
    }

    /** Skips to the end of a snippet, which CoreDNS reads by counting braces alone. */
    private skipSnippet(first: Token): number {
        let depth = 1;
        for (let token = this.take(); token !== undefined; token = this.take()) {
            if (token.text === "{") depth++;
            if (token.text === "}") depth--;
            if (depth === 0) return token.end;
        }
        throw this.neverClosed(first);
    }

    private skipDirectives(first: Token): number {
        for (let token = this.peek(); token !== undefined; token = this.peek()) {
            if (token.text === "}") {
                this.at++;
                return token.end;
            }
            if (token.text === "import") this.skipImport();
            else this.skipDirective(token, first);
        }
        throw this.neverClosed(first);
    }

    private skipDirective(directive: Token, block: Token): void {
        if (directive.text === "{") throw this.unexpected(directive, "where a plugin's name must stand");
        this.at++;
        let depth = 0;
        for (let token = this.peek(); token !== undefined; token = this.peek()) {
            if (token.text === "{") depth++;
            else if (this.startsLine() && depth === 0) return;
            else if (token.text === "}" && depth > 0) depth--;
            else if (token.text === "}") {
                throw this.unexpected(
                    token,
                    `on the line of "${directive.text}"; it must stand on a line of its own`,
                );
            } else if (token.text === "import" && this.startsLine()) {
                this.skipImport();
                continue;
            }
            this.at++;
        }
        if (depth > 0) throw this.neverClosed(block);
    }

    private skipImport(): void {
        const directive = this.take();
        const line = directive?.line ?? 1;
        if (this.peek() === undefined || this.startsLine()) {
            throw new CorefileError(
                `The import at line ${line} of the Corefile names no file or snippet.`,
                line,
            );
        }
        this.at++;
        if (this.peek() !== undefined && !this.startsLine()) {
            throw new CorefileError(
                `The import at line ${line} of the Corefile has more than one argument; CoreDNS takes exactly one.`,
                line,
            );
        }
    }

    private peek(): Token | undefined {
        return this.tokens[this.at];
    }

    private take(): Token | undefined {
        return this.tokens[this.at++];
    }

    /** Whether the next token is the first one on its line. */
    private startsLine(): boolean {
        const previous = this.tokens[this.at - 1];
        return previous === undefined || previous.endLine < (this.peek()?.line ?? Infinity);
    }

    private unexpected(token: Token, where: string): CorefileError {
        return new CorefileError(
            `Line ${token.line} of the Corefile has a "${token.text}" ${where}.`,
            token.line,
        );
    }

    private neverClosed(first: Token): CorefileError {
        return new CorefileError(
            `The block "${first.text}" that begins at line ${first.line} of the Corefile is never closed: ` +
                "a } is missing.",
            first.line,
        );
    }
}
