import { z } from "zod";
import { dnsLabel, text } from "./fields";

const sampleSchema = (namespace: string, image: string) =>
    z.strictObject({
        /** Namespace to make for it. */
        namespace: dnsLabel.default(namespace),
        /** Image of its container. */
        image: text.default(image),
    });

/** An image with a shell, curl and nslookup. */
export const curlImage = "curlimages/curl:8.16.0";

/** The tutorial's sample applications, key `sampleApps`. Each is deployed where it is named. */
export const sampleAppsSchema = z.strictObject({
    /** A client with curl. */
    sleep: sampleSchema("foo", curlImage).optional(),
    /** An HTTP server that answers with what it was asked. Listens on 8080; its Service has port 8000. */
    httpbin: sampleSchema("bar", "mccutchen/go-httpbin:v2.15.0").optional(),
});
