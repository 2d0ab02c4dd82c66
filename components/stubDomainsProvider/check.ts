import type { dynamic } from "@pulumi/pulumi";
import { readConfigMap } from "../../kube/clusterDns";
import { isUnreachable, KubectlError } from "../../kube/kubectl";
import { stubDomainProblems } from "../../lib/dns/corefile";
import { stubFormats } from "../../lib/dns/stubDomains";
import { isExpected, missing } from "./errors";
import type { StubDomainInputs } from "./state";
import { isKnown, unknownValue } from "./unknown";
import { previewPatienceSeconds } from "./waits";

/** Refuses inputs that an update would refuse, and adds the text that the ConfigMap shall have. */
export async function check(news: StubDomainInputs): Promise<dynamic.CheckResult<StubDomainInputs>> {
    const reasons = isKnown(news) ? stubDomainProblems(news) : [];
    if (reasons.length > 0) return { inputs: news, failures: reasons.map(failure) };
    const { stack, context, configMap } = news;
    const seen = isKnown([stack, context, configMap]) ? await preflight(news) : undefined;
    if (seen !== undefined) return { inputs: news, failures: [failure(seen)] };
    const known = isKnown(news.forwardTo);
    return { inputs: { ...news, block: known ? stubFormats[news.adapter].text(news) : unknownValue } };
}

function failure(reason: string): dynamic.CheckFailure {
    return { property: "zones", reason };
}

/**
 * Looks at the ConfigMap before anything is written, so that a preview already refuses what an update would refuse.
 *
 * @returns what is wrong, or undefined; a cluster that cannot be reached is a warning, since a preview may run without it
 */
async function preflight(inputs: StubDomainInputs): Promise<string | undefined> {
    const format = stubFormats[inputs.adapter];
    try {
        const found = await readConfigMap(inputs, inputs.configMap, previewPatienceSeconds);
        if (found !== undefined) format.check(found, inputs.zones);
        else if (format.comesWithCluster) return missing("ConfigMap", inputs.configMap, inputs).message;
        return undefined;
    } catch (error) {
        if (isUnreachable(error) && error instanceof KubectlError) {
            console.error(`The cluster DNS could not be looked at before the update: ${error.message}`);
            return undefined;
        }
        if (isExpected(error)) return error.message;
        throw error;
    }
}
