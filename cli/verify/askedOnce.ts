/** Asks about each thing once, whoever wants to know it. @param keyOf what it is known by */
export function askedOnce<A, R>(
    keyOf: (about: A) => string,
    ask: (about: A) => Promise<R>,
): (about: A) => Promise<R> {
    const known = new Map<string, Promise<R>>();
    return (about) => {
        const key = keyOf(about);
        const answer = known.get(key) ?? ask(about);
        known.set(key, answer);
        return answer;
    };
}
