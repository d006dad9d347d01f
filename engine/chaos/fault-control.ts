/** The levers a fault may pull (port). Adapters: engine/virtual-control.ts on the model, workers/live/live-control.ts on processes. */
import type { DisturbContainer } from "../application/disturbance.ts";
import type { Duration, VirtualTime } from "../kernel/time.ts";
import type { DrainOptions, ProbeFailure, TargetSelector } from "./fault.ts";

export type Disturbance = Pick<DisturbContainer, "container" | "effect" | "amount"> & Partial<Pick<DisturbContainer, "rate" | "probe">>;

/** What an API server may be late with: requests, watches, or endpoints on their way to Service proxies. */
export type ServerLag = "request" | "watch" | "endpoints";

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
  /** Its processes stand still until `thawNode`. */
  freezeNode(node: number): void;
  thawNode(node: number): void;
  /** It can't reach the API server: packets are dropped. */
  cutOff(node: number): void;
  reconnect(node: number): void;
  /** Clients can't reach its Pods. */
  isolate(node: number): void;
  join(node: number): void;
  /** Clients on these other nodes can't reach its Pods. */
  part(node: number, others: readonly number[]): void;
  rejoin(node: number): void;
  zoneOf(node: number): string;
  /** Nobody can reach the API server: connections are refused. */
  stopApiServer(): void;
  startApiServer(): void;
  /** Requests, watches or Service proxies are late by this; 0: no more by this fault. */
  delayApiServer(lag: ServerLag, delay: Duration): void;
  drain(node: number, options: DrainOptions): void;
  uncordon(node: number): void;
  shutdownNode(node: number): void;
  stopKubelet(node: number): void;
  startKubelet(node: number): void;
  /** From now until `until`, attempts of these probes fail with chance `rate`. */
  failProbes(pod: number, probe: ProbeFailure["probe"], rate: number, until: VirtualTime): void;
  /** From now until `until`, pulls of this image (null: any) fail with chance `rate`, and transfers take `slowdown` times as long. */
  disturbPulls(node: number, image: string | null, rate: number, slowdown: number, until: VirtualTime): void;
  /** From now until `until`, what happens to a container of the Pod (application/disturbance.ts). */
  disturb(pod: number, disturbance: Disturbance, until: VirtualTime): void;
  /** Through the API; null: the Pod's own grace period. */
  deletePod(pod: number, gracePeriodSeconds: number | null): void;
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
