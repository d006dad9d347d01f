/** The nodes of the project's own traces, in start order: for traces without a nodes.json beside them. */
import type { TraceNode } from "./trace.ts";

/** Name of the pool, prefix of its nodes' names, how many. */
const pools: readonly (readonly [string, string, number])[] = [
  ["main", "m", 6],
  ["single", "s", 4],
  ["lossa", "la", 3],
  ["lossb", "lb", 3],
  ["lossc", "lc", 3],
  ["drain", "dr", 3],
];

export const goldenNodes: readonly TraceNode[] = pools.flatMap(([pool, prefix, count]) =>
  Array.from({ length: count }, (_, index) => ({
    name: `${prefix}${index}`,
    cpu: "1",
    memory: "3840Mi",
    pods: 110,
    labels: { pool },
  })),
);
