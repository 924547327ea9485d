// Charts: heads in the plane, degrees against those of a null model, growth of alphabets, verdicts over runs. A shape, a letter
// or a pattern goes with every colour; the same figures stand in tables.
import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { counted } from "./text.js";
import { colour, whenSeen } from "./theme.js";
import { AGREEMENT, VERDICTS } from "./words.js";

use([BarChart, LineChart, ScatterChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

const LETTERS = Object.keys(VERDICTS);
const SHAPES = { s: "circle", m: "diamond", r: "triangle", u: "rect", v: "pin", e: "arrow" };
const COLOURS = { s: "satisfied", m: "mostly", r: "refuted", u: "undecided", v: "vacuous", e: "error" };
const KINDS = ["circle", "rect", "triangle", "diamond", "pin", "roundRect", "arrow"];

export function charts(data, root = document) {
  for (const box of root.querySelectorAll("[data-nulls]")) {
    chart(box, () => againstNulls(box, data.nulls[Number(box.dataset.nulls)]), `Each head’s ${AGREEMENT} against that on the rotated null model`);
  }
  for (const box of root.querySelectorAll("[data-growth]")) {
    chart(box, () => growth(data.growths[Number(box.dataset.growth)]), "Alphabet by length, a line for each family");
  }
  for (const box of root.querySelectorAll("[data-plane]")) chart(box, () => plane(data.plane), "Heads in the plane by signature");
  for (const box of root.querySelectorAll("[data-nights]")) chart(box, () => nights(data.nights), "Verdicts by run");
}

function chart(box, option, label) {
  let made = null;
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", `${label}; the tables of this page have the same numbers.`);
  whenSeen(box, () => {
    made?.dispose();
    made = init(box, null, { renderer: "canvas" });
    made.setOption({ animation: false, textStyle: { color: colour("ink"), fontFamily: "system-ui, sans-serif" }, ...option() });
    box.chart = made;
  });
  new ResizeObserver(() => made?.resize()).observe(box);
}

const tooltip = (formatter) => ({
  renderMode: "richText", confine: true, formatter, backgroundColor: colour("raised"), borderColor: colour("rule"), textStyle: { color: colour("ink"), fontSize: 12 },
});

function axis(name, more = {}) {
  return {
    type: "value", name, nameLocation: "middle", nameGap: 26, nameTextStyle: { color: colour("quiet") },
    axisLabel: { color: colour("quiet") }, axisLine: { show: true, lineStyle: { color: colour("rule") } }, splitLine: { lineStyle: { color: colour("rule"), opacity: 0.5 } },
    ...more,
  };
}

const legend = () => ({ top: 0, textStyle: { color: colour("ink") } });

function againstNulls(box, nulls) {
  const map = box.closest("section").querySelector("table.map");
  const rows = [...map.tBodies[0].rows];
  const series = new Map(LETTERS.map((letter) => [letter, []]));
  for (const [place, row] of rows.entries()) {
    const layer = row.cells[0].textContent;
    for (const [head, found] of nulls[place].entries()) {
      const cell = row.cells[head + 1];
      const verdict = LETTERS.find((letter) => cell?.classList.contains(letter));
      if (verdict && found) series.get(verdict).push([...found, `${layer}.${head}`]);
    }
  }
  const drawn = [...series].filter(([, points]) => points.length);
  return {
    tooltip: tooltip((one) => (one.seriesName ? `head ${one.value[2]}: ${AGREEMENT} ${one.value[1].toFixed(3)}, rotated ${one.value[0].toFixed(3)}` : "")),
    legend: { ...legend(), data: drawn.map(([letter]) => VERDICTS[letter]) },
    grid: { left: 52, right: 16, top: 34, bottom: 42 },
    xAxis: axis(`${AGREEMENT} on the rotated null`, { min: 0, max: 1 }),
    yAxis: axis(AGREEMENT, { min: 0, max: 1, nameGap: 34 }),
    series: [
      { type: "line", data: [[0, 0], [1, 1]], symbol: "none", silent: true, lineStyle: { color: colour("quiet"), type: "dashed", width: 1 } },
      ...drawn.map(([letter, points]) => ({
        type: "scatter", name: VERDICTS[letter], data: points, symbol: SHAPES[letter], symbolSize: 9, itemStyle: { color: colour(COLOURS[letter]), opacity: 0.75 },
      })),
    ],
  };
}

function growth(curves) {
  const colours = ["link", "refuted", "satisfied", "undecided"].map(colour);
  const longest = Math.max(...curves.map(([, curve]) => curve.length));
  const line = (values) => values.map((value, place) => [place + 1, value]);
  return {
    tooltip: { ...tooltip((one) => `${one.seriesName}: ${one.value[1].toFixed(2)} attention tokens after ${counted(one.value[0], "position")}`), trigger: "item" },
    legend: legend(),
    grid: { left: 48, right: 16, top: 34, bottom: 42 },
    xAxis: axis("positions read", { min: 1, max: longest }),
    yAxis: axis("attention tokens", { min: 0 }),
    series: [
      { type: "line", name: "one per position", data: line(Array.from({ length: longest }, (_, place) => place + 1)), symbol: "none", lineStyle: { color: colour("quiet"), type: "dotted" }, itemStyle: { color: colour("quiet") } },
      ...curves.map(([name, curve], place) => ({
        type: "line", name, data: line(curve), symbol: KINDS[place % KINDS.length], symbolSize: 6,
        lineStyle: { color: colours[place % 4], type: ["solid", "dashed", "dotted"][place % 3] }, itemStyle: { color: colours[place % 4] },
      })),
    ],
  };
}

function plane(points) {
  const families = [...new Set(points.map(([, family]) => family))].sort();
  const hues = ["link", "refuted", "satisfied", "undecided", "error", "quiet"].map(colour);
  const xs = points.map(([, , x]) => x);
  const ys = points.map(([, , , y]) => y);
  const room = (values) => {
    const pad = 0.06 * (Math.max(...values) - Math.min(...values)) || 0.1;
    return { min: Math.min(...values) - pad, max: Math.max(...values) + pad };
  };
  const bare = { axisLine: { show: false }, axisLabel: { show: false }, axisTick: { show: false }, splitLine: { show: false } };
  return {
    tooltip: tooltip((one) => `head ${one.value[2]}, family ${one.seriesName}`),
    legend: legend(),
    grid: { left: 12, right: 12, top: 34, bottom: 12 },
    xAxis: { ...axis("", room(xs)), ...bare },
    yAxis: { ...axis("", room(ys)), ...bare },
    series: families.map((family, place) => ({
      type: "scatter", name: family, symbol: KINDS[place % KINDS.length], symbolSize: 17,
      data: points.filter(([, own]) => own === family).map(([head, , x, y]) => [x, y, head]),
      itemStyle: { color: hues[place % hues.length], opacity: 0.85 },
      label: { show: true, formatter: family, color: colour("paper"), fontSize: 10, fontWeight: 700 },
    })),
  };
}

function nights(runs) {
  return {
    aria: { enabled: true, decal: { show: true }, label: { enabled: false } },
    tooltip: tooltip((one) => `${one.name}: ${one.value.toLocaleString("en")} ${one.seriesName}`),
    legend: legend(),
    grid: { left: 64, right: 16, top: 34, bottom: 42 },
    xAxis: { type: "category", data: runs.map(([name]) => name.slice(0, 15)), axisLabel: { color: colour("quiet") }, axisLine: { lineStyle: { color: colour("rule") } } },
    yAxis: axis("cells", { nameGap: 46 }),
    series: LETTERS.map((letter, place) => ({
      type: "bar", stack: "all", name: VERDICTS[letter], data: runs.map(([, counts]) => counts[place]), barMaxWidth: 60, itemStyle: { color: colour(COLOURS[letter]) },
    })),
  };
}
