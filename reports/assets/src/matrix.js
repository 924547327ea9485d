// The matrix of heads and laws: filters, sorting, one cell in the tab order with arrows between cells, and a line that says
// what the cell under the pointer is.
import { nameOf, openCell } from "./drawer.js";
import { bound } from "./filters.js";
import { counted } from "./text.js";
import { AGREEMENT, FLAGS, VERDICTS } from "./words.js";

export function matrix() {
  const element = document.getElementById("heads");
  if (!element) return;
  const laws = [...element.querySelectorAll("thead th.law")].map((th) => ({
    th,
    chapter: th.dataset.chapter,
    anchor: th.dataset.anchor,
    name: th.textContent.trim(),
    dull: "dull" in th.dataset,
  }));
  const rows = [...element.tBodies[0].rows].map((row, place) => {
    const [name, ...cells] = row.cells;
    const head = name.textContent.trim();
    const said = `${head.includes("+") ? "Heads" : "Head"} ${head}`;
    return { row, place, name, cells, head, said, layer: row.dataset.layer, tried: cells.map((cell) => cell.textContent.trim() !== "") };
  });
  const shown = { rows: new Set(rows), laws: laws.map(() => true), by: null };
  const reachable = cells(element, laws, new Map(rows.map((one) => [one.row, one])));
  const arranged = () => {
    arrange(element, laws, rows, shown);
    reachable();
  };
  sortButtons(element, laws, shown, arranged);
  filters(laws, rows, shown, arranged);
}

// Put the rows and columns that are shown into the table, in order; the others are kept aside.
function arrange(element, laws, rows, shown) {
  const body = element.tBodies[0];
  const [chapters, names] = element.tHead.rows;
  const kept = (all) => all.filter((_, place) => shown.laws[place]);
  give(names, kept(laws.map((law) => law.th)));
  for (const th of chapters.querySelectorAll(".chapter")) {
    const width = laws.filter((law, place) => shown.laws[place] && law.chapter === th.textContent.trim()).length;
    th.hidden = width === 0;
    th.colSpan = width || 1;
  }
  const found = ordered(rows, shown.by).filter((one) => shown.rows.has(one));
  for (const one of found) give(one.row, [one.name, ...kept(one.cells)]);
  give(body, found.map((one) => one.row));
  if (!found.length) body.insertRow().insertCell().textContent = "No head matches.";
}

// Make these the children of an element; those that stay where they are need no new layout.
function give(parent, children) {
  const kept = new Set(children);
  for (const child of [...parent.children]) if (!kept.has(child)) child.remove();
  let next = parent.firstElementChild;
  for (const child of children) {
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
  }
}

function ordered(rows, by) {
  if (!by) return rows;
  const key = (one) => (by.law < 0 ? address(one.head) : agreement(one.cells[by.law].textContent));
  return rows.map((one) => [key(one), one]).sort(([a, one], [b, other]) => by.sign * (a - b) || one.place - other.place).map(([, one]) => one);
}

function address(head) {
  const [layer, number] = head.split(/[.+]/).map(Number);
  return layer * 1000 + number;
}

function agreement(text) {
  const found = Number.parseFloat(text.slice(text.indexOf(" ") + 1));
  return Number.isFinite(found) ? found : -1;
}

// A button beside each name: up, then down, then as the page had it.
function sortButtons(element, laws, shown, arranged) {
  const heads = [{ th: element.querySelector("th.corner"), name: "head" }, ...laws];
  const said = ["ascending", "descending"];
  heads.forEach(({ th, name }, place) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "dt-column-order", ariaLabel: `Sort by ${name}` });
    const line = document.createElement("div");
    line.className = "dt-column-header";
    line.append(...th.childNodes, button);
    th.append(line);
    button.addEventListener("click", () => {
      const before = shown.by?.law === place - 1 ? shown.by.sign : 0;
      shown.by = before < 0 ? null : { law: place - 1, sign: before ? -1 : 1 };
      for (const one of heads) {
        const way = shown.by && one.th === th ? said[shown.by.sign > 0 ? 0 : 1] : "";
        one.th.classList.toggle("dt-ordering-asc", way === said[0]);
        one.th.classList.toggle("dt-ordering-desc", way === said[1]);
        if (way) one.th.ariaSort = way;
        else one.th.removeAttribute("aria-sort");
      }
      arranged();
      button.focus();
    });
  });
}

function filters(laws, rows, shown, arranged) {
  const element = document.getElementById("heads");
  const noun = element.dataset.component === "pairs" ? "pair" : "head";
  bound(["layer", "chapter", "verdict", "flag", "head", "law"], element, (want, matches, output) => {
    const words = want.law.toLowerCase().split(/\s+/).filter(Boolean);
    const asked = laws.map(
      (law) => (want.dull || !law.dull) && (!want.chapter || law.chapter === want.chapter) && words.every((word) => law.name.toLowerCase().includes(word)),
    );
    const asks = Boolean(want.verdict || want.flag);
    shown.laws = laws.map(() => false);
    shown.rows.clear();
    let count = 0;
    for (const one of rows) {
      if (want.layer && one.layer !== want.layer) continue;
      if (want.head && !named(one.head, want.head)) continue;
      let found = 0;
      one.cells.forEach((cell, place) => {
        const on = one.tried[place] && asked[place] && matches(cell);
        if (cell.classList.contains("off") !== (asks && !on)) cell.classList.toggle("off");
        if (!on) return;
        found += 1;
        shown.laws[place] = true;
      });
      if (!found) continue;
      count += found;
      shown.rows.add(one);
    }
    arranged();
    output.textContent = [counted(shown.rows.size, noun), counted(shown.laws.filter(Boolean).length, "law"), counted(count, "cell")].join(", ");
  });
}

// As --head takes them: 3.4, 3.*, *.4, 2-4.*
function named(head, pattern) {
  const [wantLayer = "", wantHead] = pattern.split(".");
  return head.split("+").some((one) => {
    const [layer, number] = one.split(".");
    return part(layer, wantLayer) && (wantHead === undefined || wantHead === "" || part(number, wantHead));
  });
}

function part(number, want) {
  if (want === "*" || want === "" || want === number) return true;
  const range = want.match(/^(\d+)-(\d+)$/);
  return range !== null && Number(number) >= Number(range[1]) && Number(number) <= Number(range[2]);
}

function cells(element, laws, byRow) {
  const readout = document.getElementById("readout");
  const lawOf = new Map();
  const places = new WeakMap();
  for (const [row, one] of byRow) {
    one.cells.forEach((cell, place) => {
      lawOf.set(cell, laws[place]);
      places.set(cell, row);
    });
  }
  readout.hidden = false;
  readout.textContent = "Arrow keys move among the cells; press Enter or click to open one.";
  let current = null;

  // One cell is in the tab order: that which was left last, or the first where that is filtered out.
  function reachable() {
    if (current?.isConnected) return;
    if (current) current.tabIndex = -1;
    current = element.tBodies[0].querySelector("tr[data-layer] td");
    if (current) current.tabIndex = 0;
  }

  function say(cell) {
    if (!lawOf.has(cell)) return;
    const head = byRow.get(places.get(cell)).said;
    const law = lawOf.get(cell).name;
    const verdict = Object.keys(VERDICTS).find((letter) => cell.classList.contains(letter));
    if (!verdict) {
      readout.textContent = `${head}: ${law}: not tried`;
      return;
    }
    const flags = Object.keys(FLAGS).filter((flag) => cell.classList.contains(`f${flag}`));
    const shown = cell.querySelector("i").textContent.trim();
    const parts = [VERDICTS[verdict], shown ? `${AGREEMENT} ${shown}` : `no ${AGREEMENT}`, ...flags.map((flag) => FLAGS[flag])];
    readout.textContent = `${head}: ${law}: ${parts.join(", ")}`;
  }

  function move(cell) {
    if (!cell || cell.tagName !== "TD") return;
    current.tabIndex = -1;
    current = cell;
    current.tabIndex = 0;
    current.focus();
  }

  function open(cell) {
    if (!lawOf.has(cell)) return;
    const name = nameOf(cell);
    if (name) {
      openCell(name, cell);
      return;
    }
    const page = cell.parentElement.querySelector("th a").getAttribute("href");
    location.href = page.includes("#") ? page : `${page}#${lawOf.get(cell).anchor}`; // a pair is a line of a page
  }

  element.addEventListener("pointerover", (event) => say(event.target.closest("td")));
  element.addEventListener("focusin", (event) => say(event.target.closest("td")));
  element.tBodies[0].addEventListener("click", (event) => {
    const cell = event.target.closest("td");
    if (cell) open(cell);
  });
  element.addEventListener("keydown", (event) => {
    const cell = event.target.closest("td");
    if (!cell) return;
    const row = cell.parentElement;
    const beside = (other) => other?.cells[cell.cellIndex];
    const steps = {
      ArrowRight: () => cell.nextElementSibling,
      ArrowLeft: () => cell.previousElementSibling,
      ArrowDown: () => beside(row.nextElementSibling),
      ArrowUp: () => beside(row.previousElementSibling),
      Home: () => row.cells[1],
      End: () => row.cells[row.cells.length - 1],
    };
    if (event.key === "Enter") open(cell);
    else if (event.key in steps) move(steps[event.key]());
    else return;
    event.preventDefault();
  });
  return reachable;
}
