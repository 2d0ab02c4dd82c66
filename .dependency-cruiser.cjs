/**
 * The layers of the code: nobody imports in a circle, types included, and arrows run down only. Each row may import itself
 * and the rows below it.
 */
const rooms = ["policy", "doctor", "cluster", "certificates", "mesh", "dns", "config", "istio", "base"];

/** A room of lib/ and those above it, which it must not import. */
const upward = rooms.slice(1).map((room, index) => ({
    name: `lib/${room} looks up`,
    severity: "error",
    from: { path: `^lib/${room}/` },
    to: { path: `^lib/(${rooms.slice(0, index + 1).join("|")})/` },
}));

module.exports = {
    forbidden: [
        { name: "circle", severity: "error", from: {}, to: { circular: true } },
        ...upward,
        {
            name: "lib is at the bottom",
            severity: "error",
            from: { path: "^lib/" },
            to: { path: "^([^/]+\\.ts|stacks|components|kube|files|handover|ci|cli|lab|bench|test)($|/)" },
        },
        {
            name: "kube, files and handover stand on lib",
            severity: "error",
            from: { path: "^(kube|files|handover)/" },
            to: { path: "^([^/]+\\.ts|stacks|components|ci|cli|lab|bench|test)($|/)" },
        },
        {
            name: "components know no stack and no configuration",
            severity: "error",
            from: { path: "^components/" },
            to: { path: "^([^/]+\\.ts|stacks|files|handover|ci|cli|lab|bench|test)($|/)" },
        },
        {
            name: "the program knows no tool beside it",
            severity: "error",
            from: { path: "^([^/]+\\.ts$|stacks/)" },
            to: { path: "^(policy|ci|cli|lab|bench|test)/" },
        },
        {
            name: "the command is no part of the program",
            severity: "error",
            from: { path: "^cli/" },
            to: { path: "^([^/]+\\.ts$|stacks/|components/|ci/|lab/|bench/|test/)" },
        },
        {
            name: "the jobs of workflows stand on the command",
            severity: "error",
            from: { path: "^ci/" },
            to: { path: "^([^/]+\\.ts$|stacks/|components/|lab/|bench/|test/)" },
        },
        {
            name: "the policies judge what the program makes, and know nothing of how",
            severity: "error",
            from: { path: "^policy/" },
            to: { path: "^([^/]+\\.ts$|stacks/|handover/|ci/|cli/|lab/|bench/|test/)" },
        },
        {
            name: "the lab stands alone",
            severity: "error",
            from: { path: "^lab/" },
            to: { path: "^([^/]+\\.ts$|stacks/|components/|lib/|kube/|ci/|cli/|bench/|test/)" },
        },
    ],
    options: {
        doNotFollow: { path: "node_modules" },
        tsConfig: { fileName: "tsconfig.json" },
        tsPreCompilationDeps: true,
        exclude: { path: "^(node_modules|\\.lab)/" },
    },
};
