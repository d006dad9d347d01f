/** The levers a fault may pull (port). Adapters: engine/virtual-control.ts on the model, workers/live/live-control.ts on processes. */
import type { VirtualTime } from "../kernel/time.ts";
import type { ProbeFailure, TargetSelector } from "./fault.ts";

export interface FaultControl {
  /** Pods (by number, ascending) that match now; ended ones left out. */
  selectPods(selector: TargetSelector): readonly number[];
  /** Nodes (by index, ascending) that match. */
  selectNodes(selector: TargetSelector): readonly number[];
  /** Uniform [0, 1), keyed by the fault and the target's stable name: the same draw whatever else happens. */
  drawForPod(pod: number): number;
  drawForNode(node: number): number;
  /** Uniform [0, 1), keyed by the fault alone. */
  drawForFault(): number;
  loseNode(node: number): void;
  /** `keepsRecords`: the container runtime remembers its containers. */
  returnNode(node: number, keepsRecords: boolean): void;
  shutdownNode(node: number): void;
  stopKubelet(node: number): void;
  startKubelet(node: number): void;
  /** From now until `until`, attempts of these probes fail with chance `rate`. */
  failProbes(pod: number, probe: ProbeFailure["probe"], rate: number, until: VirtualTime): void;
  /** From now until `until`, pulls of this image (null: any) fail with chance `rate`, and transfers take `slowdown` times as long. */
  disturbPulls(node: number, image: string | null, rate: number, slowdown: number, until: VirtualTime): void;
  /** Null: every regular container of the Pod. */
  killForMemory(pod: number, container: string | null): void;
}

/** A kind of fault. `apply` returns the targets it chose (Pods or nodes, ascending); `end` gets them back. */
export interface Fault<Spec> {
  readonly targets: "pods" | "nodes";
  /** What it means on real processes; "none": `podstorm live` says that it can't. */
  readonly liveSupport: "full" | "none";
  apply(spec: Spec, control: FaultControl, until: VirtualTime): readonly number[];
  end(spec: Spec, targets: readonly number[], control: FaultControl): void;
}
