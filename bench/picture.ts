import type { ServiceFigures } from "./services";

const size = { width: 720, height: 400, left: 60, right: 190, top: 20, bottom: 45 };
const curves = {
    add: ["services added", "#1f77b4"],
    remove: ["services removed", "#d62728"],
    oneMore: ["one more service", "#2ca02c"],
    unchangedUp: ["mesh up, unchanged", "#9467bd"],
    unchangedPreview: ["preview of the importer, unchanged", "#8c564b"],
} as const;
type Curve = keyof typeof curves;

/** How seconds grow with the number of services, as an SVG with straight scales: a straight line is even growth. */
export function servicesPicture(all: readonly ServiceFigures[]): string {
    const names = Object.keys(curves) as Curve[];
    const most = Math.max(...all.map(({ services }) => services), 1);
    const longest = Math.max(...all.flatMap((each) => names.map((name) => each[name])), 1);
    const x = (services: number) => size.left + (services / most) * (size.width - size.left - size.right);
    const y = (seconds: number) =>
        size.height - size.bottom - (seconds / longest) * (size.height - size.top - size.bottom);
    const at = (each: ServiceFigures, name: Curve) =>
        `${x(each.services).toFixed(1)},${y(each[name]).toFixed(1)}`;
    const lines = names.map((name) => {
        const [, colour] = curves[name];
        return `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${all.map((each) => at(each, name)).join(" ")}"/>`;
    });
    const legend = names.map((name, index) => {
        const [title, colour] = curves[name];
        const top = size.top + 12 + index * 18;
        return `<text x="${size.width - size.right + 10}" y="${top}" fill="${colour}">${title}</text>`;
    });
    const ticks = [0, 0.25, 0.5, 0.75, 1].flatMap((part) => [
        `<text x="${size.left - 8}" y="${y(part * longest) + 4}" text-anchor="end">${Math.round(part * longest)} s</text>`,
        `<line x1="${size.left}" x2="${size.width - size.right}" y1="${y(part * longest)}" y2="${y(part * longest)}" stroke="#ddd"/>`,
    ]);
    const counts = all
        .filter(({ services }) => services === 0 || services >= most / 12)
        .map(
            ({ services }) =>
                `<text x="${x(services)}" y="${size.height - size.bottom + 18}" text-anchor="middle">${services}</text>`,
        );
    const axis = `<text x="${x(most / 2)}" y="${size.height - 8}" text-anchor="middle">services, each exported and imported</text>`;
    return [
        `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="11">`,
        `<rect width="${size.width}" height="${size.height}" fill="white"/>`,
        ...ticks,
        ...counts,
        axis,
        ...lines,
        ...legend,
        "</svg>\n",
    ].join("\n");
}
