// The scatter: every head by two numbers, coloured by a third, each dot a link.
import { keep, onState, stateOf } from "./address.js";
import { choice, isHatched, legend, made, roving, shown, stepOf } from "./index_numbers.js";
import { counted } from "./text.js";

const SIZE = { width: 720, height: 440, left: 56, right: 16, top: 12, bottom: 46 };
const RADIUS = 6;

function svg(name, attributes = {}, ...children) {
  const found = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) found.setAttribute(key, value);
  found.append(...children);
  return found;
}

export function headScatter(box, { heads, numbers }) {
  const byKey = new Map(numbers.map((number) => [number.key, number]));
  const first = { across: numbers[0], up: numbers[Math.min(2, numbers.length - 1)], dots: numbers[Math.min(4, numbers.length - 1)] };
  const wanted = (axis) => byKey.get(stateOf(axis)) ?? first[axis];
  const chosen = Object.entries({ across: "Across", up: "Up", dots: "Colour" }).map(([axis, label]) => [
    axis,
    choice(label, numbers, wanted(axis).key, (key) => {
      keep({ [axis]: key === first[axis].key ? "" : key });
      draw();
    }),
  ]);
  const picture = made("div", { class: "scroll" });
  const readout = made("output", { class: "told" });
  const keys = made("div");

  function draw() {
    const [across, up, dots] = ["across", "up", "dots"].map(wanted);
    for (const [axis, { select }] of chosen) select.value = wanted(axis).key;
    const places = heads.map((_, place) => place).filter((place) => !isHatched(across, place) && !isHatched(up, place));
    picture.replaceChildren(plot(across, up, dots, places));
    keys.replaceChildren(legend(dots));
    const left = heads.length - places.length;
    readout.textContent = `${places.length} of ${counted(heads.length, "head")}${left ? "; for the others, one of the two numbers is undecided or was not tried" : ""}.`;
  }

  function plot(across, up, dots, places) {
    const x = (value) => SIZE.left + across.at(value) * (SIZE.width - SIZE.left - SIZE.right);
    const y = (value) => SIZE.height - SIZE.bottom - up.at(value) * (SIZE.height - SIZE.top - SIZE.bottom);
    const links = places.map((place) => {
      const head = heads[place];
      const [right, high, third] = [across, up, dots].map((number) => number.values[place]);
      const told = `Head ${head.name}: across ${shown(across, right)}, up ${shown(up, high)}, colour ${third === null ? "no number" : shown(dots, third)}`;
      const colour = isHatched(dots, place) ? "none" : stepOf(dots, third);
      const link = svg("a", { href: head.page, "aria-label": told }, svg("circle", { cx: x(right), cy: y(high), r: RADIUS, class: colour }));
      const tell = () => {
        readout.textContent = told;
      };
      link.addEventListener("pointerenter", tell);
      link.addEventListener("focus", tell);
      return link;
    });
    roving(links, (at, key) => at + ({ ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key] ?? NaN));
    return svg("svg", { class: "scatter", viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, role: "group", "aria-label": `Heads by ${across.full}, and ${up.full}` }, ...axes(across, up, x, y), ...links);
  }

  function axes(across, up, x, y) {
    const [bottom, right] = [SIZE.height - SIZE.bottom, SIZE.width - SIZE.right];
    const ticks = [0, 0.25, 0.5, 0.75, 1];
    const made = [];
    for (const place of ticks) {
      const [a, u] = [across.value(place), up.value(place)];
      made.push(svg("line", { x1: x(a), x2: x(a), y1: SIZE.top, y2: bottom }), svg("line", { x1: SIZE.left, x2: right, y1: y(u), y2: y(u) }));
      made.push(svg("text", { x: x(a), y: bottom + 16, "text-anchor": "middle" }, shown(across, a)), svg("text", { x: SIZE.left - 8, y: y(u) + 4, "text-anchor": "end" }, shown(up, u)));
    }
    const name = (text, more) => svg("text", { "text-anchor": "middle", class: "name", ...more }, text);
    made.push(name(across.full, { x: (SIZE.left + right) / 2, y: SIZE.height - 8 }));
    made.push(name(up.full, { transform: `translate(13 ${(SIZE.top + bottom) / 2}) rotate(-90)` }));
    return made;
  }

  box.replaceChildren(made("div", { class: "filters" }, ...chosen.map(([, { label }]) => label)), picture, readout, keys);
  box.hidden = false;
  onState(draw);
  draw();
}
