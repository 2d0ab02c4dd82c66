import { KubectlError } from "../kube/kubectl";

/**
 * Does a dynamic provider's work. Its host prints the stack of whatever is thrown, beside the message that it hands to the
 * engine; an answer of the cluster's has none.
 */
export async function withoutStack<T>(work: () => Promise<T>): Promise<T> {
    try {
        return await work();
    } catch (error) {
        if (error instanceof KubectlError) error.stack = "see the error of this resource";
        throw error;
    }
}
