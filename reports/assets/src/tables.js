// Tables that sort by any column, with a search where they are long.
import DataTable from "datatables.net";

const LONG = 15;
const SIGNS = /^[^\p{L}\p{N}]+/u;

DataTable.ext.errMode = "throw";

// Text sorts as text, figures as figures; a dash, which stands for no figure, comes last of the smallest.
export function key(html) {
  const text = html.replace(/<[^>]*>/g, "").trim();
  if (text === "–" || text === "") return -Infinity;
  const bare = text.replace(SIGNS, "");
  const number = Number(bare);
  return bare !== "" && Number.isFinite(number) ? number : bare.toLowerCase();
}

export function tables() {
  for (const table of document.querySelectorAll("table.sortable")) {
    const long = table.tBodies[0].rows.length > LONG;
    const label = table.caption?.textContent ?? "table";
    new DataTable(table, {
      paging: false,
      order: [],
      autoWidth: false,
      columnDefs: [{ targets: "_all", type: "string", render: (html, kind) => (kind === "sort" || kind === "type" ? sortable(html) : html) }],
      layout: {
        topStart: long ? { search: { text: "Search ", placeholder: "" } } : null,
        topEnd: null,
        bottomStart: long ? "info" : null,
        bottomEnd: null,
      },
      language: { info: "_TOTAL_ of _MAX_ rows", infoEmpty: "no row", infoFiltered: "", zeroRecords: "No row has these words.", emptyTable: label },
    });
  }
}

// As a string whose order is that of the keys, so that one column may hold figures and words.
function sortable(html) {
  const found = key(html);
  if (typeof found === "string") return `1${found}`;
  if (found === -Infinity) return "0";
  return `0${(found + 1e9).toFixed(6).padStart(20, "0")}`;
}
