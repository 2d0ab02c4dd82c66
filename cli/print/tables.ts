import Table from "cli-table3";
import { colours } from "./colours";

/** Lays out rows under a head, without lines between them. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
    const result = new Table({
        head: head.map((title) => colours.bold(title)),
        style: { head: [], border: [], "padding-left": 0, "padding-right": 2 },
        chars: {
            top: "",
            "top-mid": "",
            "top-left": "",
            "top-right": "",
            bottom: "",
            "bottom-mid": "",
            "bottom-left": "",
            "bottom-right": "",
            left: "",
            "left-mid": "",
            mid: "",
            "mid-mid": "",
            right: "",
            "right-mid": "",
            middle: "",
        },
    });
    result.push(...rows.map((row) => [...row]));
    return result
        .toString()
        .split("\n")
        .map((line) => line.trimEnd())
        .join("\n");
}

/** `12 s` or `2 min 05 s`. */
export function duration(seconds: number): string {
    const whole = Math.round(seconds);
    if (whole < 60) return `${whole} s`;
    return `${Math.floor(whole / 60)} min ${(whole % 60).toString().padStart(2, "0")} s`;
}
