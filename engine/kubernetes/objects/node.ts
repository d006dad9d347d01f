/** Node as the model keeps it: static part from the scenario, conditions and taints from the control plane. */
import type { KubeletConfiguration } from "./kubelet-configuration.ts";
import type { NodeGroup } from "./node-group.ts";
import type { Taint } from "./meta.ts";

export interface NodeTemplate {
  /** The group that it belongs to, if that one grows and shrinks. */
  readonly group?: NodeGroup;
  readonly name: string;
  readonly zone: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Allocatable: millicores, bytes, count. */
  readonly cpu: number;
  readonly memory: number;
  readonly pods: number;
  /** Local disk in bytes, processes; left out: nobody counts them. */
  readonly storage?: number;
  readonly pids?: number;
  /** Files that the local disk can hold; left out: nobody counts them. */
  readonly inodes?: number;
  /** Entries of its connection table that are left for probes; left out: nobody counts them. */
  readonly probeConnections?: number;
  /** A disk of its own for images and containers' layers, and its files; left out: they lie on the local disk. */
  readonly imageDisk?: { readonly storage: number; readonly inodes?: number };
  /** Allocatable of any other resource, in its own unit; left out: none. */
  readonly other?: Readonly<Record<string, number>>;
  readonly taints: readonly Taint[];
  /** There is no such node when the run begins: it may join later. */
  readonly isAbsent?: true;
  /** Left out: a kubelet with all its defaults. */
  readonly kubelet?: KubeletConfiguration;
}

/** Bits of NodeRecord.pressure: set = the condition is True. */
export const NodePressure = { MemoryPressure: 1, DiskPressure: 2, PIDPressure: 4 } as const;
export type NodePressure = (typeof NodePressure)[keyof typeof NodePressure];

/** Names of conditions in the order of their bits, as the kubelet lists them. */
export const nodePressureNames: readonly (keyof typeof NodePressure)[] = ["MemoryPressure", "DiskPressure", "PIDPressure"];

/** Of a node: the pressures and Ready. */
export const NODE_CONDITIONS = 4;

/** Status of the Ready condition. */
export const NodeReady = { True: 0, False: 1, Unknown: 2 } as const;
export type NodeReady = (typeof NodeReady)[keyof typeof NodeReady];

export interface NodeRecord {
  readonly index: number;
  readonly resourceVersion: number;
  readonly ready: NodeReady;
  readonly taints: readonly Taint[];
  readonly unschedulable: boolean;
  /** Left out: those of its template. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Whole seconds; left out: it was there before the run. */
  readonly createdAt?: number;
  /** What its kubelet told of them last; left out: nothing yet. */
  readonly images?: readonly string[];
  /** Bits of NodePressure; left out: none. */
  readonly pressure?: number;
  /** There is no such object: it was deleted, or has yet to be registered. The rest says nothing then. */
  readonly isAbsent?: true;
}
