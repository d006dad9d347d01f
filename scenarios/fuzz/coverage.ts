/**
 * What a run has reached, as keys that runs can be compared by: transitions of state machines with the state before them
 * and what caused them, and ways in which requests were lost. Made of rows of causes, which a run notes in any case.
 *
 *   container exited | after killed after failed probes | by probe fails     (transition | state | cause)
 *   killed while serving, lost | by node lost                               (loss, its nearest cause)
 */
import { causeKinds, CauseKind } from "../../engine/cause-kinds.ts";
import type { CauseRow } from "../../engine/kernel/causes.ts";
import type { ControlResult, LossCount, ShardResult } from "../../engine/result.ts";
import { outcomeNames } from "../../engine/traffic/outcome.ts";

/** Of all shards of one run, as they come: with the rows too that nothing refers to. Sorted, each key once, the same for any number of shards. */
export function coverageOf(shards: readonly ShardResult[]): readonly string[] {
  const rows = shards.flatMap(({ causes }) => causes).sort((a, b) => a.time - b.time || a.id - b.id);
  const control = shards.find((shard) => shard.control !== null)?.control ?? null;
  const causes = new Causes(rows, control);
  const keys = new Set<string>(causes.transitions());
  for (const { losses } of shards) for (const loss of losses) keys.add(causes.lossKey(loss));
  if (control !== null) for (const key of endingsOf(control)) keys.add(key);
  return [...keys].sort();
}

class Causes {
  private readonly rows: readonly CauseRow[];
  private readonly byId: ReadonlyMap<number, CauseRow>;
  private readonly control: ControlResult | null;

  constructor(rows: readonly CauseRow[], control: ControlResult | null) {
    this.rows = rows;
    this.byId = new Map(rows.map((row) => [row.id, row]));
    this.control = control;
  }

  *transitions(): Generator<string> {
    const states = new Map<string, CauseRow>();
    for (const row of this.rows) {
      const subject = causeKinds[row.kind]?.subject ?? "none";
      const owner = `${subject} ${row.subject}`;
      const before = states.get(owner);
      if (subject !== "none") states.set(owner, row);
      if (this.control !== null)
        for (const { type, from, until } of this.control.faults)
          if (from <= row.time && row.time <= until) yield `${this.textOf(row)} | during ${type}`;
      yield `${this.textOf(row)} | after ${before === undefined ? "nothing" : this.textOf(before)} | by ${this.textOf(this.byId.get(row.parent))}`;
    }
  }

  lossKey({ state, outcome, cause }: LossCount): string {
    return `${state}, ${outcomeNames[outcome] ?? outcome} | by ${this.textOf(this.byId.get(cause))}`;
  }

  /** A row without its subject: what faults and exits were is told as well. */
  private textOf(row: CauseRow | undefined): string {
    if (row === undefined) return "nothing";
    const text = causeKinds[row.kind]?.text ?? String(row.kind);
    switch (row.kind) {
      case CauseKind.fault:
      case CauseKind.faultEnded:
        return `${text} ${this.control?.faults[row.subject]?.type ?? ""}`;
      case CauseKind.action:
        // Its first word tells the kind of action, the next ones whom it is about.
        return `${text} ${(this.control?.actions[row.subject]?.text ?? "").split(" ")[0] ?? ""}`;
      case CauseKind.containerExited:
        return `${text} ${row.detail === 0 ? "well" : "badly"}`;
      case CauseKind.readyChanged:
        return row.detail === 0 ? "turned unready" : "turned ready";
      default:
        return text;
    }
  }
}

const phases = ["Pending", "Running", "Succeeded", "Failed"];

/** Where Pods, rollouts and actions have got to in the end. */
function* endingsOf({ pods, rollouts, actions }: ControlResult): Generator<string> {
  for (const { phase, isReady, isDeleting, isGone } of pods)
    if (!isGone) yield `Pod at the end: ${phases[phase] ?? phase}${isReady ? ", ready" : ""}${isDeleting ? ", deleting" : ""}`;
  for (const { ending } of rollouts) yield `rollout: ${ending}`;
  for (const { text, outcome } of actions) if (outcome !== undefined) yield `${text.split(" ")[0] ?? ""} ${outcome.status}`;
}
