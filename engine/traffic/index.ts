/** The load models: each executor with how its requests begin, for the reader of a plan. */
import type { LoadSpec } from "./load-model.ts";

export type Executor = LoadSpec["executor"];

export const loadModels: {
  readonly [Kind in Executor]: { readonly path: "split at the endpoints" | "messages"; readonly meaning: string };
} = {
  "poisson-arrival-rate": { path: "split at the endpoints", meaning: "open, exponential gaps" },
  "constant-arrival-rate": { path: "messages", meaning: "open, evenly spaced" },
};
