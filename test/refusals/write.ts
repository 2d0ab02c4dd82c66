import { writeFileSync } from "node:fs";
import { listFile, listText } from "./list";

writeFileSync(listFile, listText());
