// The drawer: all that is known of one cell, over the page. Any place of a table that names head, component and claim opens
// it, and so does any link that ends with #cell=HEAD-COMPONENT-CHAPTER.NAME. Its data are script files, one a layer.
import { bytes } from "./base85.js";
import { counted } from "./text.js";
import { AGREEMENT } from "./words.js";

const HASH = "#cell=";
const scripts = new Map();
const root = document.querySelector('script[src$="assets/site.js"]').getAttribute("src").replace("assets/site.js", "");
let shown = null; // { rows, at } of the open drawer
let opener = null;
let pushed = false;
let latest = 0;

export function drawer() {
  document.addEventListener("click", clicked);
  for (const table of document.querySelectorAll("table.verdicts, table.map")) reachable(table);
  for (const article of document.querySelectorAll("article[data-cell]")) {
    const id = article.querySelector(".replay code").textContent.split(" ").pop();
    article.querySelector(".replay").append(" ", button(`Open ${id}`, () => openCell(article.dataset.cell)));
  }
  marked(document);
  addEventListener("popstate", follow);
  addEventListener("hashchange", follow);
  follow();
}

// Long passages are scrolled to the token that is marked.
export function marked(place) {
  for (const mark of place.querySelectorAll(".departs .d")) {
    const box = mark.closest(".scroll");
    box.scrollLeft = mark.offsetLeft - box.clientWidth / 2;
  }
}

export function openCell(name, from = document.activeElement) {
  opener = from;
  if (!dialog()?.open) {
    history.pushState(null, "", `${HASH}${encodeURIComponent(name)}`);
    pushed = true;
  } else history.replaceState(null, "", `${HASH}${encodeURIComponent(name)}`);
  show(name);
}

function follow() {
  const name = wanted(location.hash);
  if (name) show(name);
  else if (dialog()?.open) {
    pushed = false;
    dialog().close();
  }
}

function wanted(hash) {
  if (!hash.startsWith(HASH)) return "";
  try {
    return decodeURIComponent(hash.slice(HASH.length));
  } catch {
    return "";
  }
}

// What a place of a table is about: its own words, else its row's, else its column's, else the table's.
export function nameOf(cell) {
  const table = cell.closest("table");
  const row = cell.parentElement;
  const heads = [...table.querySelectorAll("thead th.law, thead th[data-component], thead th[data-head]")];
  const column = heads.length === row.cells.length - 1 ? heads[cell.cellIndex - 1] : null;
  const find = (key) => [cell, row, column, table].find((one) => one?.dataset[key])?.dataset[key] ?? "";
  const linked = (one) => lawIn(one?.querySelector('a[href*="laws/"]')?.getAttribute("href") ?? "");
  const number = table.matches(".map") ? table.tHead.rows[0].cells[cell.cellIndex].textContent.trim() : "";
  const head = number ? `${row.cells[0].textContent.trim()}.${number}` : find("head");
  const [component, claim] = [find("component"), find("claim") || linked(row.cells[0]) || linked(column)];
  return head && component && claim && cell.textContent.trim() && cell.textContent.trim() !== "not run" ? `${head}-${component}-${claim}` : "";
}

// Chapter and name of the law that a link leads to, as reports/urls.py writes them.
function lawIn(href) {
  const name = href.match(/laws\/([^/]+)\.html/)?.[1] ?? "";
  return name.replace(/~([0-9a-f]+)/g, (_, code) => String.fromCodePoint(Number.parseInt(code, 16)));
}

function clicked(event) {
  const link = event.target.closest("a");
  const hash = link?.getAttribute("href") ?? "";
  if (hash.startsWith(HASH)) {
    event.preventDefault();
    openCell(wanted(hash), link);
    return;
  }
  const cell = event.target.closest("table.verdicts td, table.map td");
  if (!cell || (link && !hash.startsWith("#x")) || String(getSelection())) return;
  const name = nameOf(cell);
  if (!name) return;
  event.preventDefault();
  openCell(name, cell);
}

// One place of a table is in the tab order; arrows move among the others, Enter opens.
function reachable(table) {
  let current = [...table.querySelectorAll("tbody td")].find(nameOf);
  if (!current) return;
  current.tabIndex = 0;
  const step = (cell, key) => {
    if (key === "ArrowRight") return cell.nextElementSibling;
    if (key === "ArrowLeft") return cell.previousElementSibling;
    const rows = [...table.tBodies].flatMap((body) => [...body.rows]).filter((row) => row.cells.length > 1);
    return rows[rows.indexOf(cell.parentElement) + (key === "ArrowDown" ? 1 : -1)]?.cells[cell.cellIndex];
  };
  table.addEventListener("keydown", (event) => {
    const cell = event.target;
    if (cell.tagName !== "TD") return;
    if (event.key === "Enter") {
      const name = nameOf(cell);
      if (name) openCell(name, cell);
    } else if (event.key.startsWith("Arrow")) {
      const next = step(cell, event.key);
      if (next?.tagName !== "TD") return;
      current.tabIndex = -1;
      current = next;
      current.tabIndex = 0;
      current.focus();
    } else return;
    event.preventDefault();
  });
}

// A page from a file may load a script, and nothing else: the data are the argument of one call, compressed.
async function unzipped(text) {
  return new Response(new Blob([bytes(text)]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

export function loaded(file) {
  if (!scripts.has(file)) {
    const give = (text) => document.currentScript.give(unzipped(text));
    window.headlaws = Object.assign(window.headlaws ?? {}, { cells: give, laws: give, tokens: give, further: give });
    scripts.set(
      file,
      new Promise((done) => {
        const script = document.createElement("script");
        script.src = file.startsWith(root) ? file : root + file;
        script.give = done;
        script.addEventListener("error", () => done(null));
        script.addEventListener("load", () => script.remove());
        document.head.append(script);
      }),
    );
  }
  return scripts.get(file);
}

export const lawsKnown = () => loaded("cells/laws.js");
const tokensKnown = () => loaded("cells/tokens.js");

// As reports/urls.py names them.
function fileOf(head) {
  const layer = [...head.split(".")[0]].map((c) => (/[\w-]/.test(c) ? c : `~${c.codePointAt(0).toString(16)}`)).join("") || "~";
  return `cells/${head.includes("+") ? "pairs-" : ""}${layer}.js`;
}

const dialog = () => document.getElementById("drawer");

function made() {
  const box = element("dialog", { id: "drawer", class: "drawer", "aria-labelledby": "drawer-title", tabindex: "-1" });
  box.addEventListener("close", () => {
    if (pushed) history.back();
    else if (wanted(location.hash)) history.replaceState(null, "", location.pathname + location.search);
    pushed = false;
    shown = null;
    if (opener?.tagName === "TD" && !opener.hasAttribute("tabindex")) opener.tabIndex = -1; // that it can be focused
    if (opener?.isConnected) opener.focus();
  });
  box.addEventListener("click", (event) => event.target === box && box.close());
  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const arrows = !event.target.closest(".scroll");
    if (event.key === "j" || (event.key === "ArrowRight" && arrows)) move(1);
    else if (event.key === "k" || (event.key === "ArrowLeft" && arrows)) move(-1);
    else return;
    event.preventDefault();
  });
  document.body.append(box);
  return box;
}

function move(by) {
  const next = shown?.rows[shown.at + by];
  if (next) openCell(next.name, opener);
}

async function show(name) {
  const number = ++latest;
  const head = name.split("-")[0];
  const [known, texts, found] = await Promise.all([lawsKnown(), tokensKnown(), loaded(fileOf(head))]);
  if (number !== latest) return;
  const box = dialog() ?? made();
  const pressed = box.contains(document.activeElement) ? document.activeElement.textContent : "";
  const here = known && texts && found;
  const rows = here ? unpacked(known, found).filter((one) => one.head === head) : [];
  const at = rows.findIndex((one) => one.name === name);
  shown = { rows, at };
  if (at < 0) {
    const why = here ? "This run has no such cell." : "The data files are not beside this page; its tables have the same numbers.";
    box.replaceChildren(bar(), element("h2", { id: "drawer-title" }, "No cell to show"), element("p", {}, why));
  } else box.replaceChildren(bar(), ...parts(rows[at], known, texts));
  if (!box.open) box.showModal();
  const again = [...box.querySelectorAll(".bar button:enabled")].find((one) => one.textContent === pressed);
  (again ?? box).focus(); // what was pressed is made anew with the rest
  for (const names of box.querySelectorAll(".aligned thead th:first-child")) names.closest(".scroll").style.scrollPaddingLeft = `${names.offsetWidth}px`;
  box.querySelector(".d")?.scrollIntoView({ block: "nearest", inline: "center" }); // beside the names, which stay in sight
  box.scrollTop = 0;
}

function unpacked(known, found) {
  found.ids ??= Object.fromEntries(Object.entries(found.tokens).map(([head, steps]) => [head, summed(steps)]));
  found.cells ??= (found.columns[0] ?? []).map((_, place) => {
    const cell = Object.fromEntries(known.row.map((key, i) => [key, found.columns[i][place]]));
    const [chapter, conjecture, claim, page] = known.laws[cell.law];
    return { ...cell, ids: found.ids[cell.head], chapter, conjecture, claim, page, name: `${cell.head}-${cell.component}-${chapter}.${conjecture}` };
  });
  return found.cells;
}

function summed(steps) {
  let sum = 0;
  return steps.map((step) => (sum += step));
}

function bar() {
  const { rows, at } = shown;
  const back = button("← Previous", () => move(-1));
  const on = button("Next →", () => move(1));
  back.disabled = at <= 0;
  on.disabled = at < 0 || at + 1 >= rows.length;
  const close = button("Close", () => dialog().close());
  const keys = element("small", {}, at < 0 ? "" : `${at + 1} of ${rows.length}; keys k and j, Escape`);
  return element("div", { class: "bar" }, back, on, keys, close);
}

const share = (value) => (value === 0 || value === 1 ? String(value) : value.toFixed(3));
const signed = (value) => (value === 0 ? "0.000" : `${value > 0 ? "+" : "−"}${Math.abs(value).toFixed(3)}`);
const thousandths = (value) => Math.round(1000 * value) / 1000;
const interval = (low, high) => (low === undefined ? "" : `[${share(low)}, ${share(high)}]`);
const sentence = (name) => name.replaceAll("_", " ");

function parts(cell, known, texts) {
  const [sign, verdict] = known.verdicts[cell.verdict];
  const about = element("p", { class: "kicker" });
  cell.head.split("+").forEach((one, i) => {
    const page = /^\d+\.\d+$/.test(one) ? `${root}heads/${one}.html${cell.head === one ? `#c${cell.law}` : ""}` : "";
    about.append(i ? " + " : cell.head.includes("+") ? "Heads " : "Head ", page ? element("a", { href: page }, one) : one);
  });
  if (cell.head.includes("+")) {
    const line = `${root}pairs/${cell.head.split(".")[0]}.html#${cell.head.replace("+", "-")}`;
    about.append(" (", element("a", { href: line }, "this pair in the table"), ")");
  }
  about.append(`, component ${cell.component}, ${cell.chapter}`);
  const said = element("p", {}, element("b", { class: cell.verdict }, `${sign} ${verdict}`), cell.broken ? `, ${cell.broken}` : "", ". ");
  said.append(cell.n ? `Holds in ${cell.n - cell.violations} of ${cell.n} ${cell.rate ? interval(...cell.rate) : ""}.` : "No census.");
  if (cell.stands_out) said.append(" ", element("b", {}, `Stands out ${cell.stands_out} all three nulls.`));
  const title = element("h2", { id: "drawer-title" }, element("a", { href: root + cell.page }, sentence(cell.conjecture)));
  const made = [about, title, element("p", { class: "lead" }, cell.claim || sentence(cell.conjecture)), said];
  if (cell.degree) made.push(scale(cell, known));
  if (cell.flags) {
    const flags = cell.flags.split(" ").flatMap((flag) => [element("dt", {}, known.flags[flag]?.[0] ?? flag), element("dd", {}, known.flags[flag]?.[1] ?? "")]);
    made.push(element("dl", { class: "facts" }, ...flags));
  }
  if (cell.message) made.push(element("p", { class: "message" }, cell.message));
  if (cell.counterexample) made.push(...broken(cell, texts));
  const copies = element("p", { class: "copies" });
  if (cell.counterexample) copies.append(copy("Copy replay command", () => `headlaws replay ${cell.counterexample}`), " ");
  copies.append(copy("Copy link", () => location.href));
  made.push(copies);
  return made;
}

function scale(cell, known) {
  const axis = element("th", { scope: "col", class: "axis" }, ...["0", "0.5", "1"].map((text) => element("span", {}, text)));
  const top = [element("th", { scope: "col" }, element("span", { class: "vh" }, "measured on")), axis, ...[AGREEMENT, "excess"].map((text) => element("th", { scope: "col", class: "num" }, text))];
  const line = (name, track, degree, more, excess = []) =>
    element("tr", {}, element("th", { scope: "row" }, name), track, number(share(degree), ...more), number(...excess));
  const bar = ([degree]) => {
    const track = element("td", { class: "track" });
    track.style.setProperty("--d", 100 * degree);
    return track;
  };
  const ticks = (degrees) => {
    const track = element("td", { class: "track" });
    for (const degree of degrees) {
      const tick = element("i");
      tick.style.setProperty("--d", 100 * degree);
      track.append(tick);
    }
    return track;
  };
  const [degree, , ...ends] = cell.degree;
  const rows = [line(AGREEMENT, bar(cell.degree), degree, [interval(...ends)])];
  rows[0].className = "own";
  known.nulls.forEach((name, i) => {
    const [degrees, excess, below, above, n] = ["degrees", "excess", "below", "above", "n"].map((part) => cell[`${part}_${i}`]);
    if (!degrees) return;
    const mean = degrees.reduce((sum, one) => sum + one, 0) / degrees.length;
    const beside = excess === null ? [] : [signed(excess), `[${signed(thousandths(excess - below))}, ${signed(thousandths(excess + above))}]`, `n ${n}`];
    rows.push(line(name, ticks(degrees), mean, [], beside));
  });
  if (cell.text) {
    const [text, n, ...ends] = cell.text;
    rows.push(line("on natural text", bar(cell.text), text, [interval(...ends), `n ${n}`]));
    rows.at(-1).className = "own";
  }
  return element("table", { class: "scale" }, element("caption", { class: "vh" }, `The ${AGREEMENT} beside its nulls`), element("thead", {}, element("tr", {}, ...top)), element("tbody", {}, ...rows));
}

function number(text = "", ...more) {
  return element("td", { class: "num" }, text, ...more.filter(Boolean).map((small) => element("small", {}, small)));
}

function broken(cell, texts) {
  const { counterexample: id, inputs, length, first } = cell;
  const ids = (places) => places.map((place) => cell.ids[place]);
  const readings = cell.labels.map((label, i) => {
    const [read, triangle] = [cell.read[i], cell.triangles[i]];
    return [label, cell.starts[i], ids(cell.sequences[i]), triangle ? read.map(ids) : ids(read), triangle];
  });
  const given = element("p", { class: "inputs" }, length ? `${counted(length, "token")}: ` : "");
  for (const [name, value] of inputs) {
    const written = typeof value === "number" ? tuple(readings[value][2]) : value;
    given.append(element("code", {}, `${name} = ${written}`), " ");
  }
  if (cell.margin) given.append(element("small", {}, `margin ${cell.margin.toFixed(3)} logits`));
  return [element("h3", {}, "Counterexample ", element("code", {}, id)), given, aligned(id, readings, first, texts)];
}

// As Python writes it.
const tuple = (ids) => `(${ids.join(", ")}${ids.length === 1 ? "," : ""})`;

// Inputs above, readings beneath, query by query where they are triangles; the first difference marked.
function aligned(id, readings, first, texts) {
  const lines = ([, , , read, triangle]) => (triangle ? read : [read]);
  const width = Math.max(0, ...readings.flatMap((one) => [one[2].length, ...lines(one).map((row) => row.length)]));
  const height = Math.max(0, ...readings.map((one) => (one[4] ? one[3].length : 1)));
  const starts = new Set(readings.map((one) => one[1]));
  const from = starts.size === 1 ? readings[0][1] : 0;
  const body = element("tbody");
  const same = new Set(readings.map((one) => one[2].join(" "))).size === 1;
  const row = (kind, label, tokens, at, begins) => {
    const cells = Array.from({ length: width }, (_, i) => {
      const cell = element("td", i === at ? { class: "d" } : {});
      if (i === at) cell.append(element("span", { class: "vh" }, "first difference"), element("span", { "aria-hidden": "true" }, "≠"));
      if (i < tokens.length) {
        const text = texts[tokens[i]];
        cell.append(element("bdi", { title: text }, text), " ", element("i", {}, String(tokens[i])));
      }
      if (i >= tokens.length && i === at) cell.append("nothing");
      return cell;
    });
    body.append(element("tr", { class: begins ? `${kind} begins` : kind }, element("th", { scope: "row" }, kind === "input" ? "input " : "", element("code", {}, label)), ...cells));
  };
  (same ? readings.slice(0, 1) : readings).forEach((one, i) => row("input", same && readings.length > 1 ? "" : one[0], one[2], null, !i));
  for (let query = 0; query < height; query++) {
    let begins = true;
    readings.forEach((one, i) => {
      const tokens = one[4] ? one[3][query] : query ? undefined : one[3];
      if (!tokens) return;
      const label = one[4] ? `${one[0]}, query ${query + one[1]}` : one[0];
      row("reading", label, tokens, place(readings, i, query, first), begins);
      begins = false;
    });
  }
  const head = element("tr", {}, element("th", { scope: "col" }, "position"), ...Array.from({ length: width }, (_, i) => element("th", { scope: "col" }, String(i + from))));
  const table = element("table", { class: "aligned" }, element("thead", {}, head), body);
  return element("div", { class: "scroll tall", tabindex: "0", role: "region", "aria-label": `Readings of counterexample ${id}` }, table);
}

function place(readings, i, query, first) {
  if (!first || !first[0].includes(i)) return null;
  const [which, at] = first;
  if (at.length === 2 && at[0] !== query) return null;
  const tokens = (one) => (one[4] ? (one[3][query] ?? []) : one[3]);
  const [own, other] = [tokens(readings[i]), tokens(readings[which[0]])];
  const where = at.at(-1);
  return i !== which[0] && where < own.length && own[where] === other[where] ? null : where;
}

function copy(label, text) {
  const made = button(label, async () => {
    try {
      await navigator.clipboard.writeText(text());
    } catch {
      const field = element("textarea", { "aria-hidden": "true" });
      field.value = text();
      dialog().append(field);
      field.select();
      document.execCommand("copy"); // where a page from a file may not write to the clipboard
      field.remove();
    }
    made.textContent = "Copied";
    setTimeout(() => {
      made.textContent = label;
    }, 1500);
  });
  return made;
}

function button(label, action) {
  const made = element("button", { type: "button" }, label);
  made.addEventListener("click", action);
  return made;
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
