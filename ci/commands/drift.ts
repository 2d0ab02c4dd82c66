import { driftMark, driftOf, driftTitle } from "../drift";
import { environment, foreseenBefore, github, markOf, noteFile, say } from "../job";
import { mesh } from "../mesh";

/** Previews the mesh twice: as the states know it, and as it really is. A stack that fails is a finding, and no failure here. */
export async function look(): Promise<void> {
    await mesh(["preview", "--json"], noteFile("plain.json"));
    await mesh(["preview", "--refresh", "--json"], noteFile("refreshed.json"));
}

/** Opens, changes or closes the issue. Where a cluster could not be looked at, an issue that is open stays. */
export async function drift(): Promise<void> {
    const { state, body } = driftOf(
        foreseenBefore("plain.json") ?? [],
        foreseenBefore("refreshed.json") ?? [],
    );
    const mark = markOf(driftMark);
    const text = body.replace(driftMark, mark);
    const hub = await github();
    const open = await hub.issue(mark);
    if (state === "clean" && open) await hub.changeIssue(open.number, { state: "closed" });
    if (state === "drifted" && open === undefined)
        await hub.openIssue(environment === "" ? driftTitle : `${driftTitle} (${environment})`, text);
    if (state === "drifted" && open && open.body !== text) await hub.changeIssue(open.number, { body: text });
    say(state === "clean" ? "clean" : `${state}\n${body}`);
}
