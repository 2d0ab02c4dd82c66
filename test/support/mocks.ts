import * as pulumi from "@pulumi/pulumi";
import type { Alias } from "@pulumi/pulumi/proto/alias_pb";
import { Callback } from "@pulumi/pulumi/proto/callback_pb";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import * as state from "@pulumi/pulumi/runtime/state";

/** The project's name, as Pulumi.yaml says. */
export const project = "istio-multicluster";

/** How Pulumi writes a secret on its way to the engine (sdk/nodejs/runtime/rpc.ts, specialSigKey and specialSecretSig). */
export function secret(value: unknown): unknown {
    return { "4dabf18193072939515e22adb298388d": pulumi.runtime.specialSecretSig, value };
}

/** A root certificate that is really one: its fingerprint is part of a cluster's outputs. */
export const rootCertPem = `-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIURpq65t90uYF1vGitrSNc8IsUtWIwCgYIKoZIzj0EAwIw
IjEOMAwGA1UECgwFSXN0aW8xEDAOBgNVBAMMB1Jvb3QgQ0EwIBcNMjYxMTIyMTc0
MDQyWhgPMjEyNjEwMjkxNzQwNDJaMCIxDjAMBgNVBAoMBUlzdGlvMRAwDgYDVQQD
DAdSb290IENBMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEOjWpoR9j0jDof+Cn
ZrpCwj57jGfrdl3hgn+Tgk0P3AS3OYC8nvqW4XdxgWn9QMu5aVWLDJdPj2G+UmCb
bgq4aaNTMFEwHQYDVR0OBBYEFPjo8Hz/S9BRz9MbL6H9ZireAzWXMB8GA1UdIwQY
MBaAFPjo8Hz/S9BRz9MbL6H9ZireAzWXMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZI
zj0EAwIDRwAwRAIgPBmLsRGzD1MERpbPBy2RvvRNW3Jrc/lMyXLaXWiaX9ECIGam
oJSXQtidvgEglZp1m9J4GJoIkyfFWKe5ChWldiOh
-----END CERTIFICATE-----
`;

/** One resource as the program registered it, which is all that the engine learns of it. */
export interface Registered {
    readonly type: string;
    readonly name: string;
    /** Exactly as sent: secrets wrapped, see {@link secret}. */
    readonly inputs: Readonly<Record<string, unknown>>;
    /** Name of the parent, which must be unique among the parents; undefined at the top. */
    readonly parent?: string;
    /** TYPE::NAME of every resource that it waits for, sorted, without those that its parent implies. */
    readonly dependsOn?: readonly string[];
    /** Only where set. */
    readonly protect?: boolean;
    readonly retainOnDelete?: boolean;
    readonly ignoreChanges?: readonly string[];
    readonly deleteBeforeReplace?: boolean;
    /** Name of the explicit provider. */
    readonly provider?: string;
    /** Names of the functions that change the resource and its children on their way to the engine. */
    readonly transforms?: readonly string[];
}

/** What a test knows of the world outside. */
export interface World {
    readonly stack?: string;
    /** Whether it is a preview. */
    readonly preview?: boolean;
    /** Outputs of the stacks that are up, by stack. Any other is unknown to the engine. */
    readonly stacks?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    /** The resources that the own stack's state holds, by type, or with their outputs; none by default. */
    readonly state?: readonly (string | { readonly type: string; readonly outputs: object })[];
    /** Outputs of resources beside their inputs, by name; they come before {@link knownOutputs}. */
    readonly outputs?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What a program did. */
export interface Recording<T> {
    /** What the program returned, each output as it is sent to the engine. */
    readonly result: T;
    /** Sorted by type and name. */
    readonly resources: readonly Registered[];
    /** Transforms by name, to try out: the mocks do not apply them. */
    readonly transforms: ReadonlyMap<string, pulumi.ResourceTransform>;
    /**
     * The names under which a state may know a resource, by TYPE::NAME: as NAME, or
     * PARENT'S TYPE$NAME below another one. Only where there are any.
     */
    readonly aliases: ReadonlyMap<string, readonly string[]>;
    /** Texts of the warnings, in order. */
    readonly warnings: readonly string[];
}

/** The part of the SDK's state that decides about transforms, which mocks do not support by themselves. */
interface MockStore {
    supportsTransforms: boolean;
    callbacks: unknown;
}

/**
 * Runs a program, or a part of one, under Pulumi's mocks and waits until the engine has seen every resource of it.
 *
 * The project has the name {@link project}, the organization is `organization`, as with a file backend.
 *
 * @param program makes resources; what it returns may hold outputs at any depth
 */
export async function record(
    program: () => pulumi.Input<pulumi.Inputs> | undefined,
    world: World = {},
): Promise<Recording<Readonly<Record<string, unknown>>>> {
    await pulumi.runtime.setMocks(
        { newResource: (args) => newResource(args, world), call: (args) => call(args, world) },
        project,
        world.stack ?? "stack",
        world.preview ?? false,
        "organization",
    );
    const requests = recordRequests();
    const transforms = recordTransforms();
    const { result, warnings } = await withWarnings(async () => {
        const inputs = await program();
        const sent = await pulumi.runtime.serializeProperties("result", inputs ?? {});
        await pulumi.runtime.disconnect();
        return sent;
    });
    const resources = requests
        .map((request) => registered(request, transforms))
        .sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
    const byName = new Map(transforms.map((transform) => [transform.name, transform]));
    const aliases = new Map(
        requests
            .map(
                (request) =>
                    [
                        idOf({ type: request.getType(), name: request.getName() }),
                        request
                            .getAliasesList()
                            .map((alias) => formerName(alias, request.getParent()))
                            // The provider's own are of other types.
                            .filter((name) => name !== ""),
                    ] as const,
            )
            .filter(([, names]) => names.length > 0),
    );
    return { result, resources, transforms: byName, aliases, warnings };
}

function formerName(alias: Alias, parent: string): string {
    const name = alias.getSpec()?.getName() ?? alias.getUrn();
    const typeOf = (urn = "") => urn.split("::")[2] ?? "";
    const former = typeOf(alias.getSpec()?.getParenturn());
    return former === "" || former === typeOf(parent) ? name : `${former}$${name}`;
}

/** TYPE::NAME of a resource. */
export function idOf({ type, name }: { readonly type: string; readonly name: string }): string {
    return `${type}::${name}`;
}

/** The one resource of a type and name. */
export function find(resources: readonly Registered[], type: string, name: string): Registered {
    const found = resources.filter((resource) => resource.type === type && resource.name === name);
    const [first] = found;
    if (first === undefined || found.length > 1) {
        const names = resources.map(idOf).join("\n  ");
        throw new Error(`${found.length} resources are ${type}::${name}; there are\n  ${names}`);
    }
    return first;
}

/** Values that the real providers would compute, enough for the program to go on with. */
const knownOutputs: Readonly<Record<string, (name: string) => Readonly<Record<string, unknown>>>> = {
    "tls:index/privateKey:PrivateKey": (name) => ({ privateKeyPem: `(private key ${name})` }),
    "tls:index/selfSignedCert:SelfSignedCert": () => ({
        certPem: rootCertPem,
        validityEndTime: "2126-01-01T00:00:00Z",
    }),
    "tls:index/certRequest:CertRequest": (name) => ({ certRequestPem: `(request ${name})` }),
    "tls:index/locallySignedCert:LocallySignedCert": (name) => ({
        certPem: `(certificate ${name})\n`,
        validityEndTime: "2125-01-01T00:00:00Z",
    }),
    "command:local:Command": () => ({ stdout: "200" }),
};

function newResource(
    { type, name, inputs, custom }: pulumi.runtime.MockResourceArgs,
    { outputs = {} }: World,
): pulumi.runtime.MockResourceResult {
    const state = {
        ...(inputs as Record<string, unknown>),
        ...(type === "kubernetes:core/v1:Service" ? serviceOutputs(inputs as Inputs) : {}),
        ...knownOutputs[type]?.(name),
        ...outputs[name],
    };
    return { id: custom === false ? undefined : `${name}-id`, state };
}

interface Inputs {
    readonly spec: { readonly type?: string; readonly ports: readonly { readonly nodePort?: number }[] };
}

/** A Service as Kubernetes completes it: with a cluster IP, node ports and the addresses of a load balancer. */
function serviceOutputs({ spec }: Inputs): Readonly<Record<string, unknown>> {
    const ports = spec.ports.map((port, index) =>
        spec.type === "NodePort" ? { ...port, nodePort: port.nodePort ?? 31443 + index } : port,
    );
    const ingress = spec.type === "LoadBalancer" ? [{ ip: "198.51.100.7" }] : [];
    return { spec: { ...spec, ports, clusterIP: "10.90.0.53" }, status: { loadBalancer: { ingress } } };
}

/** A resource definition of Istio's chart, shortened. */
export const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
        annotations: { "helm.sh/resource-policy": "keep" },
        labels: { "helm.sh/chart": "base-1.0.0" },
        name: "gateways.networking.istio.io",
    },
    spec: {
        group: "networking.istio.io",
        versions: [
            { name: "v1", served: true, storage: true },
            { name: "v1beta1", served: true, storage: false },
        ],
    },
};

/** What Istio's base chart has, as the Kubernetes provider renders it. */
const baseChart = [
    { kind: "ServiceAccount", metadata: { name: "istio-reader-service-account" } },
    definition,
];

function call(
    { token, inputs }: pulumi.runtime.MockCallArgs,
    { stacks = {}, state = [] }: World,
): Record<string, unknown> {
    if (token === "pulumi:pulumi:readStackResourceOutputs")
        return {
            outputs: Object.fromEntries(
                state.map((resource, index) => [
                    `urn ${index}`,
                    typeof resource === "string" ? { type: resource, outputs: {} } : resource,
                ]),
            ),
        };
    if (token === "kubernetes:helm:template") return { result: baseChart };
    const { name } = inputs as { readonly name: string };
    if (token !== "pulumi:pulumi:readStackOutputs") throw new Error(`The mocks know no function ${token}.`);
    const prefix = `organization/${project}/`;
    const outputs = name.startsWith(prefix) ? stacks[name.slice(prefix.length)] : undefined;
    // The engine's own error; over gRPC its text comes as `details`.
    if (outputs === undefined) throw Object.assign(new Error(), { details: `unknown stack "${name}"` });
    return { name, outputs };
}

type Register = (request: RegisterResourceRequest, callback: unknown) => unknown;

/** Keeps every registration before the mocks answer it, since they pass on only a part of it. */
function recordRequests(): RegisterResourceRequest[] {
    const monitor = pulumi.runtime.getMonitor();
    if (monitor === undefined) throw new Error("The mocks are not set.");
    const requests: RegisterResourceRequest[] = [];
    const register = Reflect.get(monitor, "registerResource") as Register;
    Reflect.set(monitor, "registerResource", (request: RegisterResourceRequest, callback: unknown) => {
        requests.push(request);
        return register.call(monitor, request, callback);
    });
    return requests;
}

/** Accepts transforms, in place of the server through which the engine would call them. A token is an index. */
function recordTransforms(): pulumi.ResourceTransform[] {
    const transforms: pulumi.ResourceTransform[] = [];
    const store = (Reflect.get(state, "getStore") as () => MockStore)();
    store.supportsTransforms = true;
    store.callbacks = {
        registerTransform: (transform: pulumi.ResourceTransform) => {
            const callback = new Callback();
            callback.setToken(String(transforms.push(transform) - 1));
            return Promise.resolve(callback);
        },
        awaitStackRegistrations: () => Promise.resolve(),
        shutdown: () => undefined,
    };
    return transforms;
}

function registered(
    request: RegisterResourceRequest,
    transforms: readonly pulumi.ResourceTransform[],
): Registered {
    const parent = request.getParent().split("::").at(-1);
    const dependsOn = [...new Set(request.getDependenciesList().map(shortUrn))].sort();
    const ignoreChanges = request.getIgnorechangesList();
    const provider = request.getProvider().split("::").at(-2);
    const names = request
        .getTransformsList()
        .map((callback) => transforms[Number(callback.getToken())]?.name);
    return {
        type: request.getType(),
        name: request.getName(),
        ...(parent === undefined || parent === "" ? {} : { parent }),
        ...(provider === undefined ? {} : { provider }),
        ...(dependsOn.length === 0 ? {} : { dependsOn }),
        ...(request.getProtect() ? { protect: true } : {}),
        ...(request.getRetainondelete() ? { retainOnDelete: true } : {}),
        ...(request.getDeletebeforereplace() ? { deleteBeforeReplace: true } : {}),
        ...(ignoreChanges.length === 0 ? {} : { ignoreChanges }),
        ...(names.length === 0 ? {} : { transforms: names.map((name) => name ?? "(unknown)") }),
        inputs: withoutAddress(request.getObject()?.toJavaScript() ?? {}),
    };
}

/** Says of an address at which the program offers a text that it is one: each run has another (components/offer.ts). */
function withoutAddress(inputs: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const isOffered = /^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}$/.test(String(inputs["from"]));
    return isOffered ? { ...inputs, from: "(offered)" } : inputs;
}

/** `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME` as TYPE::NAME. */
function shortUrn(urn: string): string {
    const [, , type = "", name = ""] = urn.split("::");
    return idOf({ type: type.split("$").at(-1) ?? "", name });
}

/** Collects what Pulumi would show as warnings; without an engine it writes them to the console. */
async function withWarnings<T>(work: () => Promise<T>): Promise<{ result: T; warnings: string[] }> {
    const warnings: string[] = [];
    const warn = console.warn;
    console.warn = (text: string) => warnings.push(text.replace("warning: [runtime] ", ""));
    try {
        return { result: await work(), warnings };
    } finally {
        console.warn = warn;
    }
}
