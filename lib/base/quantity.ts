/** What a quantity's suffix multiplies by, as Kubernetes' resource.Quantity defines it. */
const factors: Readonly<Record<string, number>> = {
    "": 1,
    m: 1e-3,
    k: 1e3,
    M: 1e6,
    G: 1e9,
    T: 1e12,
    P: 1e15,
    E: 1e18,
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
    Ti: 2 ** 40,
    Pi: 2 ** 50,
    Ei: 2 ** 60,
};

const pattern = /^(\d+(?:\.\d+)?)(|m|[kMGTPE]|[KMGTPE]i)$/;

/** The number that a Kubernetes quantity such as `100m` or `128Mi` stands for, or undefined when it is none. */
export function quantity(text: string): number | undefined {
    const [, number, suffix = ""] = pattern.exec(text) ?? [];
    return number === undefined ? undefined : Number(number) * (factors[suffix] ?? 1);
}
