// What the pages of a report do where scripts run. Without them every table reads, and every link leads somewhere.
import { charts } from "./charts.js";
import { drawer } from "./drawer.js";
import { further } from "./further.js";
import { graphs } from "./graph.js";
import { lawsOfOne } from "./index_laws.js";
import { headMap } from "./index_map.js";
import { unpacked } from "./index_numbers.js";
import { headScatter } from "./index_scatter.js";
import { matrix } from "./matrix.js";
import { plots } from "./plot.js";
import { shortLinks } from "./short_links.js";
import { tables } from "./tables.js";
import { theme } from "./theme.js";

const block = document.getElementById("data");
const data = block ? JSON.parse(block.textContent) : {};

theme();
matrix();
lawsOfOne();
tables();
plots(data.plots ?? []);
graphs();
charts(data);
drawer();
shortLinks();
further();

if (data.quantities) {
  const found = unpacked(data);
  headMap(document.getElementById("head-map"), found);
  headScatter(document.getElementById("head-scatter"), found);
}
