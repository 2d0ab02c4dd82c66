import { meshOfThree } from "../support/meshOfThree";
import { certificates } from "./parts/certificates";
import { failover } from "./parts/failover";
import { gateways } from "./parts/gateways";
import { joining } from "./parts/joining";
import { security } from "./parts/security";

meshOfThree("a mesh of the lab's three clusters, the long parts", [
    gateways,
    joining,
    failover,
    certificates,
    security,
]);
