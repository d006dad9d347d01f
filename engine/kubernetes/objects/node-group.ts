/** A group of equal nodes that grows and shrinks: what an entry of `nodes` with `autoscaling` asks for. */
import type { Duration } from "../../kernel/time.ts";

/** Its nodes stand in the run's list from the beginning, as many as it may have; those beyond its first size are absent. */
export interface NodeGroup {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** From the decision until the new node has registered. */
  readonly scaleUpDelay: Duration;
  /** After nodes came, none is taken away for so long. Source: --scale-down-delay-after-add. */
  readonly scaleDownDelay: Duration;
  /** How long a node has to be unneeded before it goes. Source: --scale-down-unneeded-time. */
  readonly unneededTime: Duration;
  /** Share of the allocatable CPU or memory that is asked for, whichever is greater: below it a node may go. */
  readonly scaleDownUtilization: number;
}
