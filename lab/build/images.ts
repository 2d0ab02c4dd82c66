import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { findCommand, LabError, run } from "../exec";
import { imagesDir } from "../paths";
import { imageNames } from "../versions";
import { envoyBootstrapPath } from "./charts";
import { envoyPath } from "./envoy";
import { builtPath, goarch } from "./goTool";
import { goTools } from "./goTools";
import { copy, type LayerEntry, layerKey, libraries, link, programs, writeLayer } from "./layers";
import { publish, shortHash } from "./store";

/** An image: its layers from the lowest up, and how a container of it starts. */
interface Image {
    name: string;
    layers: readonly string[];
    entrypoint?: readonly string[];
    command?: readonly string[];
    /** UID:GID. Defaults to root. */
    user?: string;
}

/** Everything that goes into the archive. */
interface ImageSet {
    layers: Readonly<Record<string, readonly LayerEntry[]>>;
    images: readonly Image[];
}

/** Istio's own user, in Istio's images and in the rules of its traffic redirection. */
const istioUser = "1337:1337";

/** Layers under the programs that call others. */
const userland = ["root", "busybox", "network"];

const images: readonly Image[] = [
    { name: imageNames.kubeApiserver, layers: ["root", "kube-apiserver"] },
    { name: imageNames.kubeControllerManager, layers: ["root", "kube-controller-manager"] },
    { name: imageNames.kubeScheduler, layers: ["root", "kube-scheduler"] },
    { name: imageNames.kubeProxy, layers: [...userland, "kube-proxy"] },
    { name: imageNames.etcd, layers: ["root", "etcd"] },
    { name: imageNames.coredns, layers: ["root", "coredns"], entrypoint: ["/usr/local/bin/coredns"] },
    { name: imageNames.pause, layers: ["root", "busybox"], entrypoint: ["/bin/sleep", "2147483647"] },
    {
        name: imageNames.pilot,
        layers: ["root", "bootstrap", "pilot-discovery"],
        entrypoint: ["/usr/local/bin/pilot-discovery"],
        user: istioUser,
    },
    {
        name: imageNames.proxy,
        layers: [...userland, "bootstrap", "envoy", "pilot-agent"],
        entrypoint: ["/usr/local/bin/pilot-agent"],
    },
    { name: imageNames.sleep, layers: [...userland, "client"], command: ["/bin/sleep", "2147483647"] },
    {
        name: imageNames.httpbin,
        layers: ["root", "go-httpbin"],
        // By itself it ends a connection that was idle for 5 seconds, now and then in the moment in which its sidecar, which
        // keeps them for an hour, sends a request: a 503 that is not the mesh's.
        command: ["/usr/local/bin/go-httpbin", "-srv-read-timeout", "2h"],
    },
];

/**
 * Path of the archive with all images that belongs to the tools and the machine as they are now. It may not exist yet.
 *
 * @throws LabError if a command that the images need is missing.
 */
export async function imagesPath(): Promise<string> {
    return archivePath(await imageSet());
}

/** Writes the archive of all images into the cache, in the format of `docker save`. */
export async function buildImages(): Promise<void> {
    const set = await imageSet();
    await publish(archivePath(set), async (unfinished) => {
        const staging = `${unfinished}.files`;
        fs.mkdirSync(staging);
        try {
            const digests = new Map<string, string>();
            for (const [name, entries] of Object.entries(set.layers)) {
                const file = path.join(staging, `${name}.tar`);
                await writeLayer(entries, file);
                digests.set(name, await sha256(file));
            }
            const manifest = set.images.map((image) => {
                const config = imageConfig(image, digests);
                const file = `${crypto.createHash("sha256").update(config).digest("hex")}.json`;
                fs.writeFileSync(path.join(staging, file), config);
                return {
                    Config: file,
                    RepoTags: [image.name],
                    Layers: image.layers.map((layer) => `${layer}.tar`),
                };
            });
            fs.writeFileSync(path.join(staging, "manifest.json"), JSON.stringify(manifest));
            await run("tar", ["-cf", unfinished, "-C", staging, ...fs.readdirSync(staging).sort()]);
        } finally {
            fs.rmSync(staging, { recursive: true, force: true });
        }
    });
}

function archivePath(set: ImageSet): string {
    const layers = Object.entries(set.layers).flatMap(([name, entries]) => [name, layerKey(entries)]);
    return path.join(imagesDir, `${shortHash([...layers, JSON.stringify(set.images)])}.tar`);
}

async function imageSet(): Promise<ImageSet> {
    const busybox = await programs(["busybox"]);
    const network = await networkTools();
    const client = await programs(["curl", "dig", "nslookup"]);
    const taken = new Set([...busybox, ...network, ...client].map((entry) => path.basename(entry.path)));
    const applets = (await run("busybox", ["--list"]))
        .split("\n")
        .filter((name) => name !== "" && !taken.has(name));
    const used = new Set(images.flatMap((image) => image.layers));
    const envoy = copy(envoyPath, "/usr/local/bin/envoy");
    return {
        layers: {
            root: rootFiles(),
            busybox: [...busybox, ...applets.map((applet) => link("busybox", `/usr/bin/${applet}`))],
            network,
            client,
            bootstrap: [copy(envoyBootstrapPath, "/var/lib/istio/envoy/envoy_bootstrap_tmpl.json", 0o644)],
            envoy: [envoy, ...(await libraries([envoy]))],
            ...Object.fromEntries(
                goTools
                    .filter((tool) => used.has(tool.name))
                    .map((tool) => [tool.name, [copy(builtPath(tool), `/usr/local/bin/${tool.name}`)]]),
            ),
        },
        images,
    };
}

/** What every image has: the folders, the users, where names and certificates are looked up. */
function rootFiles(): LayerEntry[] {
    const user = istioUser.split(":")[0] ?? "";
    return [
        ...[
            "/usr/bin",
            "/usr/sbin",
            "/usr/lib",
            "/usr/lib64",
            "/etc/istio",
            "/var/lib/istio",
            "/root",
            "/run",
        ].map((dir): LayerEntry => ({ kind: "dir", path: dir, mode: 0o755 })),
        { kind: "dir", path: "/tmp", mode: 0o1777 },
        // Folders that Istio's agent writes to where no volume is mounted over them.
        ...["/etc/istio/proxy", "/etc/istio/config", "/var/lib/istio/data"].map((dir): LayerEntry => ({
            kind: "dir",
            path: dir,
            mode: 0o777,
        })),
        ...["bin", "sbin", "lib", "lib64"].map((dir) => link(`usr/${dir}`, `/${dir}`)),
        link("../run", "/var/run"),
        {
            kind: "text",
            path: "/etc/passwd",
            text: `root:x:0:0:root:/root:/bin/sh\nistio-proxy:x:${user}:${user}::/var/lib/istio:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n`,
        },
        { kind: "text", path: "/etc/group", text: `root:x:0:\nistio-proxy:x:${user}:\nnogroup:x:65534:\n` },
        { kind: "text", path: "/etc/nsswitch.conf", text: "hosts: files dns\n" },
        copy("/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs/ca-certificates.crt", 0o644),
    ];
}

/** What kube-proxy and Istio's redirection call. */
async function networkTools(): Promise<LayerEntry[]> {
    const commands = await programs(["ip", "ss", "nft", "conntrack"]);
    const multi = ["nft", "legacy"].map((kind) => findCommand(`iptables-${kind}`));
    const extensions = [`/usr/lib/${gnuTriplet()}/xtables`, "/usr/lib64/xtables", "/usr/lib/xtables"].find(
        (dir) => fs.existsSync(dir),
    );
    const [nft, legacy] = multi;
    if (nft === undefined || legacy === undefined || extensions === undefined) {
        throw new LabError(
            "The lab's images need iptables-nft, iptables-legacy and their extensions, which are not on this machine (Debian: iptables).",
        );
    }
    const binaries = [
        copy(nft, "/usr/sbin/xtables-nft-multi"),
        copy(legacy, "/usr/sbin/xtables-legacy-multi"),
    ];
    const modules = fs
        .readdirSync(extensions)
        .map((name) => copy(path.join(extensions, name), path.join(extensions, name)));
    const known = new Set(commands.map((entry) => entry.path));
    const needed = await libraries([...binaries, ...modules]);
    return [
        ...commands,
        ...binaries,
        ...modules,
        ...needed.filter((entry) => !known.has(entry.path)),
        ...iptablesNames().map(([name, target]) => link(target, `/usr/sbin/${name}`)),
    ];
}

/** Names that one multi-call binary answers to, the plain ones being those of nftables. */
function iptablesNames(): [name: string, target: string][] {
    return ["iptables", "ip6tables"].flatMap((family) =>
        ["", "-save", "-restore"].flatMap((action): [string, string][] => [
            [`${family}${action}`, "xtables-nft-multi"],
            [`${family}-nft${action}`, "xtables-nft-multi"],
            [`${family}-legacy${action}`, "xtables-legacy-multi"],
        ]),
    );
}

function gnuTriplet(): string {
    return `${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`;
}

function imageConfig(image: Image, digests: ReadonlyMap<string, string>): string {
    return JSON.stringify({
        architecture: goarch,
        os: "linux",
        config: {
            Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            Entrypoint: image.entrypoint,
            Cmd: image.command,
            User: image.user,
        },
        rootfs: {
            type: "layers",
            diff_ids: image.layers.map((layer) => `sha256:${digests.get(layer) ?? ""}`),
        },
        history: [],
    });
}

async function sha256(file: string): Promise<string> {
    const hash = crypto.createHash("sha256");
    for await (const chunk of fs.createReadStream(file)) {
        hash.update(chunk as Buffer);
    }
    return hash.digest("hex");
}
