import { proxyAdmin } from "./cluster";
import { type Cluster, sleep } from "./labMesh";

/** Where the sample client's sidecar sends the calls of a host's port 8000, with what it has counted of each place. */
export async function endpoints(
    cluster: Cluster,
    host: string,
    counter: string,
): Promise<Map<string, number>> {
    const text = await proxyAdmin(cluster, sleep, "clusters");
    const counts = text
        .split("\n")
        .map((line) => line.split("::"))
        .filter(([name, address, key]) => {
            return name === `outbound|8000||${host}` && /^[\d.]+:\d+$/.test(address ?? "") && key === counter;
        })
        .map(([, address = "", , count]): [string, number] => [address, Number(count)]);
    return new Map(counts.sort());
}
