/** Node as the model keeps it: static part from the scenario, conditions and taints from the control plane. */
import type { Taint } from "./meta.ts";

export interface NodeTemplate {
  readonly name: string;
  readonly zone: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Allocatable: millicores, bytes, count. */
  readonly cpu: number;
  readonly memory: number;
  readonly pods: number;
  readonly taints: readonly Taint[];
}

/** Status of the Ready condition. */
export const NodeReady = { True: 0, False: 1, Unknown: 2 } as const;
export type NodeReady = (typeof NodeReady)[keyof typeof NodeReady];

export interface NodeRecord {
  readonly index: number;
  readonly resourceVersion: number;
  readonly ready: NodeReady;
  readonly taints: readonly Taint[];
  readonly unschedulable: boolean;
}
