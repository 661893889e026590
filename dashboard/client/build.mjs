// Bundles what the pages load. The output lies in ../static and is committed, so that installing
// needs no node; its first line names the digest of the sources, which a test compares.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const ENTRIES = ["room", "tables", "figure", "sessions", "agenda", "coding", "said"];

function digest() {
  const hash = createHash("sha256");
  for (const name of readdirSync(join(here, "src")).sort()) {
    hash.update(`${name}\n`);
    hash.update(readFileSync(join(here, "src", name)));
  }
  return hash.digest("hex");
}

async function bundle(entry) {
  const { outputFiles } = await build({
    entryPoints: [join(here, "src", `${entry}.ts`)],
    bundle: true, format: "esm", target: "es2022", minify: true, write: false, charset: "utf8", legalComments: "none",
  });
  return `// Built from dashboard/client/src, sha256 ${digest()}; do not edit.\n${outputFiles[0].text}`;
}

async function tests() {
  const names = readdirSync(join(here, "tests")).filter((name) => name.endsWith(".test.ts"));
  mkdirSync(join(here, "build", "tests"), { recursive: true });
  await build({
    entryPoints: names.map((name) => join(here, "tests", name)),
    bundle: true, format: "esm", platform: "node", target: "es2022", outdir: join(here, "build", "tests"),
    outExtension: { ".js": ".mjs" }, external: ["node:*"],
  });
}

if (process.argv.includes("--tests")) {
  await tests();
} else {
  for (const entry of ENTRIES) {
    const path = join(here, "..", "static", `${entry}.js`), text = await bundle(entry);
    if (!process.argv.includes("--check")) writeFileSync(path, text);
    else if (readFileSync(path, "utf8") !== text) {
      console.error(`${entry}.js is not what the sources give; run: npm run build`);
      process.exitCode = 1;
    }
  }
}
