/** What the expressions of a workflow can name. */
export type Contexts = Readonly<Record<string, unknown>>;

/** A text of a workflow with each `${{ EXPRESSION }}` in it replaced by its value, as GitHub does it. */
export function filledIn(text: string, contexts: Contexts): string {
    const whole = /^\$\{\{(.*)\}\}$/s.exec(text.trim());
    if (whole !== null && !whole[1]?.includes("${{")) return asText(valueOf(whole[1] ?? "", contexts));
    return text.replace(/\$\{\{(.*?)\}\}/gs, (_, each: string) => asText(valueOf(each, contexts)));
}

/** Whether a condition holds; none always does. */
export function holds(condition: string | undefined, contexts: Contexts): boolean {
    return condition === undefined || Boolean(valueOf(condition, contexts));
}

const token = /\s*('(?:[^']|'')*'|\|\||&&|==|!=|[!(),]|[\w.-]+)/y;

/** The value of an expression, of which what this project's workflows use is known; anything else is an error. */
function valueOf(text: string, contexts: Contexts): unknown {
    const words: string[] = [];
    token.lastIndex = 0;
    for (let found = token.exec(text); found !== null; found = token.exec(text)) words.push(found[1] ?? "");
    const parser = new Parser(words, contexts);
    const value = parser.either();
    if (words.length === 0 || parser.isMore)
        throw new Error(`The stand-in can't read the expression ${text}.`);
    return value;
}

class Parser {
    private at = 0;

    constructor(
        private readonly words: readonly string[],
        private readonly contexts: Contexts,
    ) {}

    get isMore(): boolean {
        return this.at < this.words.length;
    }

    either(): unknown {
        let value = this.both();
        while (this.take("||")) {
            const other = this.both();
            value = value || other;
        }
        return value;
    }

    private both(): unknown {
        let value = this.compared();
        while (this.take("&&")) {
            const other = this.compared();
            value = value && other;
        }
        return value;
    }

    private compared(): unknown {
        const value = this.single();
        if (this.take("==")) return isSame(value, this.single());
        if (this.take("!=")) return !isSame(value, this.single());
        return value;
    }

    private single(): unknown {
        if (this.take("!")) return !this.single();
        if (this.take("(")) {
            const value = this.either();
            this.expect(")");
            return value;
        }
        const word = this.words[this.at++] ?? "";
        if (word.startsWith("'")) return word.slice(1, -1).replaceAll("''", "'");
        if (this.take("(")) return this.called(word);
        const [first = "", ...path] = word.split(".");
        if (!(first in this.contexts)) throw new Error(`The stand-in has no context ${first}.`);
        return path.reduce<unknown>(
            (value, name) => (value as Contexts | null | undefined)?.[name],
            this.contexts[first],
        );
    }

    private called(name: string): unknown {
        const args: unknown[] = [];
        while (!this.take(")")) {
            args.push(this.either());
            this.take(",");
        }
        if (name === "always") return true;
        if (name !== "format") throw new Error(`The stand-in has no function ${name}.`);
        return asText(args[0]).replace(/\{(\d)\}/g, (_, index: string) => asText(args[Number(index) + 1]));
    }

    private take(word: string): boolean {
        if (this.words[this.at] !== word) return false;
        this.at++;
        return true;
    }

    private expect(word: string): void {
        if (!this.take(word)) throw new Error(`The stand-in misses a ${word}.`);
    }
}

function isSame(one: unknown, other: unknown): boolean {
    return asText(one).toLowerCase() === asText(other).toLowerCase();
}

function asText(value: unknown): string {
    if (value === undefined || value === null) return "";
    return typeof value === "string" ? value : JSON.stringify(value);
}
