import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, resolve } from "node:path";

const root = resolve(__dirname, "../..");

/** The folders whose pages are for readers of the project, each with all below it. */
const folders = ["docs", "examples", "lab", "bench", "test/shows"];

/** Every page, by its path from the project's folder. */
function pages(): readonly string[] {
    const below = folders.flatMap((folder) =>
        readdirSync(resolve(root, folder), { recursive: true, encoding: "utf8" }).map(
            (file) => `${folder}/${file}`,
        ),
    );
    return [...readdirSync(root), ...below].filter((file) => file.endsWith(".md"));
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): readonly string[] {
    return [...readFileSync(page, "utf8").matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
        heading
            .toLowerCase()
            .replace(/\]\([^)]*\)/g, "")
            .replace(/[^\w\- ]/g, "")
            .replaceAll(" ", "-"),
    );
}

/** Whether a link of a page leads to a file that is there, and to a heading of it where it names one. */
function leadsSomewhere(page: string, link: string): boolean {
    const [path = "", anchor] = link.split("#");
    const file = path === "" ? resolve(root, page) : resolve(root, dirname(page), path);
    return (
        existsSync(file) &&
        (anchor === undefined || !file.endsWith(".md") || anchorsOf(file).includes(anchor))
    );
}

describe("the pages", () => {
    it("lead nowhere but to files and headings that are there", () => {
        const links = pages().flatMap((page) =>
            [...readFileSync(resolve(root, page), "utf8").matchAll(/\]\(([^)\s]+)\)/g)]
                .map(([, link = ""]) => link)
                .filter((link) => !/^[a-z]+:/.test(link))
                .map((link) => ({ page, link })),
        );
        assert.ok(links.length > 200);
        assert.deepEqual(
            links.filter(({ page, link }) => !leadsSomewhere(page, link)),
            [],
        );
    });
});
