// What the pages of an atlas do where scripts run: look up what two heads share, and draw one token plot large.
"use strict";
{
  const given = (id) => {
    const block = document.getElementById(id);
    return block ? JSON.parse(block.textContent) : null;
  };

  const make = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  const svg = (name, attributes = {}, ...children) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  const counted = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

  function pairs(data) {
    const form = document.getElementById("pair");
    const box = document.getElementById("pair-found");
    const said = form.querySelector("output");
    for (const name of Object.keys(data.vocabularies)) form.source.append(make("option", {}, name));
    const start = decodeURIComponent(location.hash.slice(1)).split("+");
    form.left.value = data.heads.includes(start[0]) ? start[0] : data.heads[0];
    form.right.value = data.heads.includes(start[1]) ? start[1] : data.heads[Math.min(1, data.heads.length - 1)];
    const show = () => {
      const [left, right] = [form.left.value.trim(), form.right.value.trim()].map((head) => data.heads.indexOf(head));
      if (left < 0 || right < 0) {
        said.textContent = `There is no such head. Heads go from ${data.heads[0]} to ${data.heads[data.heads.length - 1]}.`;
        return;
      }
      const rows = data.components.map((component) => {
        const of = data.vocabularies[form.source.value][component];
        const other = new Set(of[right]);
        const both = of[left].filter((place) => other.has(place)).sort((a, b) => data.tokens[a][0] - data.tokens[b][0]);
        const common = new Set(data.common[form.source.value][component]);
        const list = both.flatMap((place) => {
          const [id, text] = data.tokens[place];
          return [make("bdi", {}, text), " ", make("i", {}, String(id)), common.has(id) ? " (all heads) " : " "];
        });
        const apart = both.filter((place) => !common.has(data.tokens[place][0])).length;
        return make("tr", {}, make("th", { scope: "row" }, make("code", {}, component)), ...[of[left].length, of[right].length, both.length, apart].map((n) => make("td", { class: "num" }, String(n))), make("td", {}, ...list));
      });
      const names = ["component", data.heads[left], data.heads[right], "shared", "without common", "tokens"];
      const head = make("tr", {}, ...names.map((name, place) => make("th", { scope: "col", class: place > 0 && place < 5 ? "num" : "" }, name)));
      box.replaceChildren(make("table", {}, make("caption", {}, `What heads ${data.heads[left]} and ${data.heads[right]} both read, ${form.source.value}`), make("thead", {}, head), make("tbody", {}, ...rows)));
      said.textContent = "";
      box.hidden = false;
    };
    form.addEventListener("input", show);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.hidden = false;
    show();
  }

  const STOPS = ["440154", "472d7b", "3b528b", "2c728e", "21918c", "28ae80", "5ec962", "addc30", "fde725"].map((hex) => [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)));

  function colour(place, of) {
    const share = of > 1 ? (place / (of - 1)) * (STOPS.length - 1) : 0;
    const below = Math.min(Math.floor(share), STOPS.length - 2);
    return STOPS[below].map((low, channel) => Math.round(low + (STOPS[below + 1][channel] - low) * (share - below)));
  }

  const dark = (rgb) => {
    const [r, g, b] = rgb.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    return 1.05 / (light + 0.05) > (light + 0.05) / 0.05;
  };

  const clip = (text, most) => {
    const letters = [...text];
    return letters.length <= most ? text : `${letters.slice(0, most - 1).join("")}…`;
  };

  const [WIDE, HIGH, SIDE, ROOF] = [62, 24, 120, 96];

  function large(data, plot, head) {
    const read = plot.heads[head];
    const size = plot.ids.length;
    const text = (id) => data.tokens[String(id)] ?? `<${id}>`;
    const order = new Map();
    for (const id of read.qk) if (!order.has(id)) order.set(id, order.size);
    const [width, height] = [2 * SIDE + size * WIDE, 2 * ROOF + size * HIGH];
    const label = `Token plot of head ${data.heads[head]}, ${plot.title}: ${counted(order.size, "attention token")} in ${counted(size, "position")}; the tables have the numbers.`;
    const root = svg("svg", { class: "large", role: "img", "aria-label": label, width, height, viewBox: `0 0 ${width} ${height}` });
    let place = 0;
    for (let i = 0; i < size; i += 1) {
      for (let j = 0; j <= i; j += 1, place += 1) {
        const rgb = colour(order.get(read.qk[place]), order.size);
        const ink = dark(rgb) ? "#fff" : "#101010";
        const attention = read.attention[place] / 1000;
        const cell = svg("g", { transform: `translate(${SIDE + j * WIDE} ${ROOF + i * HIGH})` });
        cell.append(
          svg("title", {}, `query ${i}, key ${j}: ${text(read.qk[place])} (${read.qk[place]}), attention ${attention.toFixed(3)}`),
          svg("rect", { width: WIDE - 1, height: HIGH - 1, fill: `rgb(${rgb.join(" ")})` }),
          svg("text", { x: WIDE / 2, y: HIGH / 2 + 4, "text-anchor": "middle", fill: ink }, clip(text(read.qk[place]), 8)),
        );
        if (attention >= 0.05) {
          const thick = 0.5 + 3.5 * attention;
          cell.append(svg("rect", { class: "attention", x: thick / 2, y: thick / 2, width: WIDE - 1 - thick, height: HIGH - 1 - thick, fill: "none", stroke: ink, "stroke-width": thick }));
        }
        root.append(cell);
      }
    }
    const axis = (name, transform) => root.append(svg("text", { class: "axis", "text-anchor": "middle", transform }, name));
    axis("query", `translate(${width / 2} 14)`);
    axis("value", `translate(${width - 8} ${height / 2}) rotate(90)`);
    axis("key", `translate(${width / 2} ${height - 6})`);
    axis("input", `translate(12 ${height / 2}) rotate(-90)`);
    const labels = (ids, anchor, at) => {
      const group = svg("g", { class: "lab", "text-anchor": anchor });
      (ids ?? []).forEach((id, i) => group.append(svg("text", { transform: at(i) }, svg("title", {}, `${text(id)} (${id})`), clip(text(id), 13))));
      root.append(group);
    };
    labels(read.q, "start", (j) => `translate(${SIDE + (j + 0.5) * WIDE} ${ROOF - 6}) rotate(-52)`);
    labels(read.k, "end", (j) => `translate(${SIDE + (j + 0.5) * WIDE} ${ROOF + size * HIGH + 14}) rotate(-52)`);
    labels(read.v, "start", (i) => `translate(${SIDE + size * WIDE + 8} ${ROOF + (i + 0.5) * HIGH + 4})`);
    labels(plot.ids, "end", (i) => `translate(${SIDE - 8} ${ROOF + (i + 0.5) * HIGH + 4})`);
    return [root, `${counted(order.size, "attention token")} in ${counted(size, "position")}`];
  }

  function picker(data) {
    const form = document.getElementById("picker");
    const box = document.getElementById("large");
    const start = location.hash.slice(1);
    if (data.heads.includes(start)) form.head.value = start;
    const show = () => {
      const [drawn, said] = large(data, data.plots[Number(form.plot.value)], form.head.selectedIndex);
      box.replaceChildren(drawn);
      form.querySelector("output").textContent = said;
    };
    form.addEventListener("input", show);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.hidden = false;
    box.hidden = false;
    show();
  }

  const lookup = given("lookup");
  if (lookup) pairs(lookup);
  const plots = given("plots");
  if (plots) picker(plots);
}
