/** A text in which nothing means anything to Markdown, HTML or GitHub: no mention, no reference, no link. */
export function escaped(text: string): string {
    return text
        .replace(/[\\`*_{}[\]()|~!]/g, (character) => `\\${character}`)
        .replace(/[&<>@#]|:(?=\/\/)|(?<=\bwww)\./g, (character) => `&#${character.charCodeAt(0)};`);
}
