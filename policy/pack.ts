import { PolicyPack } from "@pulumi/policy";
import { endWithEngine } from "../components/engineWatch";
import { policiesIn } from "./policies";

endWithEngine();

const folder = process.cwd();
// It takes its version from the package.json of the folder that it is made in.
process.chdir(`${__dirname}/..`);
new PolicyPack("istio-multicluster", { policies: [...policiesIn(folder)], enforcementLevel: "mandatory" });
process.chdir(folder);
