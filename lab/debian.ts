import * as fs from "node:fs";
import { findCommand, LabError, run } from "./exec";

/** A Debian package of the lab, and how to see that what it is for is there, wherever it came from. */
export interface DebianPackage {
    name: string;
    /** A command, or the absolute path of a file. */
    provides: string;
}

/** What a node needs, what the images are made of, and what the build itself calls. */
export const debianPackages: readonly DebianPackage[] = [
    { name: "containerd", provides: "containerd" },
    { name: "runc", provides: "runc" },
    { name: "containernetworking-plugins", provides: "/usr/lib/cni/bridge" },
    { name: "iproute2", provides: "ip" },
    { name: "iptables", provides: "iptables" },
    { name: "nftables", provides: "nft" },
    { name: "conntrack", provides: "conntrack" },
    { name: "socat", provides: "socat" },
    { name: "ethtool", provides: "ethtool" },
    { name: "ipset", provides: "ipset" },
    { name: "kmod", provides: "modprobe" },
    { name: "util-linux", provides: "flock" },
    { name: "busybox-static", provides: "busybox" },
    { name: "bind9-dnsutils", provides: "nslookup" },
    { name: "curl", provides: "curl" },
    { name: "ca-certificates", provides: "/etc/ssl/certs/ca-certificates.crt" },
];

/** The packages, out of those given, whose command or file is not on this machine. */
export function missingPackages(packages: readonly DebianPackage[] = debianPackages): string[] {
    return packages
        .filter(({ provides }) =>
            provides.startsWith("/") ? !fs.existsSync(provides) : findCommand(provides) === undefined,
        )
        .map(({ name }) => name);
}

/**
 * Installs what is missing.
 *
 * @param logFile Where apt's output goes.
 * @returns the names of the packages that were installed.
 * @throws LabError that lists all of them, where they can't be installed: not root, or not a Debian-like system.
 */
export async function ensureDebianPackages(logFile: string): Promise<string[]> {
    const missing = missingPackages();
    if (missing.length === 0) {
        return [];
    }
    if (process.getuid?.() !== 0 || findCommand("apt-get") === undefined) {
        throw new LabError(
            `The lab needs these Debian packages, which are missing: ${missing.join(", ")}. ` +
                `Install them (as root: apt-get install --no-install-recommends ${missing.join(" ")}), then run this again.`,
        );
    }
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["update"], { env, logFile });
    await run("apt-get", ["install", "-y", "--no-install-recommends", ...missing], { env, logFile });
    return missing;
}
