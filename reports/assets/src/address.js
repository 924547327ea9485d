// What a page shows, kept in its address as `#map=…&layer=1`, so that Back, reload and a sent link show the same. A mark
// without "=" is a place of the page, and `#cell=…` is the drawer's own; both leave what is shown as it is.
const listeners = [];
let state = new URLSearchParams(ours(location.hash) ?? "");

export const stateOf = (name) => state.get(name) ?? "";

export const stateHash = () => `#${state}`;

export function onState(listener) {
  listeners.push(listener);
}

// A choice is a step that Back undoes; typing is not.
export function keep(changes, { step = true } = {}) {
  const next = new URLSearchParams(state);
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  if (String(next) === String(state)) return;
  state = next;
  history[step ? "pushState" : "replaceState"](null, "", stateHash());
}

function ours(hash) {
  if (hash === "" || hash === "#") return "";
  return hash.includes("=") && !hash.startsWith("#cell=") ? hash.slice(1) : null;
}

function follow() {
  const found = ours(location.hash);
  if (found === null || String(new URLSearchParams(found)) === String(state)) return;
  state = new URLSearchParams(found);
  for (const listener of listeners) listener();
}

addEventListener("popstate", follow);
addEventListener("hashchange", follow);
