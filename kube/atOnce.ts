/** Works through some items, a few at a time: each takes a process of its own. */
export async function fewAtOnce<T, R>(
    items: readonly T[],
    atOnce: number,
    work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
    const left = [...items.entries()];
    const results: R[] = [];
    const worker = async () => {
        for (let next = left.shift(); next !== undefined; next = left.shift())
            results[next[0]] = await work(next[1]);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    return results;
}
