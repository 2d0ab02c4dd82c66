import pulumi from "@pulumi/eslint-plugin";
import tseslint from "typescript-eslint";

/** Folders that import no Pulumi: pure code in lib/, and the tools that sit beside the program. */
const withoutPulumi = {
    patterns: [{ group: ["@pulumi/*"], message: "Only the program and its components use Pulumi here." }],
};

export default tseslint.config(
    { ignores: ["node_modules/", ".lab/", "*.cjs"] },
    ...tseslint.configs.strictTypeChecked,
    {
        languageOptions: {
            parserOptions: {
                projectService: { allowDefaultProject: ["*.js", "*.mjs", "kube/*.mjs", "policy/*.js"] },
                tsconfigRootDir: import.meta.dirname,
            },
        },
        rules: {
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
            "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
        },
    },
    {
        files: ["*.ts", "stacks/**/*.ts", "components/**/*.ts"],
        plugins: { "@pulumi": pulumi },
        rules: {
            "@pulumi/no-output-in-template-literal": "error",
            "@pulumi/no-output-instance-in-template-literal": "error",
            // A Pulumi resource is made for its effect.
            "no-new": "off",
        },
    },
    { files: ["lib/**/*.ts", "lab/**/*.ts"], rules: { "no-restricted-imports": ["error", withoutPulumi] } },
    {
        files: ["lib/**/*.ts"],
        rules: {
            "no-restricted-imports": [
                "error",
                {
                    patterns: [
                        { group: ["@pulumi/*"], message: "lib/ is pure." },
                        {
                            group: ["node:fs*", "node:child_process", "node:net", "node:http*"],
                            message: "lib/ is pure.",
                        },
                    ],
                },
            ],
        },
    },
    { files: ["*.js", "*.mjs", "kube/*.mjs", "policy/*.js"], extends: [tseslint.configs.disableTypeChecked] },
    // Node.js runs these as they are, before it can load anything else.
    { files: ["*.js", "policy/*.js"], rules: { "@typescript-eslint/no-require-imports": "off" } },
    { files: ["test/**/*.ts"], rules: { "@typescript-eslint/no-unused-expressions": "off" } },
);
