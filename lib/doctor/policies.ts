import type { PolicyRule, Terms } from "./objects";
import type { Answer } from "./routes";

/** Who calls what, as policies see it. `mesh verify` sends no token. */
export interface Access {
    /** Identities under which policies may know the caller, `TRUSTDOMAIN/ns/NAMESPACE/sa/ACCOUNT`. */
    readonly principals: readonly string[];
    readonly namespace: string;
    readonly serviceAccount: string;
    /** Port of the pod. */
    readonly port: number;
    readonly host: string;
    readonly method: string;
    /** Undefined where the port is not HTTP. */
    readonly path?: string;
}

/** Whether a value of a policy, with a `*` at its begin or end, covers a text. */
function covers(pattern: string, text: string): boolean {
    if (pattern === "*") return text !== "";
    if (pattern.startsWith("*")) return text.endsWith(pattern.slice(1));
    if (pattern.endsWith("*")) return text.startsWith(pattern.slice(0, -1));
    return pattern === text;
}

const some = (patterns: readonly string[], texts: readonly string[]) =>
    patterns.some((pattern) => texts.some((text) => covers(pattern, text)));

function every(answers: readonly Answer[]): Answer {
    if (answers.includes(false)) return false;
    return answers.includes(undefined) ? undefined : true;
}

function any(answers: readonly Answer[]): Answer {
    if (answers.includes(true)) return true;
    return answers.includes(undefined) ? undefined : false;
}

/** What the caller has of a field, by the field's name; undefined where it is not known. */
function valuesOf(name: string, access: Access): readonly string[] | undefined {
    const { principals, namespace, serviceAccount, port, host, method, path } = access;
    switch (name) {
        case "principals":
            return principals;
        case "requestPrincipals":
            return [];
        case "namespaces":
            return [namespace];
        case "serviceAccounts":
            return [serviceAccount, `${namespace}/${serviceAccount}`];
        case "ports":
            return [String(port)];
        // A condition about requests never holds for a port without.
        case "methods":
            return path === undefined ? [] : [method];
        case "paths":
            return path === undefined ? [] : [path.split("?")[0] ?? ""];
        case "hosts":
            return path === undefined ? [] : [host, `${host}:*`];
        default:
            return undefined;
    }
}

/** Whether all the fields of a source or an operation hold. */
function holds(terms: Terms, access: Access): Answer {
    return every(
        Object.entries(terms).map(([field, values]): Answer => {
            if (values === undefined || values.length === 0) return true;
            const isNegative = /^not[A-Z]/.test(field);
            const name = isNegative ? field.charAt(3).toLowerCase() + field.slice(4) : field;
            const known = valuesOf(name, access);
            // Templates such as /a/{*} are not followed here.
            if (known === undefined || values.some((value) => value.includes("{"))) return undefined;
            return some(values, known) !== isNegative;
        }),
    );
}

/** What the caller has of a condition's key; undefined where it is not known. */
function conditionValues(key: string, access: Access): readonly string[] | undefined {
    if (key === "source.principal") return access.principals;
    if (key === "source.namespace") return [access.namespace];
    if (key === "source.serviceAccount") return valuesOf("serviceAccounts", access);
    if (key === "destination.port") return [String(access.port)];
    return key.startsWith("request.auth.") ? [] : undefined;
}

/** Whether a rule of an AuthorizationPolicy takes a call in; undefined where that can't be told. */
export function ruleCovers({ from = [], to = [], when = [] }: PolicyRule, access: Access): Answer {
    return every([
        from.length === 0 || any(from.map(({ source = {} }) => holds(source, access))),
        to.length === 0 || any(to.map(({ operation = {} }) => holds(operation, access))),
        ...when.map(({ key, values = [], notValues = [] }): Answer => {
            const known = conditionValues(key, access);
            if (known === undefined) return undefined;
            return (
                (values.length === 0 || some(values, known)) &&
                (notValues.length === 0 || !some(notValues, known))
            );
        }),
    ]);
}
