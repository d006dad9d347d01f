/** The levers a fault may pull (port). Adapters: engine/virtual-control.ts on the model, workers/live/live-control.ts on processes. */
import type { VirtualTime } from "../kernel/time.ts";
import type { ProbeFailure, TargetSelector } from "./fault.ts";

export interface FaultControl {
  /** Pods (by number, ascending) that match now; terminal ones left out. */
  selectPods(selector: TargetSelector): readonly number[];
  /** Nodes (by index, ascending) that match. */
  selectNodes(selector: TargetSelector): readonly number[];
  loseNode(node: number): void;
  returnNode(node: number): void;
  /** From now until `until`, attempts of these probes fail with chance `rate`. */
  failProbes(pod: number, probe: ProbeFailure["probe"], rate: number, until: VirtualTime): void;
  killForMemory(pod: number, container: string | null): void;
  /** Wakes the fault at its end (or any later instant). */
  wakeAt(time: VirtualTime): void;
  /** Uniform [0,1), keyed by fault and `index`: the same draw whatever else happens. */
  draw(index: number): number;
}

export interface Fault<Spec> {
  apply(spec: Spec, control: FaultControl, now: VirtualTime): void;
  /** Called at the end of `duration`, with the targets that `apply` chose still known to the control. */
  end(spec: Spec, control: FaultControl, now: VirtualTime): void;
}
