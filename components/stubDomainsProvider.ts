import type { dynamic } from "@pulumi/pulumi";
import { endWithEngine } from "./engineWatch";
import { apply } from "./stubDomainsProvider/apply";
import { check } from "./stubDomainsProvider/check";
import { deleteZones } from "./stubDomainsProvider/delete";
import { diff } from "./stubDomainsProvider/diff";
import { forUser } from "./stubDomainsProvider/errors";
import { read } from "./stubDomainsProvider/read";
import { idOf, type StubDomainInputs, type StubDomainOutputs } from "./stubDomainsProvider/state";
import { realWaits, type Waits } from "./stubDomainsProvider/waits";

export type { StubDomainInputs, StubDomainOutputs } from "./stubDomainsProvider/state";
export type { Waits } from "./stubDomainsProvider/waits";

type Provider = Required<Omit<dynamic.ResourceProvider<StubDomainInputs, StubDomainOutputs>, "configure">>;

/** Makes the provider. Its functions are what Pulumi calls for preview, update, refresh and destroy. */
export function createProvider(waits: Waits = realWaits): Provider {
    return {
        check: (_olds, news) => check(news),
        diff: (_id, olds, news) => diff(olds, news),
        create: (inputs) =>
            forUser(async () => ({ id: idOf(inputs), outs: await apply(inputs, false, waits) })),
        update: (_id, _olds, news) => forUser(async () => ({ outs: await apply(news, true, waits) })),
        read: (id, props) => forUser(() => read(id, props)),
        delete: (_id, props) => forUser(() => deleteZones(props, waits)),
    };
}

/** The provider that Pulumi's host of dynamic providers loads, by the path of this file, which is in every stack's state. */
export const provider = createProvider();

endWithEngine();
