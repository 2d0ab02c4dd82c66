/** Prints the text that a command ends with: to standard output, or where that is closed, to the error output. */
export function print(text: string): Promise<void> {
    return new Promise((resolve) => {
        process.stdout.write(`${text}\n`, (error) => {
            if (error) console.error(text);
            resolve();
        });
    });
}
