// The filters above a table of verdicts: their fields, the address that keeps them, and the colours of the table.
import { keep, onState, stateHash, stateOf } from "./address.js";

const FLAGS = ["ft", "fa", "fu", "fg"];
const TYPED = ["head", "law"];

// Calls `apply(want, matches, output)` whenever what is wanted changes; `matches` says of a cell whether it is.
export function bound(fields, table, apply) {
  const form = document.getElementById("filters");
  const output = form.querySelector("output");
  const all = [...fields, "colour", ...(form.elements.dull ? ["dull"] : [])];

  function show() {
    const want = Object.fromEntries(all.map((name) => [name, valueOf(form.elements[name]).trim()]));
    table.dataset.colour = want.colour || "held";
    for (const one of document.querySelectorAll("[data-legend]")) one.hidden = one.dataset.legend !== table.dataset.colour;
    apply(want, (cell) => matches(cell, want), output);
    for (const link of document.querySelectorAll(".tabs a")) link.hash = stateHash() === "#" ? "#matrix" : stateHash();
  }

  function read() {
    for (const name of all) put(form.elements[name], stateOf(name));
    show();
  }

  form.hidden = false;
  form.addEventListener("input", (event) => {
    keep(Object.fromEntries(all.map((name) => [name, valueOf(form.elements[name]).trim()])), { step: !TYPED.includes(event.target.name) });
    show();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    keep(Object.fromEntries(all.map((name) => [name, ""])));
    read();
  });
  onState(read);
  read();
  if (all.some(stateOf)) document.getElementById("matrix").scrollIntoView();
}

const valueOf = (field) => (field.type === "checkbox" ? (field.checked ? field.value : "") : field.value);

function put(field, value) {
  if (field.type === "checkbox") field.checked = value !== "";
  else field.value = value;
}

function matches(cell, want) {
  const has = cell.classList;
  if (want.verdict && !has.contains(want.verdict)) return false;
  if (want.flag === "-") return !FLAGS.some((flag) => has.contains(flag));
  return !want.flag || has.contains(want.flag);
}
