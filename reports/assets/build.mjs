// Bundles src/ into one file that the pages load, and gathers the licences of what went into it.
// `npm ci && npm run build`; `npm run build -- DIR` writes there instead of here.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? here;

const made = await build({
  absWorkingDir: here,
  entryPoints: ["src/main.js"],
  outfile: join(out, "site.js"),
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome123", "firefox120", "safari17.5"],
  charset: "ascii",
  legalComments: "none",
  metafile: true,
  write: false,
});
writeFileSync(join(out, "site.js"), made.outputFiles[0].contents);

const packages = new Set();
for (const input of Object.keys(made.metafile.inputs)) {
  const found = input.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//);
  if (found) packages.add(found[1]);
}
const parts = ["What site.js is made of, besides headlaws' own code (MIT): the packages below, each with its licence."];
for (const name of [...packages].sort()) {
  const folder = join(here, "node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const texts = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /^(licen[cs]e|notice)/i.test(entry.name))
    .map((entry) => entry.name)
    .sort();
  const said = texts.map((file) => readFileSync(join(folder, file), "utf8").replace(/\r\n/g, "\n").trim());
  parts.push(`${"=".repeat(80)}\n${name} ${version} (${license})\n\n${said.join("\n\n")}`);
}
writeFileSync(join(out, "LICENSES.txt"), `${parts.join("\n\n")}\n`);
