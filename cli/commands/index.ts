/** What `podstorm` can do. Each command's file is loaded when it is called, so that the others cost nothing. */
import type { Command } from "./command.ts";

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

export const commands: readonly CommandEntry[] = [
  {
    name: "run",
    summary: "run scenarios in virtual time and report what was lost, and why",
    load: async () => (await import("./run.ts")).run,
  },
  {
    name: "validate",
    summary: "check scenarios and their manifests without running them",
    load: async () => (await import("./validate.ts")).validate,
  },
  {
    name: "explain",
    summary: "say what a run would model, how long its rollouts take and how large it will be",
    load: async () => (await import("./explain.ts")).explain,
  },
  {
    name: "live",
    summary: "run a scenario on the wall clock, with real processes on this machine",
    load: async () => (await import("./live.ts")).live,
  },
  {
    name: "get",
    summary: "show objects of a finished run at any instant, as kubectl would",
    load: async () => (await import("./get.ts")).get,
  },
  {
    name: "describe",
    summary: "describe a Pod, Node or Deployment of a finished run at any instant",
    load: async () => (await import("./describe.ts")).describe,
  },
  { name: "why", summary: "show what led to the losses and restarts of a finished run", load: async () => (await import("./why.ts")).why },
  {
    name: "compare",
    summary: "run two scenarios over the same seeds and show what differs",
    load: async () => (await import("./compare.ts")).compare,
  },
  {
    name: "radar",
    summary: "search the load at which a system doesn't come back from its faults, and draw the map",
    load: async () => (await import("./radar.ts")).radar,
  },
  {
    name: "sweep",
    summary: "run a scenario with every combination of some values and show the figures of each",
    load: async () => (await import("./sweep.ts")).sweep,
  },
  { name: "logs", summary: "say that a model writes no logs", load: async () => (await import("./logs.ts")).logs },
  {
    name: "replay",
    summary: "check a stored failure again, or repeat a live run in virtual time",
    load: async () => (await import("./replay.ts")).replay,
  },
  {
    name: "verify",
    summary: "compare recorded traces of a real cluster with the model",
    load: async () => (await import("./verify.ts")).verify,
  },
  {
    name: "fuzz",
    summary: "vary what happens to a scenario until a threshold or an invariant breaks, and shrink that",
    load: async () => (await import("./fuzz.ts")).fuzz,
  },
  {
    name: "attack",
    summary: "search the cheapest faults, within a budget, that break a scenario",
    load: async () => (await import("./attack.ts")).attack,
  },
  { name: "merge", summary: "join the parts of a fuzz campaign of several machines", load: async () => (await import("./merge.ts")).merge },
  { name: "bench", summary: "measure podstorm itself", load: async () => (await import("./bench.ts")).bench },
  { name: "schema", summary: "print the JSON Schema of scenario files", load: async () => (await import("./schema.ts")).schema },
];
