// What the pages of a report do where scripts run. Without them every table reads, and every link leads somewhere.
import { charts } from "./charts.js";
import { drawer } from "./drawer.js";
import { graphs } from "./graph.js";
import { matrix } from "./matrix.js";
import { plots } from "./plot.js";
import { tables } from "./tables.js";
import { theme } from "./theme.js";

const block = document.getElementById("data");
const data = block ? JSON.parse(block.textContent) : {};

theme();
matrix();
tables();
plots(data.plots ?? []);
graphs();
charts(data);
drawer();
