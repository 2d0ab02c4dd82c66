/**
 * The Kubernetes versions that each Istio release supports, first and last, both as `1.N`. By minor version of Istio,
 * `1.N`, from the oldest that serves `networking.istio.io/v1` on.
 *
 * Source: the table of istio.io/latest/docs/releases/supported-releases, column "Supported Kubernetes Versions".
 */
const kubernetesByIstio: ReadonlyMap<number, readonly [first: number, last: number]> = new Map([
    [22, [27, 30]],
    [23, [27, 30]],
    [24, [28, 31]],
    [25, [29, 32]],
    [26, [29, 33]],
    [27, [29, 33]],
    [28, [30, 34]],
    [29, [31, 35]],
    [30, [32, 36]],
]);

/** Oldest minor version of Istio that can be installed: the first that serves `networking.istio.io/v1`. */
export const oldestIstio = Math.min(...kubernetesByIstio.keys());
/** Newest minor version of Istio of which it is known here which Kubernetes it supports. */
export const newestIstio = Math.max(...kubernetesByIstio.keys());
const oldestKubernetes = Math.min(...[...kubernetesByIstio.values()].map(([first]) => first));

/** What to say of a pair of versions. */
export interface VersionVerdict {
    /** A sentence about a pair that can't work. */
    readonly problem?: string;
    /** A sentence about a pair that nobody has tried. */
    readonly warning?: string;
}

/**
 * The `N` of a version `1.N.…`, such as `v1.34.4`, `1.30.5` or `v1.33.1+k3s1`. Undefined for anything else.
 */
export function minorOf(version: string): number | undefined {
    const [, minor] = /^v?1\.(\d+)(?:\D|$)/.exec(version) ?? [];
    return minor === undefined ? undefined : Number(minor);
}

/**
 * Judges a cluster's Kubernetes by the Istio that is to be installed.
 *
 * @param kubernetes the API server's `gitVersion`, such as `v1.34.4`
 * @param istio release of the charts, such as `1.30.5`; undefined for local charts, which don't say which release they are
 */
export function judgeVersions(kubernetes: string, istio: string | undefined): VersionVerdict {
    const cluster = minorOf(kubernetes);
    if (cluster === undefined) return {};
    if (cluster < oldestKubernetes) {
        return {
            problem:
                `the cluster runs Kubernetes ${kubernetes}, which is too old: at least 1.${oldestKubernetes} is needed; ` +
                `upgrade the cluster`,
        };
    }
    const minor = istio === undefined ? undefined : minorOf(istio);
    if (minor === undefined) return {};
    const [first, last] = kubernetesByIstio.get(minor) ?? [];
    if (first === undefined || last === undefined) {
        return {
            warning:
                `Istio 1.${minor} is newer than 1.${newestIstio}, the newest that this project knows. ` +
                `Whether it supports Kubernetes ${kubernetes} was not checked.`,
        };
    }
    if (cluster < first) {
        const fitting = Math.max(
            ...[...kubernetesByIstio].filter(([, [from]]) => from <= cluster).map(([each]) => each),
        );
        return {
            problem:
                `the cluster runs Kubernetes ${kubernetes}, but Istio 1.${minor} needs 1.${first} or newer; ` +
                `upgrade the cluster, or set istio.version to a release of 1.${fitting}`,
        };
    }
    if (cluster > last) {
        return {
            warning: `The cluster runs Kubernetes ${kubernetes}, which is newer than 1.${last}, the newest that Istio 1.${minor} supports.`,
        };
    }
    return {};
}
