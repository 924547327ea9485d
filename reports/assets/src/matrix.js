// The matrix of heads and laws: filters, sorting, one cell in the tab order with arrows between cells, and a line that says
// what the cell under the pointer is.
import DataTable from "datatables.net";
import { nameOf, openCell } from "./drawer.js";
import { bound } from "./filters.js";
import { counted } from "./text.js";
import { AGREEMENT, FLAGS, VERDICTS } from "./words.js";

export function matrix() {
  const element = document.getElementById("heads");
  if (!element) return;
  const laws = [...element.querySelectorAll("thead th.law")].map((th) => ({
    chapter: th.dataset.chapter,
    anchor: th.dataset.anchor,
    name: th.textContent.trim(),
    dull: "dull" in th.dataset,
  }));
  const rows = [...element.tBodies[0].rows].map((row) => ({
    row,
    layer: row.dataset.layer,
    head: row.cells[0].textContent.trim(),
    said: `${row.cells[0].textContent.includes("+") ? "Heads" : "Head"} ${row.cells[0].textContent.trim()}`,
    cells: [...row.cells].slice(1),
    tried: [...row.cells].slice(1).map((cell) => cell.textContent.trim() !== ""),
  }));
  const byRow = new Map(rows.map((one) => [one.row, one]));
  const shown = new Set(rows);
  const table = new DataTable(element, {
    paging: false,
    order: [],
    autoWidth: false,
    layout: { topStart: null, topEnd: null, bottomStart: null, bottomEnd: null },
    language: { zeroRecords: "No head matches.", emptyTable: "No head." },
    columnDefs: [
      { targets: 0, type: "num", render: (html, kind) => (kind === "sort" || kind === "type" ? address(html) : html) },
      { targets: "_all", type: "num", render: (html, kind) => (kind === "sort" || kind === "type" ? agreement(html) : html) },
    ],
  });
  table.search.fixed("heads", (_text, _data, index) => shown.has(rows[index]));
  const reachable = cells(element, laws, byRow);
  filters(table, laws, rows, shown, reachable);
}

function address(html) {
  const [layer, head] = html.replace(/<[^>]*>/g, "").split(/[.+]/).map(Number);
  return layer * 1000 + head;
}

function agreement(html) {
  const found = Number.parseFloat(html.slice(html.indexOf(" ") + 1));
  return Number.isFinite(found) ? found : -1;
}

function filters(table, laws, rows, shown, reachable) {
  const element = document.getElementById("heads");
  const noun = element.dataset.component === "pairs" ? "pair" : "head";
  bound(["layer", "chapter", "verdict", "flag", "head", "law"], element, (want, matches, output) => {
    const words = want.law.toLowerCase().split(/\s+/).filter(Boolean);
    const asked = laws.map(
      (law) => (want.dull || !law.dull) && (!want.chapter || law.chapter === want.chapter) && words.every((word) => law.name.toLowerCase().includes(word)),
    );
    const asks = want.verdict || want.flag;
    const filled = laws.map(() => false);
    let count = 0;
    shown.clear();
    for (const one of rows) {
      if (want.layer && one.layer !== want.layer) continue;
      if (want.head && !named(one.head, want.head)) continue;
      let found = 0;
      one.cells.forEach((cell, place) => {
        const on = one.tried[place] && asked[place] && matches(cell);
        cell.classList.toggle("off", Boolean(asks) && !on);
        if (!on) return;
        found += 1;
        filled[place] = true;
      });
      if (!found) continue;
      count += found;
      shown.add(one);
    }
    if (filled.some((keep, place) => keep !== table.column(place + 1).visible())) {
      table.columns(filled.flatMap((keep, place) => (keep ? [place + 1] : []))).visible(true, false);
      table.columns(filled.flatMap((keep, place) => (keep ? [] : [place + 1]))).visible(false, false);
    }
    table.draw();
    reachable();
    output.textContent = [counted(shown.size, noun), counted(filled.filter(Boolean).length, "law"), counted(count, "cell")].join(", ");
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
