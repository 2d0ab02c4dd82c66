import * as fs from "node:fs";
import * as path from "node:path";
import { run } from "../exec";
import { toolsDir } from "../paths";
import { versions } from "../versions";
import { moduleDir } from "./goTool";
import { publish } from "./store";

/** Files of Istio's source that the lab uses: `charts` and `envoy_bootstrap.json`. */
const istioFiles = path.join(toolsDir, "istio-files", versions.istio);

/** Folder with Istio's charts. */
export const chartsPath = path.join(istioFiles, "charts");

/** Envoy's bootstrap template, which belongs into both of Istio's images. */
export const envoyBootstrapPath = path.join(istioFiles, "envoy_bootstrap.json");

/** Copies charts and bootstrap template out of Istio's module, where everything is read-only. */
export async function copyIstioFiles(): Promise<void> {
    await publish(istioFiles, async (unfinished) => {
        const module = await moduleDir("pods", "istio.io/istio");
        fs.mkdirSync(unfinished);
        fs.cpSync(path.join(module, "manifests", "charts"), path.join(unfinished, "charts"), {
            recursive: true,
        });
        fs.copyFileSync(
            path.join(module, "tools", "packaging", "common", "envoy_bootstrap.json"),
            path.join(unfinished, "envoy_bootstrap.json"),
        );
        await run("chmod", ["-R", "u+w", unfinished]);
    });
}
