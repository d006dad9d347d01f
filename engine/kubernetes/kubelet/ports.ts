/**
 * What the kubelet asks of the world. Every method returns nothing: the answer comes back later as an
 * input (inputs.ts) with the row and its generation, in virtual and in live time alike. Called only
 * while the kubelet is being dispatched. `row` names the Pod in its node's table, `container` its index
 * (init containers first, then regular ones), `generation` the instance of that container.
 */
import type { VirtualTime } from "../../kernel/time.ts";
import type { DisturbContainer } from "../../application/disturbance.ts";
import type { ContainerUsage } from "./node-usage.ts";

export const ProbeRole = { startup: 0, liveness: 1, readiness: 2 } as const;
export type ProbeRole = (typeof ProbeRole)[keyof typeof ProbeRole];
export const probeRoleNames: readonly string[] = ["startup", "liveness", "readiness"];

export interface MissingConfig {
  readonly kind: "configmap" | "secret";
  readonly name: string;
  /** The volume that is made of it; null: environment variables are. */
  readonly volume: string | null;
}

export interface KubeletPort {
  /** Answer: sandboxReady. */
  createSandbox(row: number): void;
  /** Answer: sandboxStopped. */
  stopSandbox(row: number): void;
  /** Answer: imageReady or imageFailed. */
  pullImage(row: number, container: number): void;
  /** Creates and starts the container. Answer: containerStarted, and one day containerExited. */
  startContainer(row: number, container: number, generation: number): void;
  /** No answer of its own: containerExited follows when the process ends. */
  signalContainer(row: number, container: number, generation: number, signal: "TERM" | "KILL"): void;
  /** Answer: hookFinished. */
  runHook(row: number, container: number, generation: number, hook: "postStart" | "preStop"): void;
  /** Answer: probeFinished. */
  startProbe(row: number, container: number, generation: number, role: ProbeRole): void;
  /** The Pod is gone from this node: forget the row. */
  forget(row: number): void;

  // What only the model's runtime knows of; a live one leaves these out.
  /** Whether the node had the container's image before the run. */
  hasImage?(row: number, container: number): boolean;
  /** One of the timers that the port armed for itself (timers.ts) fired. */
  onTimer?(now: VirtualTime, row: number, kind: number): void;
  /** The Pod has been running since `startedAt`, before the run. */
  adopt?(now: VirtualTime, row: number, startedAt: VirtualTime): void;
  /** The node stops: every process on it is gone, without answers. */
  loseNode?(now: VirtualTime): void;
  /** Until `until`, attempts of these probes fail with chance `rate`; null: all roles. */
  failProbes?(now: VirtualTime, row: number, role: ProbeRole | null, rate: number, until: VirtualTime): void;
  /** What a container uses now; null: it has no process. */
  usageOf?(now: VirtualTime, row: number, container: number): ContainerUsage | null;
  /** A ConfigMap or Secret that a container needs and that isn't there now; null: it has all it needs. */
  missingConfig?(now: VirtualTime, row: number, container: number): MissingConfig | null;
  /** CPU time in µs that a container has used, and since when; null: it has no process. */
  cpuTimeOf?(now: VirtualTime, row: number, container: number): { readonly startedAt: VirtualTime; readonly used: number } | null;
  /** Until `until`, pulls of an image (null: any) fail with chance `rate`, and transfers take `slowdown` times as long. */
  disturbPulls?(
    now: VirtualTime,
    fault: { readonly image: string | null; readonly rate: number; readonly slowdown: number; readonly until: VirtualTime },
  ): void;
  /** A fault on a container; the current cause is the fault. */
  disturb?(now: VirtualTime, row: number, container: number, disturbance: DisturbContainer): void;
  /** It is time to share the node's CPU anew (NodeTimer.cpu). */
  shareCpu?(now: VirtualTime): void;
  /** The main process is killed for memory. */
  runOutOfMemory?(now: VirtualTime, row: number, container: number): void;
}
