import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { schemaTexts } from "./schemas";

for (const [name, text] of Object.entries(schemaTexts())) writeFileSync(join(__dirname, name), text);
