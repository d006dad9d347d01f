/** How fuzzing runs a spec: handed in by whoever has threads or turns to offer, so that this folder knows no host. */
import type { ControlResult, Violation } from "../../engine/result.ts";
import type { ScenarioSpec } from "../../engine/scenario-spec.ts";

export interface Executed {
  /** Everything the run says, but for what depends on the machine. */
  readonly bytes: string;
  readonly violations: readonly Violation[];
  readonly control: ControlResult;
}

export type Execute = (spec: ScenarioSpec, shards: number) => Promise<Executed>;
