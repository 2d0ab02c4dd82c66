/**
 * Prints what the user of a kubeconfig's context signs in with, as Kubernetes' clients ask a command for it
 * (client.authentication.k8s.io/v1). Pulumi's Kubernetes provider starts it (providerKubeconfig.ts); plain JavaScript,
 * because each start is waited for.
 *
 * Arguments: path of the kubeconfig, name of the context.
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import process from "node:process";
import { parse } from "yaml";

const [kubeconfig = "", context = ""] = process.argv.slice(2);
const file = parse(readFileSync(kubeconfig, "utf8"));
const { user: name } = file.contexts.find((each) => each.name === context).context;
const user = file.users.find((each) => each.name === name).user;

/** A value that stands in the file as base64, or in a file of its own. */
const pem = (data, path) =>
    user[data] ? Buffer.from(user[data], "base64").toString("utf8") : user[path] && content(user[path]);
const content = (path) => readFileSync(resolve(dirname(kubeconfig), path), "utf8");

const status = {
    token: user.tokenFile ? content(user.tokenFile).trim() : user.token,
    clientCertificateData: pem("client-certificate-data", "client-certificate"),
    clientKeyData: pem("client-key-data", "client-key"),
};
process.stdout.write(
    JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status }),
);
