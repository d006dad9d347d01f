/** Of tests that run with a mutant (PODSTORM_MUTANT): the usual settings, and the mutant planted as its file is transformed. */
import { resolve } from "node:path";
import type { ViteUserConfig } from "vitest/config";
import { mutantNamed } from "../../../scenarios/fuzz/mutants/index.ts";
import { withFault } from "../../../scenarios/fuzz/mutants/mutant.ts";
import base from "../../../vitest.config.ts";

const top = resolve(import.meta.dirname, "../../..");
const mutant = mutantNamed(process.env["PODSTORM_MUTANT"] ?? "");
const place = resolve(top, mutant.file);

const config: ViteUserConfig = {
  ...base,
  root: top,
  plugins: [
    {
      name: "mutant",
      enforce: "pre",
      transform: (code, id) => (id.split("?")[0] === place ? { code: withFault(mutant, code), map: null } : null),
    },
  ],
};
export default config;
