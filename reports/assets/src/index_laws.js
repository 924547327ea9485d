// The table of a run of one head: filters, dull laws behind a switch, colour by holding rate or by excess; all in the address.
import { bound } from "./filters.js";
import { counted } from "./text.js";

export function lawsOfOne() {
  const table = document.getElementById("laws-of-one");
  if (!table) return;
  const rows = [...table.querySelectorAll("tbody tr[data-claim]")];
  const cells = new Map(rows.map((row) => [row, [...row.cells].slice(1)]));
  const columns = table.tHead.rows[0].cells.length - 1;
  const every = rows.length > 0 && rows.every((row) => "dull" in row.dataset);
  bound(["chapter", "verdict", "flag", "law"], table, (want, matches, output) => {
    const asks = want.verdict || want.flag;
    const filled = Array(columns).fill(0);
    let count = 0;
    for (const row of rows) {
      const words = want.law.toLowerCase().split(/\s+/).filter(Boolean);
      const named = words.every((word) => row.cells[0].textContent.toLowerCase().includes(word));
      const open = want.dull || every || !("dull" in row.dataset);
      const kept = open && named && (!want.chapter || row.parentElement.dataset.chapter === want.chapter);
      let found = 0;
      cells.get(row).forEach((cell, place) => {
        const on = cell.className !== "" && matches(cell);
        cell.classList.toggle("off", Boolean(asks) && !on);
        if (!kept || !on) return;
        found += 1;
        filled[place] += 1;
      });
      row.hidden = !kept || (Boolean(asks) && !found);
      if (!row.hidden) count += found;
    }
    for (const body of table.tBodies) body.hidden = [...body.querySelectorAll("tr[data-claim]")].every((row) => row.hidden);
    for (const row of [table.tHead.rows[0], ...rows]) for (let place = 0; place < columns; place++) row.cells[place + 1].hidden = count > 0 && !filled[place];
    const shown = rows.filter((row) => !row.hidden).length;
    output.textContent = `${counted(shown, "law")}, ${counted(count, "cell")}`;
  });
}
