import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterAccess } from "../../kube/kubectl";

/** Any Kubernetes object. */
export interface FakeObject {
    readonly metadata?: Readonly<Record<string, unknown>>;
    readonly [field: string]: unknown;
}

/** One request that the fake has answered. */
export interface FakeRequest {
    readonly method: string;
    /** Path, with its query only where a list for that selector is there. */
    readonly path: string;
    readonly status: number;
}

/**
 * A Kubernetes API server in memory: GET, PUT, POST and DELETE of the objects that a test has put at their paths, with
 * resourceVersion as the lock of a PUT and, where asked for, of a DELETE. The real kubectl talks to it, through a kubeconfig of its own.
 *
 * It does not validate, default, list by selector or watch: a list is an object like any other, and one for a selector
 * has the query in its path. A `Status` (see {@link failure}) at a path is what every request there is refused with.
 */
export class FakeApi {
    /** Every request so far. */
    readonly requests: FakeRequest[] = [];
    /** Called before a write is looked at, to change an object as somebody else would at that moment. */
    beforePut: ((path: string) => void) | undefined;

    private readonly objects = new Map<string, FakeObject>();
    private readonly folder = mkdtempSync(join(tmpdir(), "fake-api-"));
    private version = 100;
    private readonly server = createServer((request, response) => {
        void this.answer(request, response);
    });

    /** Starts a server on a free port of the loopback address. */
    static async start(): Promise<FakeApi> {
        const api = new FakeApi();
        for (const [path, object] of Object.entries(discovery)) api.objects.set(path, object);
        await new Promise<void>((resolve) => api.server.listen(0, "127.0.0.1", resolve));
        const { port } = api.server.address() as AddressInfo;
        const kubeconfig = {
            apiVersion: "v1",
            kind: "Config",
            clusters: [{ name: "fake", cluster: { server: `http://127.0.0.1:${port}` } }],
            users: [{ name: "fake", user: {} }],
            contexts: [{ name: "fake", context: { cluster: "fake", user: "fake" } }],
        };
        writeFileSync(api.access.kubeconfig, JSON.stringify(kubeconfig));
        return api;
    }

    /** How kubectl reaches this server. */
    get access(): ClusterAccess & { readonly kubeconfig: string } {
        return { kubeconfig: join(this.folder, "kubeconfig"), context: "fake" };
    }

    /** Puts an object at an API path, such as `/api/v1/nodes`, with a new resourceVersion. */
    set(path: string, object: FakeObject): void {
        this.version++;
        this.objects.set(path, {
            ...object,
            metadata: { ...object.metadata, resourceVersion: String(this.version) },
        });
    }

    /** The object at an API path. */
    get(path: string): FakeObject | undefined {
        return this.objects.get(path);
    }

    /** Removes the object at an API path. */
    delete(path: string): void {
        this.objects.delete(path);
    }

    /** Stops the server and removes the kubeconfig. */
    async stop(): Promise<void> {
        this.server.closeAllConnections();
        await new Promise((resolve) => this.server.close(resolve));
        rmSync(this.folder, { recursive: true, force: true });
    }

    private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const method = request.method ?? "GET";
        const { pathname, search } = new URL(request.url ?? "/", "http://fake");
        const path = this.objects.has(pathname + search) ? pathname + search : pathname;
        const body = await textOf(request);
        const [status, answer] =
            method === "PUT"
                ? this.put(path, body)
                : method === "POST" && !search.includes("dryRun=")
                  ? this.make(path, body)
                  : method === "DELETE"
                    ? this.remove(path, body)
                    : this.read(path);
        this.requests.push({ method, path, status });
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
    }

    private read(path: string): [number, unknown] {
        const object = this.objects.get(path);
        if (object === undefined) return [404, failure("NotFound", 404, `"${path}" not found`)];
        return [object["kind"] === "Status" ? Number(object["code"]) : 200, object];
    }

    private make(collection: string, body: string): [number, unknown] {
        // A review is not stored, but answered: by what a test has put at its path.
        if (collection.startsWith("/apis/authorization.k8s.io/")) return this.read(collection);
        const object = JSON.parse(body) as FakeObject;
        const name = object.metadata?.["name"] as string;
        const path = `${collection}/${name}`;
        this.beforePut?.(path);
        if (this.objects.has(path)) return [409, failure("AlreadyExists", 409, `"${name}" already exists`)];
        this.set(path, object);
        return [201, this.objects.get(path)];
    }

    private remove(path: string, body: string): [number, unknown] {
        this.beforePut?.(path);
        const answer = this.read(path);
        const { preconditions } = (body === "" ? {} : JSON.parse(body)) as {
            readonly preconditions?: { readonly resourceVersion?: string };
        };
        const wanted = preconditions?.resourceVersion;
        if (wanted !== undefined && wanted !== this.objects.get(path)?.metadata?.["resourceVersion"])
            return [409, failure("Conflict", 409, "the object has been modified")];
        this.objects.delete(path);
        return answer;
    }

    private put(path: string, body: string): [number, unknown] {
        this.beforePut?.(path);
        const old = this.objects.get(path);
        if (old === undefined) return this.read(path);
        const object = JSON.parse(body) as FakeObject;
        if (object.metadata?.["resourceVersion"] !== old.metadata?.["resourceVersion"]) {
            return [409, failure("Conflict", 409, "the object has been modified")];
        }
        this.set(path, object);
        return [200, this.objects.get(path)];
    }
}

function resource(kind: string, name = `${kind.toLowerCase()}s`): FakeObject {
    return {
        name,
        singularName: kind.toLowerCase(),
        namespaced: kind !== "Namespace",
        kind,
        verbs: ["get", "list"],
    };
}

const apps = { groupVersion: "apps/v1", version: "v1" };

/** What kubectl asks for before it reads objects by kind. */
const discovery: Readonly<Record<string, FakeObject>> = {
    "/api": { kind: "APIVersions", versions: ["v1"] },
    "/apis": {
        kind: "APIGroupList",
        apiVersion: "v1",
        groups: [{ name: "apps", versions: [apps], preferredVersion: apps }],
    },
    "/api/v1": {
        kind: "APIResourceList",
        groupVersion: "v1",
        resources: ["Secret", "Pod", "Service", "PersistentVolumeClaim", "Event", "Namespace"].map((kind) =>
            resource(kind),
        ),
    },
    "/apis/apps/v1": {
        kind: "APIResourceList",
        groupVersion: "apps/v1",
        resources: ["Deployment", "ReplicaSet"].map((kind) => resource(kind)),
    },
};

/** What an API server answers to a request that it refuses. */
export function failure(reason: string, code: number, message: string): FakeObject {
    return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", reason, code, message };
}

async function textOf(request: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
}
