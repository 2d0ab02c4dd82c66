import { type Definition, definitionsWriter, inheritedFields } from "../lib/istio/definitions";
import { type ClusterAccess, kubectl, type List } from "./kubectl";

const kind = "customresourcedefinitions.apiextensions.k8s.io";

/** Seconds that fifteen of them, half a megabyte, may take. */
const timeoutSeconds = 120;

/** Reads definitions by their names, as far as they are there, with their writers. */
export async function readDefinitions(
    access: ClusterAccess,
    names: readonly string[],
    patience = timeoutSeconds,
): Promise<ReadonlyMap<string, Definition>> {
    if (names.length === 0) return new Map();
    const args = ["get", kind, ...names, "--ignore-not-found", "--show-managed-fields", "-o", "json"];
    return byName(await kubectl(access, args, { timeoutSeconds: patience }));
}

/**
 * Writes definitions by server-side apply, whoever has written them before.
 *
 * @returns them as the API server has stored them
 */
export async function applyDefinitions(
    access: ClusterAccess,
    definitions: readonly Definition[],
): Promise<ReadonlyMap<string, Definition>> {
    if (definitions.length === 0) return new Map();
    const args = ["apply", "--server-side", "--force-conflicts", `--field-manager=${definitionsWriter}`];
    const list = { apiVersion: "v1", kind: "List", items: definitions };
    const text = await kubectl(access, [...args, "--validate=false", "-o", "json", "-f", "-"], {
        input: JSON.stringify(list),
        timeoutSeconds,
    });
    return byName(text);
}

/**
 * Gives what an earlier version of this project has written into a definition to the writer of today, so that what the next
 * version of Istio leaves out goes. Nothing else of the definition changes.
 */
export async function inheritFields(
    access: ClusterAccess,
    { metadata: { name, resourceVersion, managedFields = [] } }: Definition,
): Promise<void> {
    const fields = inheritedFields(managedFields);
    if (fields === undefined) return;
    const patch = [
        { op: "test", path: "/metadata/resourceVersion", value: resourceVersion },
        { op: "replace", path: "/metadata/managedFields", value: fields },
    ];
    await kubectl(access, ["patch", kind, name, "--type=json", "-p", JSON.stringify(patch)]);
}

/** Deletes definitions, and with them every object of their kinds. Those that are gone are no failure. */
export async function deleteDefinitions(access: ClusterAccess, names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    await kubectl(access, ["delete", kind, ...names, "--ignore-not-found"], { timeoutSeconds });
}

/** One object, a list of them, or nothing, as kubectl prints it. */
function byName(text: string): ReadonlyMap<string, Definition> {
    if (text.trim() === "") return new Map();
    const read = JSON.parse(text) as Definition | List<Definition>;
    const items = "items" in read ? read.items : [read];
    return new Map(items.map((each) => [each.metadata.name, each]));
}
