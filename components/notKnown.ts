import { unknown } from "@pulumi/pulumi/output";

/** What only an update can tell, in a preview: an output with this value is shown as not known. */
export const notKnown = unknown as never;
