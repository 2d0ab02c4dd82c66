import { isSomebodyElses, type OwnedFacts, ownerAnnotation, writersOf } from "../base/ownership";
import { domainOf } from "../base/names";
import { type Access, kubectlText } from "../base/shownCommands";
import type { ClusterStackSettings } from "../config/clusterStack";
import {
    fixedObjects,
    serviceHosts,
    serviceObjects,
    type WantedHost,
    type WantedObject,
} from "./wantedObjects";

/** An object of a cluster: whose it is and, of Istio's, which hosts it is about. */
export interface ObjectFacts extends OwnedFacts {
    readonly spec?: {
        /** Of a ServiceEntry or a VirtualService. */
        readonly hosts?: readonly string[];
        /** Of a DestinationRule. */
        readonly host?: string;
        /** Namespaces that see it; all of them where it is left out. `.` is its own. */
        readonly exportTo?: readonly string[];
        /** Gateways that a VirtualService is for; `mesh`, which it is for by default, stands for sidecars. */
        readonly gateways?: readonly string[];
    };
}

/** What somebody else's objects mean for a stack. */
export interface ForeignFindings {
    /** Sentences about what can't work. */
    readonly problems: readonly string[];
    /** Sentences about what works, but maybe not as it is meant. */
    readonly warnings: readonly string[];
    /** The objects that they are about. */
    readonly objects: readonly ObjectFacts[];
}

/**
 * Finds objects of somebody else under names that a stack would write to, and with hosts that it makes known.
 *
 * @param there objects of the cluster; none that the stack's state knows
 * @param owner the stack's full name
 * @param known hosts that the stack has made known before, so that Istio takes its entry, the older one
 */
export function foreignObjects(
    settings: ClusterStackSettings,
    there: readonly ObjectFacts[],
    owner: string,
    known: readonly string[],
): ForeignFindings {
    const { cluster: access } = settings;
    const strangers = there.filter((object) => isSomebodyElses(object, owner));
    const wanted = [...fixedObjects(settings), ...serviceObjects(settings)];
    const taken = strangers.flatMap((object) => {
        const place = wanted.find((each) => isSame(each, object));
        return place === undefined ? [] : [{ object, line: nameProblem(access, object, place, owner) }];
    });
    const others = strangers.filter((object) => !taken.some((each) => each.object === object));
    const rivals = serviceHosts(settings).flatMap((wantedHost) =>
        others.flatMap((object) => {
            const found = hostFinding(access, object, wantedHost, known.includes(wantedHost.host));
            return found === undefined ? [] : [{ object, ...found }];
        }),
    );
    return {
        problems: [...taken, ...rivals.filter(({ isFatal }) => isFatal)].map(({ line }) => line),
        warnings: rivals.filter(({ isFatal }) => !isFatal).map(({ line }) => `${capital(line)}.`),
        objects: [...new Set([...taken, ...rivals].map(({ object }) => object))],
    };
}

function isSame(wanted: WantedObject, { kind, metadata }: ObjectFacts): boolean {
    return wanted.kind === kind && wanted.namespace === metadata.namespace && wanted.name === metadata.name;
}

function nameProblem(access: Access, object: ObjectFacts, { purpose }: WantedObject, owner: string): string {
    const isService = /^(exports|imports)\[/.test(purpose);
    const verb = isService ? "makes one of that name" : "has an object of that name";
    const otherwise = isService ? `, or remove ${purpose}` : "";
    return (
        `${nameOf(object)}, and ${purpose} ${verb}; remove it if nobody needs it (${command(access, object, "delete")})${otherwise}. ` +
        `If it is this stack's own all the same: ${command(access, object, "annotate")} ${ownerAnnotation}=${owner}`
    );
}

/** What an object of Istio's about a host of ours means, where it means anything. */
function hostFinding(
    access: Access,
    object: ObjectFacts,
    { host, purpose, isRouted }: WantedHost,
    isKnown: boolean,
): { readonly isFatal: boolean; readonly line: string } | undefined {
    const { hosts = [], host: ofRule, exportTo = ["*"], gateways = ["mesh"] } = object.spec ?? {};
    const isPrivate = exportTo.every((namespace) => namespace === ".");
    const where = isPrivate ? ` in the namespace ${object.metadata.namespace ?? ""}` : "";
    const edit = command(access, object, "edit");
    if (object.kind === "ServiceEntry" && hosts.includes(host)) {
        const begin = `${nameOf(object)}, and has the host ${host} of ${purpose}`;
        return isPrivate || isKnown
            ? { isFatal: false, line: `${begin}${where}: calls may go by it and not to the mesh (${edit})` }
            : {
                  isFatal: true,
                  line:
                      `${begin}; of two entries of one host Istio takes the older one, so calls would not go to the mesh: ` +
                      `take the host out of it (${edit}), or remove ${purpose}`,
              };
    }
    if (object.kind === "VirtualService" && hosts.includes(host) && gateways.includes("mesh")) {
        const begin = `${nameOf(object)}, and routes calls to ${host}${where}`;
        return isRouted && !isPrivate && !isKnown
            ? {
                  isFatal: true,
                  line:
                      `${begin}, for which ${purpose} makes one too; Istio takes one for each host, the older: take the host ` +
                      `out of it (${edit}), or let ${purpose} have no routes and one cluster`,
              }
            : { isFatal: false, line: `${begin}; see that this is meant (${edit})` };
    }
    if (object.kind === "DestinationRule" && (ofRule === host || ofRule === `*.${domainOf(host)}`)) {
        const line =
            `${nameOf(object)}, and has settings for ${ofRule}${where}, which may take the place of the mesh's own, mutual TLS ` +
            `among them; see that this is meant (${edit})`;
        return { isFatal: false, line };
    }
    return undefined;
}

function nameOf(object: ObjectFacts): string {
    const { namespace, name, annotations = {} } = object.metadata;
    const stack = annotations[ownerAnnotation];
    const writers = writersOf(object);
    const whose =
        stack !== undefined
            ? `belongs to the stack ${stack}`
            : `is somebody else's${writers.length > 0 ? ` (written by ${writers.join(", ")})` : ""}`;
    return `the ${object.kind} ${namespace ?? ""}/${name} ${whose}`;
}

function command(
    access: Access,
    { kind, metadata: { namespace = "", name } }: ObjectFacts,
    verb: string,
): string {
    return kubectlText(access, `-n ${namespace} ${verb} ${kind.toLowerCase()}${groups[kind] ?? ""} ${name}`);
}

/** What kubectl needs beside a kind's name where another group has one of that name. */
const groups: Readonly<Record<string, string>> = { Gateway: ".networking.istio.io" };

function capital(text: string): string {
    return text.charAt(0).toUpperCase() + text.slice(1);
}
