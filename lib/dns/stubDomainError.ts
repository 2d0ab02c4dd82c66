/** A ConfigMap of the cluster DNS that the mesh's zones can't be merged into, in a sentence that says what to do. */
export class StubDomainError extends Error {
    constructor(message: string) {
        super(message);
        this.name = "StubDomainError";
    }
}
