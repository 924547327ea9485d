// Transition graphs: nodes where the report has placed them, self-loops, edges as wide as they are common.
import cytoscape from "cytoscape";
import { counted } from "./text.js";
import { colour, whenSeen } from "./theme.js";

const THICKEST = 6;
const ALL_NUMBERED = 20;
const NAME_LETTERS = 16;

export function graphs() {
  const section = document.querySelector("[data-graphs]");
  if (!section) return;
  for (const box of section.querySelectorAll("[data-graph]")) {
    whenSeen(box, async () => {
      const found = await loaded(section.dataset.graphs);
      if (found) draw(box, unpacked(found, Number(box.dataset.graph)));
      else box.textContent = "The data file of the graphs is not beside this page; the tables have the same numbers.";
    });
  }
  switched(section);
}

// A page that was opened from a file may load a script, and nothing else: the data is one call of this function.
let coming = null;
function loaded(file) {
  coming ??= new Promise((give) => {
    window.headlaws = Object.assign(window.headlaws ?? {}, { graphs: give });
    const script = document.createElement("script");
    script.src = file;
    script.addEventListener("load", () => script.remove());
    script.addEventListener("error", () => give(null));
    document.head.append(script);
  });
  return coming;
}

function unpacked({ names, graphs: all }, place) {
  const { nodes, edges } = all[place];
  return { nodes: nodes.map(([name, ...rest]) => [...names[name], ...rest]), edges };
}

// One graph at a time: without scripts the first is open and the others can be opened.
function switched(section) {
  const choice = section.querySelector("#walks");
  if (!choice) return;
  const parts = [...section.querySelectorAll("[data-part]")];
  const show = () => {
    const chosen = choice.querySelector("input:checked").value;
    for (const part of parts) {
      part.hidden = part.dataset.part !== chosen;
      if (part.tagName === "DETAILS") part.open = true;
    }
  };
  choice.hidden = false;
  choice.addEventListener("change", show);
  show();
}

function draw(box, graph) {
  box.cy?.destroy();
  const canvas = document.createElement("div");
  canvas.className = "canvas";
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", "Graph of transitions: arrows move it, plus and minus zoom, 0 fits it; the table beside it has the same edges.");
  const said = document.createElement("p");
  said.className = "readout";
  const hint = `${counted(graph.nodes.length, "token")}, ${counted(graph.edges.length, "edge")}; point at one, drag to move, zoom with the buttons.`;
  said.textContent = hint;
  box.replaceChildren(canvas, said);
  const most = Math.max(...graph.edges.map(([, , count]) => count));
  const cy = cytoscape({
    container: canvas,
    layout: { name: "preset", fit: true, padding: 24 },
    minZoom: 0.15,
    maxZoom: 4,
    userZoomingEnabled: false,
    boxSelectionEnabled: false,
    autounselectify: true,
    elements: {
      nodes: graph.nodes.map(([name, id, count, x, y], place) => ({
        data: { id: `n${place}`, label: `${short(name)}\n${count}`, width: 22 + 7.8 * Math.max(3, ...[short(name), String(count)].map(columns)), said: `${name} (${id}), read ${counted(count, "time")}` },
        position: { x, y },
      })),
      edges: graph.edges.map(([source, target, count], place) => ({
        data: {
          id: `e${place}`,
          source: `n${source}`,
          target: `n${target}`,
          label: count > 1 || graph.edges.length <= ALL_NUMBERED ? String(count) : "",
          wide: 1 + (THICKEST * count) / most,
          said: `${graph.nodes[source][0]} → ${graph.nodes[target][0]}: ${counted(count, "time")}`,
        },
      })),
    },
    style: style(),
  });
  cy.on("mouseover", "node, edge", (event) => {
    event.target.addClass("here");
    said.textContent = event.target.data("said");
  });
  cy.on("mouseout", "node, edge", (event) => {
    event.target.removeClass("here");
    said.textContent = hint;
  });
  const middle = () => ({ x: canvas.clientWidth / 2, y: canvas.clientHeight / 2 });
  const zoom = (factor) => cy.zoom({ level: cy.zoom() * factor, renderedPosition: middle() });
  const acts = {
    "+": () => zoom(1.25),
    "=": () => zoom(1.25),
    "-": () => zoom(0.8),
    0: () => cy.fit(undefined, 24),
    ArrowLeft: () => cy.panBy({ x: 40, y: 0 }),
    ArrowRight: () => cy.panBy({ x: -40, y: 0 }),
    ArrowUp: () => cy.panBy({ x: 0, y: 40 }),
    ArrowDown: () => cy.panBy({ x: 0, y: -40 }),
  };
  canvas.addEventListener("keydown", (event) => {
    if (!(event.key in acts)) return;
    acts[event.key]();
    event.preventDefault();
  });
  const bar = document.createElement("div");
  bar.className = "zoom";
  for (const [text, key, label] of [["+", "+", "Zoom in"], ["−", "-", "Zoom out"], ["Fit", "0", "Fit the graph"]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.setAttribute("aria-label", label);
    button.addEventListener("click", acts[key]);
    bar.append(button);
  }
  box.append(bar);
  box.cy = cy;
}

function short(name) {
  const letters = [...name];
  return letters.length <= NAME_LETTERS ? name : `${letters.slice(0, NAME_LETTERS - 1).join("")}…`;
}

// Of a fixed-width font: wide characters take two.
function columns(text) {
  return [...text].reduce((sum, letter) => sum + (/[\u1100-\u115f\u2e80-\uffdc]/u.test(letter) || letter.codePointAt(0) > 0xffff ? 2 : 1), 0);
}

function style() {
  const [ink, paper, raised, quiet, link] = ["ink", "paper", "raised", "quiet", "link"].map(colour);
  const mono = '"DejaVu Sans Mono", Menlo, Consolas, monospace';
  return [
    {
      selector: "node",
      style: {
        shape: "round-rectangle", width: "data(width)", height: 38,
        "background-color": raised, "border-color": quiet, "border-width": 1.2,
        label: "data(label)", "text-wrap": "wrap", "text-valign": "center", "text-halign": "center",
        "font-family": mono, "font-size": 12, color: ink,
      },
    },
    {
      selector: "edge",
      style: {
        "curve-style": "bezier", "control-point-step-size": 42, "loop-direction": "0deg", "loop-sweep": "55deg",
        width: "data(wide)", "line-color": link, "line-opacity": 0.55, "target-arrow-shape": "triangle", "target-arrow-color": link, "arrow-scale": 0.9,
        label: "data(label)", "font-size": 11, color: ink, "text-background-color": paper, "text-background-opacity": 0.85, "text-background-padding": 2,
      },
    },
    { selector: ".here", style: { "line-opacity": 1, "border-width": 3, "border-color": link, "z-index": 9 } },
  ];
}
