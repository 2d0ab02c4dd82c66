import type { StepEventMetadata } from "@pulumi/pulumi/automation";
import { changedProperties, contentOf, mayBeEqual, type PropertyChange } from "./properties";

/** Our word for what Pulumi calls to delete a resource whose object is kept: the state knows it no more. */
export const forget = "forget";

/** What becomes of one object: in a preview what is foreseen, in an update what was done. */
export interface ObjectChange {
    /** Pulumi's word for it, such as `create`, `update`, `replace` or `delete`; `forget` where the object stays. */
    readonly op: string;
    /** Full type token, such as `kubernetes:apps/v1:Deployment`. */
    readonly type: string;
    readonly name: string;
    /** Properties that differ, empty unless the resource is updated or replaced. */
    readonly properties: readonly PropertyChange[];
    /** Whether it may stay as it is, because all that would differ is known only during `up`. */
    readonly mayStay: boolean;
    /** What is in an object that a preview sees come or go; absent otherwise. */
    readonly content?: unknown;
}

/** Operations that leave a resource as it is, or only look at it. */
const quietOps = new Set(["same", "read", "read-replacement", "refresh", "remove-pending-replace"]);

/** Type of the root of every stack. */
export const stackType = "pulumi:pulumi:Stack";

/** Whether an operation leaves the resource as it is, or only looks at it. */
export function isQuiet(op: string): boolean {
    return quietOps.has(op);
}

/**
 * Whether a step only writes settings into the state: the engine hands every setting of a stack to the default provider of
 * dynamic resources, which it then says to update whenever any setting changes, and which does nothing. The engine's own
 * totals leave such steps out as well.
 */
export function isBookkeeping({ op, type, urn }: { op: string; type: string; urn: string }): boolean {
    return op === "update" && type.startsWith("pulumi:providers:") && nameOf(urn).startsWith("default");
}

/** Whether a resource is a record of Pulumi's own, which stands for nothing that anybody would miss. */
function isPulumisOwn(type: string): boolean {
    return type === stackType || type.startsWith("pulumi:providers:");
}

/** Whether a resource only holds others together, which says nothing that they don't say. */
export function isComponent({ old, new: current }: StepEventMetadata): boolean {
    const known = current ?? old;
    return known ? known.custom !== true : false;
}

/**
 * What a step's event says of an object, or undefined where it is nothing that anybody would want to know. A replacement is
 * announced as up to three steps: one of them says it.
 */
export function objectChange(step: StepEventMetadata): ObjectChange | undefined {
    const { op, type, urn } = step;
    if (isQuiet(op) || op === "create-replacement" || op === "delete-replaced") return undefined;
    if (isPulumisOwn(type) || isComponent(step)) return undefined;
    const properties = changedProperties(step);
    const isForgotten = op === "delete" && step.old?.retainOnDelete === true;
    return {
        op: isForgotten ? forget : op,
        type,
        name: nameOf(urn),
        properties,
        mayStay: mayBeEqual(op, properties),
    };
}

/** The same of a step that a preview foresees, with what an object holds that comes or goes. */
export function foreseenChange(step: StepEventMetadata): ObjectChange | undefined {
    const change = objectChange(step);
    if (change?.op !== "create" && change?.op !== "delete") return change;
    const content = contentOf(step);
    return content === undefined ? change : { ...change, content };
}

/**
 * The part of an object's name that stays, where the rest comes from its content: another content is another object then. Undefined
 * for any other.
 */
export function nameBesideContent({ type, name }: Pick<ObjectChange, "type" | "name">): string | undefined {
    // GlobalDns's configuration.
    return kindOf(type) === "ConfigMap" ? /^(.+)-[0-9a-f]{10}$/.exec(name)?.[1] : undefined;
}

/** The name that a resource has in the program. */
export function nameOf(urn: string): string {
    return urn.slice(urn.lastIndexOf("::") + 2);
}

/** Last part of a type token, such as `Deployment`. */
export function kindOf(type: string): string {
    return type.slice(type.lastIndexOf(":") + 1);
}
