import { meshOfThree } from "../support/meshOfThree";
import { cycle } from "./parts/cycle";
import { dns } from "./parts/dns";
import { egress } from "./parts/egress";

meshOfThree("a mesh of the lab's three clusters", [cycle, egress, dns]);
