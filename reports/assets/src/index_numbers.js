// Numbers of heads: what the map and the scatter have in common, that is, a choice among the numbers, their scales, steps of
// colour, and how a number is said.
import { VERDICTS } from "./words.js";

const WORDS = { ...VERDICTS, " ": "not tried" };
const HATCHED = "uve ";
const STEPS = 10;

export function unpacked(data) {
  const heads = data.heads.map(([name, page]) => ({ name, page }));
  const numbers = data.quantities.map(([key, group, name, scale, values, verdicts, anchor]) => {
    const found = { key, group, name, values, verdicts, anchor, ...scaled(scale, values) };
    found.full = `${group}, ${name}`;
    found.cell = verdicts ? key.slice(key.indexOf("-") + 1) : "";
    return found;
  });
  return { heads, numbers };
}

// `at` gives the place of a value between 0 and 1, `value` the value of a place; counts over several tens run by their logarithm.
function scaled(scale, values) {
  if (scale === "share") return linear("h", 0, 1, 2);
  if (scale === "difference") return linear("d", -1, 1, 2, true);
  const known = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const whole = known.every(Number.isInteger);
  if (low >= 1 && high / low > 20) {
    const [from, to] = [Math.log(low), Math.log(high)];
    return { letter: "h", low, high, digits: whole ? 0 : 2, log: true, at: (value) => (Math.log(value) - from) / (to - from), value: (place) => Math.exp(from + place * (to - from)) };
  }
  return linear("h", low, high > low ? high : low + 1, whole ? 0 : 2);
}

function linear(letter, low, high, digits, sign = false) {
  return { letter, low, high, digits, sign, log: false, at: (value) => (value - low) / (high - low), value: (place) => low + place * (high - low) };
}

export function shown(number, value) {
  const text = value.toFixed(number.digits);
  return number.sign && Number(text) > 0 ? `+${text}` : text.replace("-", "−");
}

export const stepOf = (number, value) => `${number.letter}${Math.round(STEPS * Math.min(1, Math.max(0, number.at(value))))}`;

export const isHatched = (number, place) => number.values[place] === null || (number.verdicts !== "" && HATCHED.includes(number.verdicts[place]));

export function said(number, place, head) {
  const value = number.values[place];
  const verdict = number.verdicts ? WORDS[number.verdicts[place]] : "";
  return `Head ${head.name}: ${value === null ? "no number" : shown(number, value)}${verdict ? `, ${verdict}` : ""}`;
}

export const linkOf = (number, head) => (number.anchor ? `${head.page}#${number.anchor}` : head.page);

export function made(name, attributes = {}, ...children) {
  const found = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) found.setAttribute(key, value);
  found.append(...children);
  return found;
}

export function choice(label, numbers, chosen, onChange) {
  const select = made("select");
  let group = null;
  for (const number of numbers) {
    if (group?.label !== number.group) {
      group = made("optgroup", { label: number.group });
      select.append(group);
    }
    group.append(made("option", { value: number.key }, number.name));
  }
  select.value = chosen;
  select.addEventListener("change", () => onChange(select.value));
  return { select, label: made("label", {}, `${label} `, select) };
}

export function legend(number, { hatched = true } = {}) {
  const steps = Array.from({ length: STEPS + 1 }, (_, step) => made("span", { class: `step ${number.letter}${step}` }, shown(number, number.value(step / STEPS))));
  const more = hatched ? [made("span", { class: "step hatched" }, "undecided or no number")] : [];
  return made("p", { class: "steps" }, made("span", {}, number.full), ...steps, ...more);
}

// One link is in the tab order; arrows move among the others, by `beside(place, key)`.
export function roving(links, beside) {
  let current = 0;
  links.forEach((link, place) => {
    link.setAttribute("tabindex", place ? "-1" : "0");
    link.addEventListener("keydown", (event) => {
      const next = links[beside(place, event.key)];
      if (!next) return;
      event.preventDefault();
      links[current].setAttribute("tabindex", "-1");
      current = links.indexOf(next);
      next.setAttribute("tabindex", "0");
      next.focus();
    });
    link.addEventListener("focus", () => {
      links[current].setAttribute("tabindex", "-1");
      current = place;
      link.setAttribute("tabindex", "0");
    });
  });
}
