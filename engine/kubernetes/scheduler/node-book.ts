/**
 * The nodes as the scheduler knows them now, and what is taken of each. Nodes have an index, as everywhere, and a
 * position: their place in the order of a scan, one node of each zone in turn.
 */
import type { NodeRecord, NodeTemplate } from "../objects/node.ts";
import type { Taint } from "../objects/meta.ts";
import { allocatableOf } from "../objects/pod-request.ts";
import type { PodNeeds } from "./pod-needs.ts";

type Labels = Readonly<Record<string, string>>;

export class NodeBook {
  /** With the labels of now. */
  readonly nodes: NodeTemplate[];
  /** The same by position. */
  readonly ordered: NodeTemplate[];
  /** Node indexes by position. */
  readonly order: Int32Array;
  readonly positions: Int32Array;
  /** Counts changes, by position. */
  readonly version: Uint32Array;
  readonly taints: (readonly Taint[])[];
  readonly isUnschedulable: Uint8Array;
  readonly isAbsent: Uint8Array;
  absent: number;
  /** Taints PreferNoSchedule over all nodes. */
  avoided: number;
  /** In use, by node. */
  readonly cpu: Float64Array;
  readonly memory: Float64Array;
  readonly nonZeroCpu: Float64Array;
  readonly nonZeroMemory: Float64Array;
  readonly pods: Int32Array;
  private readonly written: readonly NodeTemplate[];
  /** By node: other resources in use, and host ports (`TCP/80`); undefined: none. */
  private readonly other: (Map<string, number> | undefined)[] = [];
  private readonly ports: (Map<string, number> | undefined)[] = [];

  constructor(nodes: readonly NodeTemplate[]) {
    this.written = nodes;
    this.nodes = [...nodes];
    this.order = interleavedByZone(nodes);
    this.ordered = Array.from(this.order, (node) => nodes[node]!);
    this.taints = nodes.map(({ taints }) => taints);
    this.isUnschedulable = new Uint8Array(nodes.length);
    this.isAbsent = Uint8Array.from(nodes, ({ isAbsent }) => (isAbsent === true ? 1 : 0));
    this.absent = this.isAbsent.reduce((sum, one) => sum + one, 0);
    this.avoided = nodes.reduce((sum, { taints }) => sum + countAvoided(taints), 0);
    this.cpu = new Float64Array(nodes.length);
    this.memory = new Float64Array(nodes.length);
    this.nonZeroCpu = new Float64Array(nodes.length);
    this.nonZeroMemory = new Float64Array(nodes.length);
    this.pods = new Int32Array(nodes.length);
    this.version = new Uint32Array(nodes.length).fill(1);
    this.positions = new Int32Array(nodes.length);
    this.order.forEach((node, at) => {
      this.positions[node] = at;
    });
  }

  /** Of nodes that exist. */
  get present(): number {
    return this.nodes.length - this.absent;
  }

  /** Whether the node is another than it is known to be here. */
  isOther({ index, taints, unschedulable, labels = this.written[index]!.labels, isAbsent }: NodeRecord): boolean {
    const isSame = this.taints[index] === taints && this.nodes[index]!.labels === labels;
    return !isSame || (this.isUnschedulable[index] === 1) !== unschedulable || (this.isAbsent[index] === 1) !== (isAbsent === true);
  }

  /** Whether they are others. Left out: those it began with. */
  relabel(node: number, labels: Labels = this.written[node]!.labels): boolean {
    const before = this.nodes[node]!;
    if (before.labels === labels) return false;
    const at = this.positions[node]!;
    this.nodes[node] = this.ordered[at] = { ...before, labels };
    this.version[at]!++;
    return true;
  }

  setAbsent(node: number, isAbsent: boolean): void {
    this.isAbsent[node] = isAbsent ? 1 : 0;
    this.absent += isAbsent ? 1 : -1;
  }

  setTaints(node: number, taints: readonly Taint[], unschedulable: boolean): void {
    this.avoided += countAvoided(taints) - countAvoided(this.taints[node]!);
    this.taints[node] = taints;
    this.isUnschedulable[node] = unschedulable ? 1 : 0;
    this.version[this.positions[node]!]!++;
  }

  charge(node: number, { request, nonZero, otherNames, ports }: PodNeeds, sign: 1 | -1): void {
    this.cpu[node]! += sign * request.cpu;
    this.memory[node]! += sign * request.memory;
    this.nonZeroCpu[node]! += sign * nonZero.cpu;
    this.nonZeroMemory[node]! += sign * nonZero.memory;
    this.pods[node]! += sign;
    for (const name of otherNames) addTo((this.other[node] ??= new Map()), name, sign * request.other[name]!);
    for (const port of ports) addTo((this.ports[node] ??= new Map()), port, sign);
    this.version[this.positions[node]!]!++;
  }

  hasPortTaken(node: number, ports: readonly string[]): boolean {
    const taken = this.ports[node];
    return taken !== undefined && ports.some((port) => taken.has(port));
  }

  /** Of a resource other than CPU and memory. */
  freeOther(node: number, name: string): number {
    return allocatableOf(this.nodes[node]!, name) - (this.other[node]?.get(name) ?? 0);
  }
}

function addTo(counts: Map<string, number>, name: string, change: number): void {
  const sum = (counts.get(name) ?? 0) + change;
  if (sum === 0) counts.delete(name);
  else counts.set(name, sum);
}

function countAvoided(taints: readonly Taint[]): number {
  return taints.filter(({ effect }) => effect === "PreferNoSchedule").length;
}

/** One node of each zone in turn, zones in the order of their first node. Source: backend/cache/node_tree.go. */
function interleavedByZone(nodes: readonly NodeTemplate[]): Int32Array {
  const zones = new Map<string, number[]>();
  nodes.forEach(({ zone }, index) => {
    const known = zones.get(zone);
    if (known === undefined) zones.set(zone, [index]);
    else known.push(index);
  });
  const order = new Int32Array(nodes.length);
  const lists = [...zones.values()];
  let at = 0;
  for (let round = 0; at < nodes.length; round++) {
    for (const list of lists) if (round < list.length) order[at++] = list[round]!;
  }
  return order;
}
