// The matrix of heads and laws: filters, sorting, one cell in the tab order with arrows between cells, and a line that says
// what the cell under the pointer is.
import DataTable from "datatables.net";
import { nameOf, openCell } from "./drawer.js";

const WORDS = { s: "satisfied", m: "mostly", r: "refuted", u: "undecided", v: "vacuous", e: "error" };
const FLAGS = { ft: "trivial", fa: "architectural", fu: "untrained", fg: "gauge" };

export function matrix() {
  const element = document.getElementById("heads");
  if (!element) return;
  const laws = [...element.querySelectorAll("thead th.law")].map((th) => ({
    chapter: th.dataset.chapter,
    anchor: th.dataset.anchor,
    name: th.textContent.trim(),
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
      { targets: "_all", type: "num", render: (html, kind) => (kind === "sort" || kind === "type" ? degree(html) : html) },
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

function degree(html) {
  const found = Number.parseFloat(html.slice(html.indexOf(" ") + 1));
  return Number.isFinite(found) ? found : -1;
}

function filters(table, laws, rows, shown, reachable) {
  const form = document.getElementById("filters");
  const output = form.querySelector("output");
  const noun = document.querySelector("#heads").dataset.component === "pairs" ? "pairs" : "heads";
  const fields = ["layer", "chapter", "verdict", "flag", "head", "law"];
  form.hidden = false;
  const given = new URLSearchParams(location.search);
  for (const name of fields) if (given.has(name)) form.elements[name].value = given.get(name);

  function apply() {
    const want = Object.fromEntries(fields.map((name) => [name, form.elements[name].value.trim()]));
    const words = want.law.toLowerCase().split(/\s+/).filter(Boolean);
    const kept = laws.map(
      (law) => (!want.chapter || law.chapter === want.chapter) && words.every((word) => law.name.toLowerCase().includes(word)),
    );
    const asks = want.verdict || want.flag;
    let count = 0;
    shown.clear();
    for (const one of rows) {
      if (want.layer && one.layer !== want.layer) continue;
      if (want.head && !named(one.head, want.head)) continue;
      let found = 0;
      one.cells.forEach((cell, place) => {
        const on = one.tried[place] && kept[place] && matches(cell, want);
        cell.classList.toggle("off", Boolean(asks) && !on);
        found += on;
      });
      if (asks && !found) continue;
      count += found;
      shown.add(one);
    }
    const visible = kept.some((keep, place) => keep !== table.column(place + 1).visible());
    if (visible) {
      table.columns(kept.flatMap((keep, place) => (keep ? [place + 1] : []))).visible(true, false);
      table.columns(kept.flatMap((keep, place) => (keep ? [] : [place + 1]))).visible(false, false);
    }
    table.draw();
    reachable();
    const law = kept.filter(Boolean).length;
    output.textContent = `${shown.size} ${noun}, ${law} ${law === 1 ? "law" : "laws"}, ${count.toLocaleString("en")} cells`;
    remember(want);
  }

  function remember(want) {
    const query = new URLSearchParams(Object.entries(want).filter(([, value]) => value)).toString();
    for (const link of document.querySelectorAll(".tabs a")) {
      link.search = query;
    }
  }

  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  apply();
}

function matches(cell, want) {
  const has = cell.classList;
  if (want.verdict && !has.contains(want.verdict)) return false;
  if (want.flag === "-") return !Object.keys(FLAGS).some((flag) => has.contains(flag));
  return !want.flag || has.contains(want.flag);
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
  readout.textContent = "Arrow keys move among the cells; Enter or a click opens what is known of it.";
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
    const verdict = Object.keys(WORDS).find((letter) => cell.classList.contains(letter));
    if (!verdict) {
      readout.textContent = `${head}: ${law}: not tried`;
      return;
    }
    const flags = Object.keys(FLAGS).filter((flag) => cell.classList.contains(flag));
    const shown = cell.firstChild.textContent.trim().split(" ")[1];
    const parts = [WORDS[verdict], shown ? `degree ${shown}` : "no degree", ...flags.map((flag) => FLAGS[flag])];
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
