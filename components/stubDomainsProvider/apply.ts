import { clusterUid, readDeployment } from "../../kube/clusterDns";
import { isNotFound } from "../../kube/kubectl";
import { stubFormats } from "../../lib/dns/stubDomains";
import { mergeZones } from "./configMap";
import { InitializationError, missing } from "./errors";
import { bringUpToDate } from "./pods";
import type { StubDomainInputs, StubDomainOutputs } from "./state";
import { firstAnswerSeconds, type Waits } from "./waits";

/** Merges the zones, brings the pods up to date and waits until they resolve each. */
export async function apply(
    inputs: StubDomainInputs,
    takeOver: boolean,
    waits: Waits,
): Promise<StubDomainOutputs> {
    const { adapter, zones, deployment, forwardTo, primaryServer } = inputs;
    // Read first: a name that is wrong must be found before anything is written.
    const [uid] = await Promise.all([clusterUid(inputs, firstAnswerSeconds), seeDeployment(inputs)]);
    const edited = await mergeZones(inputs, takeOver);
    const block = stubFormats[adapter].text(inputs);
    const outputs: StubDomainOutputs = { ...inputs, block, clusterUid: uid };
    const limitSeconds = await bringUpToDate(inputs, edited, block, waits);
    try {
        await Promise.all(
            zones.map((zone) =>
                waits.waitForZone(inputs, deployment, { zone, forwardTo, primaryServer }, limitSeconds),
            ),
        );
    } catch (error) {
        throw new InitializationError(error, outputs);
    }
    return outputs;
}

async function seeDeployment(inputs: StubDomainInputs): Promise<void> {
    try {
        await readDeployment(inputs, inputs.deployment);
    } catch (error) {
        throw isNotFound(error) ? missing("Deployment", inputs.deployment, inputs) : error;
    }
}
