// Light, dark, or as the reader's system has it. What draws on a canvas asks for colours by name, and again when they change.
const KEY = "headlaws-theme";
const CHOICES = ["", "light", "dark"];
const listeners = new Set();

export function theme() {
  const button = document.getElementById("theme");
  const root = document.documentElement;
  const show = () => {
    const chosen = root.dataset.theme ?? "";
    button.textContent = `Theme: ${chosen || "system"}`;
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    const next = CHOICES[(CHOICES.indexOf(root.dataset.theme ?? "") + 1) % CHOICES.length];
    if (next) root.dataset.theme = next;
    else delete root.dataset.theme;
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // a browser that keeps nothing for files: the choice holds for this page
    }
    show();
    changed();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  show();
}

function changed() {
  for (const listener of listeners) listener();
}

export function onTheme(listener) {
  listeners.add(listener);
}

// The colour that a style sheet's variable has now: light-dark() is resolved only where a colour is used.
export function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return rgb(found);
}

// Canvas libraries know rgb() alone, and a browser may answer in oklab or color().
function rgb(css) {
  const context = document.createElement("canvas").getContext("2d");
  context.fillStyle = css;
  context.fillRect(0, 0, 1, 1);
  const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
  return `rgb(${r}, ${g}, ${b})`;
}

// Draw when it comes into view, and again when the colours change.
export function whenSeen(box, draw) {
  let seen = false;
  const observer = new IntersectionObserver(
    (entries) => {
      if (entries.some((entry) => entry.isIntersecting)) {
        observer.disconnect();
        seen = true;
        draw();
      }
    },
    { rootMargin: "300px" },
  );
  box.hidden = false;
  observer.observe(box);
  onTheme(() => seen && draw());
}
