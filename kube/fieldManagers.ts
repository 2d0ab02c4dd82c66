import { type ClusterAccess, getJson, kubectl, type List, unlessAbsent } from "./kubectl";

/** An object of the Kubernetes API by its name. */
export interface ObjectRef {
    /** Such as `apps/v1`. */
    readonly apiVersion: string;
    readonly kind: string;
    /** Undefined for objects that are in none. */
    readonly namespace?: string | undefined;
    readonly name: string;
}

/** One writer of an object's fields, as the API server records it. */
export interface ManagedFields {
    readonly manager?: string;
    readonly operation?: string;
    readonly time?: string;
}

interface Managed {
    readonly metadata: {
        readonly name: string;
        readonly namespace?: string;
        readonly managedFields?: readonly ManagedFields[];
    };
}

/**
 * Makes a reader of who has written an object's fields. Objects of one kind and namespace are read together, and once.
 *
 * @returns a function that gives the writers of an object, none for one that is not there
 */
export function managedFieldsReader(
    access: ClusterAccess,
): (object: ObjectRef) => Promise<readonly ManagedFields[]> {
    const lists = new Map<string, Promise<readonly Managed[]>>();
    return async (object) => {
        if (object.kind === "Secret") return secretFields(access, object);
        const path = listPath(object);
        const list = lists.get(path) ?? readList(access, path);
        lists.set(path, list);
        const found = (await list).find(
            ({ metadata }) =>
                metadata.name === object.name &&
                (metadata.namespace === undefined || metadata.namespace === (object.namespace ?? "default")),
        );
        return found?.metadata.managedFields ?? [];
    };
}

async function readList(access: ClusterAccess, path: string): Promise<readonly Managed[]> {
    // A kind that the API server does not know has no objects.
    return (await unlessAbsent(getJson<List<Managed>>(access, path)))?.items ?? [];
}

/** The writers of a Secret, without its content, which must not leave the cluster. */
async function secretFields(
    access: ClusterAccess,
    { name, namespace = "default" }: ObjectRef,
): Promise<readonly ManagedFields[]> {
    const template = `{{range .metadata.managedFields}}{{.manager}} {{.operation}} {{.time}}{{"\\n"}}{{end}}`;
    const args = ["get", "secret", name, "-n", namespace, "-o", `go-template=${template}`];
    const text = (await unlessAbsent(kubectl(access, args))) ?? "";
    return text
        .split("\n")
        .map((line) => line.split(" "))
        .map(([manager, operation, time]) => ({ manager, operation, time }));
}

/** API path of the objects of a kind: those of a namespace, or all of them. */
export function listPath({ apiVersion, kind, namespace }: Omit<ObjectRef, "name">): string {
    const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const place = namespace === undefined ? "" : `/namespaces/${namespace}`;
    return `${group}${place}/${pluralOf(kind)}`;
}

/** A kind as API paths write it, by the rule that Kubernetes' own tools guess it by. */
function pluralOf(kind: string): string {
    const name = kind.toLowerCase();
    if (/(s|x|ch)$/.test(name)) return `${name}es`;
    return /[^aeiou]y$/.test(name) ? `${name.slice(0, -1)}ies` : `${name}s`;
}
