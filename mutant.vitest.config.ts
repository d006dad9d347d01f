/** Of tests that run with a mutant (PODSTORM_MUTANT): the usual settings, and the mutant planted as its file is transformed. */
import { resolve } from "node:path";
import type { ViteUserConfig } from "vitest/config";
import { mutantNamed } from "./scenarios/fuzz/mutants/index.ts";
import { withFault } from "./scenarios/fuzz/mutants/mutant.ts";
import base from "./vitest.config.ts";

const mutant = mutantNamed(process.env["PODSTORM_MUTANT"] ?? "");
const place = resolve(import.meta.dirname, mutant.file);

const config: ViteUserConfig = {
  ...base,
  root: import.meta.dirname,
  // What is kept of other runs has no mutant in it, or another one.
  test: { ...base.test, fsModuleCache: false },
  plugins: [
    {
      name: "mutant",
      enforce: "pre",
      transform: (code, id) => (id.split("?")[0] === place ? { code: withFault(mutant, code), map: null } : null),
    },
  ],
};
export default config;
