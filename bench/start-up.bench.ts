/** How long the command line takes to begin, against an empty Node.js process: processes started per second, taking turns. */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bench, Contestant } from "./bench.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// `.ts` in a checkout, `.js` in the package.
const extension = import.meta.url.slice(import.meta.url.lastIndexOf("."));
const main = join(root, "cli", `main${extension}`);
const scenario = join(root, extension === ".ts" ? "" : "..", "scenarios", "library", "rolling-update", "scenario.yaml");

/** Starts per repetition: one alone is too short to measure. */
const STARTS = 5;

export const bench: Bench = {
  summary: "podstorm --version and podstorm validate against node -e 0",
  async run(harness) {
    harness.heading("processes started one after the other");
    const [bare, version, validate] = await harness.compare("starts/s", [
      starts("node -e 0", ["-e", "0"]),
      starts("podstorm --version", [main, "--version"]),
      starts("podstorm validate", [main, "validate", scenario]),
    ]);
    // Floors are rates: a third of the rate is three times as long.
    harness.ratio("--version (at most 3 times as long)", version!, bare!, 1 / 3);
    harness.ratio("validate", validate!, bare!);
    harness.note("a ratio of 0.5 means twice as long as an empty process");
  },
};

function starts(name: string, words: readonly string[]): Contestant {
  return {
    name,
    run() {
      const from = performance.now();
      for (let start = 0; start < STARTS; start++) {
        const { status, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
        if (status !== 0) throw new Error(`${name} failed: ${stderr}`);
      }
      return { work: STARTS, seconds: (performance.now() - from) / 1000 };
    },
  };
}
