import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { runningNode } from "../../lab/node/process";
import { openssl } from "./engineOpenssl";
import { succeeded } from "./labMesh";
import type { Place } from "./place";

/** A kubeconfig of one cluster, as far as these tests take it apart. */
export interface Kubeconfig {
    readonly clusters: readonly object[];
    readonly users: readonly { readonly name: string; readonly user: Readonly<Record<string, unknown>> }[];
    readonly contexts: readonly object[];
}

/** What a way of giving everybody a kubeconfig goes by. */
export interface Given {
    /** Who works on the mesh: two people, then CI. */
    readonly places: readonly [Place, Place, Place];
    /** The kubeconfig that came with the cluster, with a client certificate. */
    readonly admin: Kubeconfig;
    /** Token of each user that was made, by name. */
    readonly tokens: Readonly<Record<string, string>>;
    /** A folder that is nobody's. */
    readonly folder: string;
}

/** One way of saying where the kubeconfig of a cluster comes from. */
export interface Way {
    readonly what: string;
    /** What the stack's file says of it. */
    readonly kubeconfig?: string | { readonly stack: string; readonly output: string };
    /** Whether the stack's file leaves the context out. */
    readonly isCurrent?: boolean;
    /** Puts the kubeconfigs where they are. */
    readonly arrange: (given: Given) => void | Promise<void>;
    /** What has to be done after the settings were written. */
    readonly complete?: (given: Given) => Promise<void>;
}

const text = (value: object) => JSON.stringify({ apiVersion: "v1", kind: "Config", ...value });

/** The kubeconfig with another way to sign in. */
function signingIn(admin: Kubeconfig, user: object): Kubeconfig {
    return {
        ...admin,
        users: admin.users.map(({ name }) => ({ name, user: user as Record<string, unknown> })),
    };
}

/** A command as a kubeconfig names it. */
function exec(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): object {
    const variables = Object.entries(env).map(([name, value]) => ({ name, value }));
    const apiVersion = "client.authentication.k8s.io/v1";
    return { exec: { apiVersion, command, args, env: variables, interactiveMode: "IfAvailable" } };
}

/** A script that prints the token in a file of its own folder, as such a command does. */
const signIn = `#!/bin/sh
token=$(cat "$(dirname "$0")/token-$1")
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'"$token"'"}}'
`;

/** The ways, by one word each. */
export const kubeconfigWays: Readonly<Record<"file" | "variable" | "content" | "output" | "exec", Way>> = {
    file: {
        what: "in a file that the stack's file names, in everybody's own home",
        kubeconfig: "~/mesh.yaml",
        arrange: ({ places, admin, tokens }) => {
            for (const place of places) {
                const own = signingIn(admin, { token: tokens[place.name] });
                place.write("mesh.yaml", text(place.name === "ann" ? admin : own));
            }
        },
    },
    variable: {
        what: "by KUBECONFIG, of one file or of several, or in ~/.kube/config",
        arrange: ({ places: [ann, ben, ci], admin, tokens }) => {
            ann.write(".kube/config", text(admin));
            const { clusters, contexts, users } = signingIn(admin, { token: tokens["ben"] });
            ben.useKubeconfig([
                ben.write("work/clusters", text({ clusters, "current-context": "nothing" })),
                ben.write("work/users", text({ users, contexts })),
            ]);
            ci.useKubeconfig([ci.write("runner/one", text(signingIn(admin, { token: tokens["ci"] })))]);
        },
    },
    content: {
        what: "encrypted in the stack's file",
        arrange: () => undefined,
        complete: async ({ places: [ann], admin }) => {
            const key = ["--path", "istio-multicluster:cluster.kubeconfig.content"];
            const [stack = ""] = ann.stacks().filter((name) => name !== "ca");
            const set = ["config", "set", "--secret", ...key, "--stack", stack];
            succeeded(await ann.project.pulumi(set, { input: text(admin) }));
        },
    },
    output: {
        what: "in another stack's output",
        kubeconfig: { stack: "organization/infra/clusters", output: "one" },
        isCurrent: true,
        arrange: ({ places: [ann], admin, folder }) => putOut(ann, folder, text(admin)),
    },
    exec: {
        what: "with a command that signs in, another one for everybody",
        arrange: ({ places: [ann, ben, ci], admin, tokens }) => {
            for (const person of [ann, ben]) {
                person.write(`bin/${person.name}-signs-in`, signIn, 0o700);
                person.write(`bin/token-${person.name}`, tokens[person.name] ?? "");
            }
            // By its place beside the kubeconfig, and by PATH.
            ann.write("bin/config", text(signingIn(admin, exec("./ann-signs-in", ["ann"]))));
            ann.useKubeconfig([path.join(ann.home, "bin/config")]);
            ben.write(".kube/config", text(signingIn(admin, exec("ben-signs-in", ["ben"], { WHO: "ben" }))));
            const { PATH = "" } = ben.project.env;
            ben.project.env = { ...ben.project.env, PATH: `${path.join(ben.home, "bin")}:${PATH}` };
            ci.write("token", tokens["ci"] ?? "");
            ci.useKubeconfig([ci.write("config", text(signingIn(admin, { tokenFile: "token" })))]);
        },
    },
};

/** Has a stack of another project put out a kubeconfig, secret. */
async function putOut({ project }: Place, folder: string, kubeconfig: string): Promise<void> {
    const infra = path.join(folder, "infra");
    fs.mkdirSync(infra, { recursive: true });
    fs.writeFileSync(path.join(infra, "Pulumi.yaml"), "name: infra\nruntime: nodejs\n");
    const pulumi = async (args: readonly string[], input = "") =>
        succeeded(await project.pulumi(["--cwd", infra, ...args, "--stack", "clusters"], { input })).stdout;
    await project.pulumi(["--cwd", infra, "stack", "init", "clusters"]);
    const state = JSON.parse(await pulumi(["stack", "export"])) as { readonly deployment: object };
    const type = "pulumi:pulumi:Stack";
    // By this an output is known as a secret.
    const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
    const outputs = { one: { ...secret, plaintext: JSON.stringify(kubeconfig) } };
    const stack = {
        urn: `urn:pulumi:clusters::infra::${type}::infra-clusters`,
        custom: false,
        type,
        outputs,
    };
    const deployment = { ...state.deployment, resources: [stack] };
    await pulumi(["stack", "import"], JSON.stringify({ ...state, deployment }));
}

/** Kubeconfigs that no longer sign in, by what is wrong with them. */
export function expiredKubeconfigs(
    cluster: string,
    admin: Kubeconfig,
    oldToken: string,
): Readonly<Record<"certificate" | "token" | "command", string>> {
    const script = "echo session ended, sign in anew >&2; exit 1";
    return {
        certificate: text(signingIn(admin, expiredCertificate(cluster))),
        token: text(signingIn(admin, { token: oldToken })),
        command: text(signingIn(admin, exec("sh", ["-c", script]))),
    };
}

/** A client certificate that the cluster's own authority has signed, and that ended a day ago. */
function expiredCertificate(cluster: string): object {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "expired-certificate-"));
    const at = (name: string) => path.join(folder, name);
    const authority = `/proc/${runningNode(cluster)?.pid ?? 0}/root/etc/kubernetes/pki/ca`;
    try {
        openssl(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", at("key")]);
        openssl([
            "req",
            "-new",
            "-key",
            at("key"),
            "-out",
            at("request"),
            "-subj",
            "/O=system:masters/CN=ann",
        ]);
        openssl([
            ...["x509", "-req", "-in", at("request"), "-out", at("cert"), "-days", "-1"],
            ...["-CA", `${authority}.crt`, "-CAkey", `${authority}.key`, "-set_serial", "77"],
        ]);
        const base64 = (name: string) => fs.readFileSync(at(name)).toString("base64");
        return { "client-certificate-data": base64("cert"), "client-key-data": base64("key") };
    } finally {
        fs.rmSync(folder, { recursive: true });
    }
}
