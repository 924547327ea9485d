// The rest of a head's page in a report of many heads: its file is loaded when a reader comes near.
import { charts } from "./charts.js";
import { loaded, marked } from "./drawer.js";
import { graphs } from "./graph.js";
import { plots } from "./plot.js";

export function further() {
  const box = document.querySelector("[data-further]");
  if (!box) return;
  const observer = new IntersectionObserver(
    async (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      const found = await loaded(box.dataset.further);
      if (!found) {
        box.textContent = "The data file with where it departs, more token plots, vocabulary and transitions is not beside this page; report.json has the numbers.";
        return;
      }
      box.innerHTML = found.html; // made by the templates of this site, as the page itself
      marked(box);
      plots(found.data.plots, box);
      charts(found.data, box);
      graphs();
    },
    { rootMargin: "600px" },
  );
  observer.observe(box);
}
