// The map: layers by heads, coloured by a number that the reader chooses, each square a link.
import { keep, onState, stateOf } from "./address.js";
import { choice, isHatched, legend, linkOf, made, roving, said, shown, stepOf } from "./index_numbers.js";

const MOST = 5;

export function headMap(box, { heads, numbers }) {
  const byKey = new Map(numbers.map((number) => [number.key, number]));
  const wanted = () => byKey.get(stateOf("map")) ?? numbers[0];
  const { select, label } = choice("Colour by", numbers, wanted().key, (key) => {
    keep({ map: key === numbers[0].key ? "" : key });
    draw();
  });
  const picture = made("div", { class: "scroll", role: "region", tabindex: "-1", "aria-label": "Heads by layer" });
  const readout = made("output", { class: "told" });
  const keys = made("div");
  const most = made("p", { class: "most" });

  // The heads of the largest values, with a link each: of a law, to what is known of its cell.
  function highest(number) {
    const known = heads.map((_, place) => place).filter((place) => !isHatched(number, place));
    const first = known.sort((a, b) => number.values[b] - number.values[a]).slice(0, MOST);
    const links = first.flatMap((place, i) => {
      const href = number.cell ? `#cell=${heads[place].name}-${number.cell}` : heads[place].page;
      return [i ? ", " : " ", made("a", { href }, heads[place].name), ` ${shown(number, number.values[place])}`];
    });
    most.replaceChildren("Highest:", ...links);
  }

  function draw() {
    const number = wanted();
    select.value = number.key;
    picture.replaceChildren(table(number));
    keys.replaceChildren(legend(number));
    highest(number);
    readout.textContent = "Arrow keys move among the heads; Enter opens one.";
  }

  function table(number) {
    const places = new Map(heads.map((head, place) => [head.name, place]));
    const cut = (name) => [name.slice(0, name.lastIndexOf(".")), name.slice(name.lastIndexOf(".") + 1)];
    const layers = [...new Set(heads.map((head) => cut(head.name)[0]))];
    const columns = [...new Set(heads.map((head) => cut(head.name)[1]))].sort((a, b) => Number(a) - Number(b));
    const top = made("tr", {}, made("th", { scope: "col" }, "layer"), ...columns.map((one) => made("th", { scope: "col" }, one)));
    const links = [];
    const rows = layers.map((layer) => {
      const cells = columns.map((column) => {
        const place = places.get(`${layer}.${column}`);
        return place === undefined ? made("td") : square(number, place, links);
      });
      return made("tr", {}, made("th", { scope: "row" }, layer), ...cells);
    });
    const all = [...rows].flatMap((row) => [...row.querySelectorAll("a")]);
    const grid = all.map((link) => [rows.indexOf(link.closest("tr")), link.closest("td").cellIndex]);
    roving(all, (at, key) => {
      const [down, right] = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[key] ?? [];
      return grid.findIndex(([row, column]) => row === grid[at][0] + down && column === grid[at][1] + right);
    });
    return made("table", { class: "squares" }, made("caption", { class: "vh" }, `Heads by layer: ${number.full}`), made("thead", {}, top), made("tbody", {}, ...rows));
  }

  function square(number, place) {
    const head = heads[place];
    const value = number.values[place];
    const colour = isHatched(number, place) ? "hatched" : stepOf(number, value);
    const text = value === null ? "–" : shown(number, value);
    const link = made("a", { href: linkOf(number, head), class: colour, "aria-label": said(number, place, head) }, text);
    const tell = () => {
      readout.textContent = `${said(number, place, head)} (${number.full})`;
    };
    link.addEventListener("pointerenter", tell);
    link.addEventListener("focus", tell);
    return made("td", {}, link);
  }

  box.replaceChildren(made("div", { class: "filters" }, label), most, picture, readout, keys);
  box.hidden = false;
  for (const link of document.querySelectorAll("a[data-map]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      keep({ map: link.dataset.map === numbers[0].key ? "" : link.dataset.map });
      draw();
      box.closest("section").scrollIntoView();
    });
  }
  onState(draw);
  draw();
}
