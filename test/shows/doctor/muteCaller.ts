import { rolledOut, sleep } from "../../support/labMesh";
import type { Patient } from "./patient";

/** Starts a caller beside the sample client, with its identity, whose image has an application and nothing else. */
export async function muteCaller(patient: Patient, name: string): Promise<void> {
    const labels = { app: name };
    await patient.apply(patient.caller, {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, namespace: sleep.namespace },
        spec: {
            replicas: 1,
            selector: { matchLabels: labels },
            template: {
                metadata: { labels },
                spec: {
                    serviceAccountName: sleep.name,
                    containers: [{ name, image: "lab.local/httpbin:lab", imagePullPolicy: "IfNotPresent" }],
                },
            },
        },
    });
    await rolledOut(patient.caller, sleep.namespace, name);
}
