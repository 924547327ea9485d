// Token plots: the lower triangle of a sequence, a cell a pair of query and key, with the four axes around it. The tokens
// are found in the tables beneath, which say the same in words.
import { whenSeen } from "./theme.js";

const WIDTH = 46;
const HEIGHT = 24;
const FRAME = 1.5; // of the cell's own colour, around the border: a white border must not melt into a white page
const SIDE = 128;
const ROOF = 104;
const CELL_LETTERS = 7;
const LABEL_LETTERS = 13;

export function plots(drawn, root = document) {
  for (const box of root.querySelectorAll("[data-plot]")) {
    const figure = box.closest("figure");
    const plot = drawn[Number(box.dataset.plot)];
    whenSeen(box, () => box.replaceChildren(picture(plot, tokensOf(figure), axesOf(figure), box.getAttribute("aria-label"))));
  }
}

function tokensOf(figure) {
  return [...figure.querySelectorAll("ol.found li")].map((item) => {
    const word = item.querySelector("bdi");
    const colour = item.querySelector("b").style.backgroundColor;
    return { text: word.textContent, full: word.title || word.textContent, id: item.querySelector("i").textContent, colour, dark: isDark(colour) };
  });
}

function axesOf(figure) {
  const found = {};
  for (const row of figure.querySelectorAll("table.aligned tbody tr")) {
    const [name, ...cells] = row.cells;
    found[name.textContent.trim()] = cells.map((cell) => cell.textContent.trim());
  }
  return found;
}

function isDark(colour) {
  const [r, g, b] = colour.match(/\d+/g).map((part) => {
    const share = Number(part) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return 1.05 / (light + 0.05) > (light + 0.05) / 0.05;
}

function clip(text, most) {
  const letters = [...new Intl.Segmenter().segment(text)].map((one) => one.segment);
  const width = (letter) => (/[\u1100-\uffdc]/u.test(letter) || letter.codePointAt(0) > 0xffff ? 2 : 1);
  if (letters.reduce((sum, letter) => sum + width(letter), 0) <= most) return text;
  let kept = "";
  let room = most - 1;
  for (const letter of letters) {
    room -= width(letter);
    if (room < 0) break;
    kept += letter;
  }
  return `${kept}…`;
}

function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function picture(plot, tokens, axes, label) {
  const size = plot.rows.length;
  const [width, height] = [2 * SIDE + size * WIDTH, 2 * ROOF + size * HEIGHT];
  const root = svg("svg", { class: "plot", role: "img", "aria-label": label, width, height, viewBox: `0 0 ${width} ${height}`, style: `max-width: ${width}px` });
  const ties = new Set(plot.near_ties.map(([i, j]) => `${i} ${j}`));
  const cells = svg("g", { transform: `translate(${SIDE} ${ROOF})` });
  plot.rows.forEach((row, i) => row.forEach((order, j) => cells.append(cell(plot, tokens[order], i, j, ties.has(`${i} ${j}`)))));
  root.append(cells, ...names(size), ...labels(axes, size));
  return root;
}

function cell(plot, token, i, j, tie) {
  const attention = plot.attention[i]?.[j] ?? null;
  const said = [`${i}, ${j}: ${token.full} (${token.id})`];
  if (attention !== null) said.push(`attention ${(attention / 1000).toFixed(3)}`);
  if (tie) said.push("near-tie");
  const ink = token.dark ? "#fff" : "#101010";
  const group = svg("g", { transform: `translate(${j * WIDTH} ${i * HEIGHT})` });
  group.append(
    svg("title", {}, said.join(", ")),
    svg("rect", { width: WIDTH - 1, height: HEIGHT - 1, fill: token.colour }),
    svg("text", { x: WIDTH / 2, y: HEIGHT / 2 + 3.5, fill: ink, class: "word" }, clip(token.text, CELL_LETTERS)),
  );
  const step = Math.round((attention ?? 0) / 100);
  if (step > 0) {
    const thick = 0.5 + 0.35 * step;
    const inset = thick / 2 + FRAME;
    group.append(
      svg("rect", {
        x: inset, y: inset, width: WIDTH - 1 - 2 * inset, height: HEIGHT - 1 - 2 * inset,
        fill: "none", stroke: ink, "stroke-width": thick, "stroke-opacity": 0.35 + 0.065 * step, class: "attention",
      }),
    );
  }
  if (tie) group.append(svg("text", { x: WIDTH - 9, y: 9, fill: ink, class: "tie" }, "≈"));
  return group;
}

function names(size) {
  const [width, height] = [size * WIDTH, size * HEIGHT];
  const turned = (x, y, angle) => ({ transform: `translate(${x} ${y}) rotate(${angle})`, class: "axis" });
  return [
    svg("text", { x: SIDE + width / 2, y: 13, class: "axis" }, "query"),
    svg("text", turned(2 * SIDE + width - 8, ROOF + height / 2, 90), "value"),
    svg("text", { x: SIDE + width / 2, y: 2 * ROOF + height - 5, class: "axis" }, "key"),
    svg("text", turned(12, ROOF + height / 2, -90), "input"),
  ];
}

function labels(axes, size) {
  const right = SIDE + size * WIDTH + 8;
  const below = ROOF + size * HEIGHT + 14;
  const column = (j) => SIDE + (j + 0.5) * WIDTH + 3;
  const row = (i) => ROOF + (i + 0.5) * HEIGHT + 3.5;
  const places = {
    q: ["start", (j) => `translate(${column(j)} ${ROOF - 8}) rotate(-52)`],
    v: ["start", (i) => `translate(${right} ${row(i)})`],
    k: ["end", (j) => `translate(${column(j)} ${below}) rotate(-52)`],
    input: ["end", (i) => `translate(${SIDE - 8} ${row(i)})`],
  };
  return Object.entries(places).map(([axis, [anchor, place]]) => {
    const group = svg("g", { "text-anchor": anchor, class: "lab" });
    (axes[axis] ?? []).forEach((text, i) => {
      group.append(svg("text", { transform: place(i) }, svg("title", {}, text), clip(text, LABEL_LETTERS)));
    });
    return group;
  });
}
