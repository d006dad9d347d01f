/**
 * The contract of an invariant: a rule that no run may break, whatever was injected. A checker sees what
 * happened, never which faults were asked for, and keeps a model of its own: it doesn't trust the state
 * machine that it checks. It returns what is wrong in words, or null; the run goes on.
 *
 *   scope control   sees the store's changes (shard 0)
 *   scope node      sees one node's containers (that node's shard)
 *   scope kernel    sees the keys of one LP's events
 *   scope merged    sees the merged figures at the end
 */
export interface InvariantDefinition {
  readonly name: string;
  readonly scope: "kernel" | "control" | "node" | "merged";
  readonly meaning: string;
  /** Left out: safety, which holds at any time. Liveness holds in the end, once nothing is under way any more. */
  readonly isLiveness?: true;
}

/** The first breaches of each invariant are kept in words; further ones are only counted. */
export const violationsKept = 20;
