// Pages of many heads leave out the links that would be most of their size: the laws of a table and the heads of a list
// are plain text there, and become links here.
import { lawsKnown } from "./drawer.js";

export async function shortLinks() {
  for (const list of document.querySelectorAll("dd[data-heads]")) {
    list.replaceChildren(...list.textContent.split(" ").flatMap((head) => [link(`../heads/${head}.html`, head), " "]));
  }
  const table = document.querySelector("table.short[data-head]");
  const known = table && (await lawsKnown());
  if (!known) return;
  for (const row of table.querySelectorAll("tr[id]")) {
    const name = row.cells[0];
    const [, , , page] = known.laws[Number(row.id.slice(1))];
    name.replaceChildren(link(`../${page}`, name.textContent.trim()));
  }
}

function link(href, text) {
  const made = document.createElement("a");
  made.href = href;
  made.textContent = text;
  return made;
}
