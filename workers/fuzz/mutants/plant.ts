/** Preloaded (`node --import`): plants the mutant that PODSTORM_MUTANT names while its file is loaded. The tree stays as it is. */
import { registerHooks } from "node:module";
import { mutantNamed } from "../../../scenarios/fuzz/mutants/index.ts";
import { withFault } from "../../../scenarios/fuzz/mutants/mutant.ts";

const mutant = mutantNamed(process.env["PODSTORM_MUTANT"] ?? "");
const place = new URL(`../../../${mutant.file}`, import.meta.url).href;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (url !== place) return loaded;
    const { source } = loaded;
    return {
      ...loaded,
      source: withFault(mutant, typeof source === "string" ? source : Buffer.from(source as Uint8Array).toString("utf8")),
    };
  },
});
