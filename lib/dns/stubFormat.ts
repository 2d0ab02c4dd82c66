/** What of a ConfigMap is read and written here. */
export interface Contents {
    readonly data: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    /** Kept as it is. */
    readonly binaryData?: Readonly<Record<string, string>>;
}

/** Zones that the cluster's DNS hands on to other servers. */
export interface StubDomains {
    /** DNS zones without a final dot, such as `global`. At least one, none below another. */
    readonly zones: readonly string[];
    /** Addresses of the servers of all the zones: `IP`, `IPv4:PORT` or `[IPv6]:PORT`. At least one, at most 15. */
    readonly forwardTo: readonly string[];
    /** Who put them there, one word. What belongs to another owner is not touched. */
    readonly owner: string;
}

/** How one kind of cluster DNS keeps stub domains in a ConfigMap. All functions are pure. */
export interface StubFormat {
    /** Whether the cluster comes with the ConfigMap. One that it doesn't come with is made, and deleted when empty. */
    readonly comesWithCluster: boolean;
    /** Whether pods are replaced to take a change at once; they take it by themselves a minute or two later. */
    readonly replacesPods: boolean;
    /** Whether the pods of this configuration take a change without being replaced. */
    reloadsByItself(contents: Contents): boolean;
    /** What {@link read} gives when everything is in place, for people to compare. */
    text(stub: StubDomains): string;
    /** What the ConfigMap has of these zones; empty where it has nothing. */
    read(contents: Contents, zones: readonly string[]): string;
    /**
     * Makes the owner's zones exactly these; every other byte stays.
     *
     * @throws CorefileError or StubDomainError when the zone is served by somebody else, or the text can't be read
     */
    merge(contents: Contents, stub: StubDomains, options: { readonly takeOver: boolean }): Contents;
    /** Takes out every zone of the owner, and of these zones what has no owner. Every other byte stays. */
    remove(contents: Contents, zones: readonly string[], owner: string): Contents;
    /** Throws what {@link merge} would throw, without knowing the owner or where to forward to. */
    check(contents: Contents, zones: readonly string[]): void;
}

/** The same entries without one. */
export function without(
    entries: Readonly<Record<string, string>>,
    key: string,
): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.entries(entries).filter(([name]) => name !== key));
}
