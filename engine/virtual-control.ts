/** The levers of a fault on the model: selectors are read from the store, effects travel as class-0 messages to the nodes. */
import type { ActionSpec } from "./actions/action.ts";
import type { FaultMessage } from "./chaos/fault-messages.ts";
import type { Disturbance, FaultControl, ServerLag } from "./chaos/fault-control.ts";
import type { ServerFault } from "./kubernetes/api-server/server-faults.ts";
import type { DrainOptions, ProbeFailure, TargetSelector } from "./chaos/fault.ts";
import { EventClass, type LpId } from "./kernel/event.ts";
import type { Sender } from "./kernel/mailbox.ts";
import { childKey, streamKey, uniform, type StreamKey } from "./kernel/random.ts";
import type { Duration, VirtualTime } from "./kernel/time.ts";
import { PodLabels } from "./kubernetes/api-server/pod-labels.ts";
import type { PodRecord } from "./kubernetes/api-server/pod-record.ts";
import { PodPhase } from "./kubernetes/objects/pod.ts";
import type { NodeTemplate } from "./kubernetes/objects/node.ts";
import { selectsWorkload, type SpecTables } from "./spec/tables.ts";

export interface VirtualControlOptions {
  readonly tables: SpecTables;
  readonly nodes: readonly NodeTemplate[];
  /** Pods in the store now, by number ascending. */
  readonly pods: () => readonly PodRecord[];
  readonly podName: (record: PodRecord) => string;
  readonly pod: (id: number) => PodRecord | undefined;
  readonly mailbox: Sender<FaultMessage | ServerFault>;
  readonly apiServer: LpId;
  /** Carries out an operator's action, under the current cause. */
  readonly act: (action: ActionSpec) => void;
  /** Deletes a Pod through the API, under the current cause. */
  readonly deletePod: (pod: number, gracePeriodSeconds: number | null) => void;
  /** Tells the control plane because of which fault a node is going to be silent, so that what follows has a cause. */
  readonly silence: (node: number, fault: number) => void;
  readonly firstNode: LpId;
  /** How long a lever takes to reach its target: one floor. */
  readonly delay: Duration;
  readonly seed: number;
}

export class VirtualControl implements FaultControl {
  private readonly options: VirtualControlOptions;
  private readonly labels: PodLabels;
  private now: VirtualTime = 0;
  private fault = 0;
  private key: StreamKey = { hi: 0, lo: 0 };
  /** Faults that keep a node silent, by node, in the order of their beginnings. */
  private readonly silent = new Map<number, readonly number[]>();

  constructor(options: VirtualControlOptions) {
    this.options = options;
    this.labels = new PodLabels(options.tables.definitions, options.tables.workloads);
  }

  /** How many candidates this fault's selector found last. */
  matched = 0;
  /** Faults that keep the API server down. */
  private readonly serverDownBy = new Set<number>();

  get isServerDown(): boolean {
    return this.serverDownBy.size > 0;
  }

  /** Levers are pulled for this fault from now on. */
  begin(fault: number, name: string, now: VirtualTime): void {
    this.fault = fault;
    this.now = now;
    this.matched = 0;
    this.key = streamKey(this.options.seed, "fault", name);
  }

  selectPods(selector: TargetSelector): readonly number[] {
    const selected = this.options.pods().filter((record) => this.isSelected(selector, record));
    this.matched = selected.length;
    return selected.map((record) => record.id);
  }

  /** By name and zone; a selector of Pods means the nodes that run them. */
  selectNodes(selector: TargetSelector): readonly number[] {
    const { node, zone, anyOf, ...ofPods } = selector;
    const { nodes } = this.options;
    const those = anyOf === undefined ? null : new Set(anyOf.flatMap((each) => this.selectNodes(each)));
    const hosts = Object.keys(ofPods).length === 0 ? null : new Set(this.selectPods(ofPods).map((pod) => this.options.pod(pod)!.node));
    const selected: number[] = [];
    for (let index = 0; index < nodes.length; index++) {
      const isNamed = (node === undefined || nodes[index]!.name === node) && (zone === undefined || nodes[index]!.zone === zone);
      if (isNamed && (hosts === null || hosts.has(index)) && (those === null || those.has(index))) selected.push(index);
    }
    this.matched = selected.length;
    return selected;
  }

  drawForPod(pod: number): number {
    const record = this.options.pod(pod)!;
    return this.draw(childKey(childKey(this.key, record.workload), record.ordinal));
  }

  drawForNode(node: number): number {
    return this.draw(childKey(this.key, node));
  }

  drawForFault(): number {
    return this.draw(this.key);
  }

  loseNode(node: number): void {
    this.silence(node);
    this.post(node, { kind: "loseNode", fault: this.fault });
  }

  returnNode(node: number, keepsRecords: boolean): void {
    const { fault } = this;
    this.endSilence(node);
    this.post(node, keepsRecords ? { kind: "returnNode", fault } : { kind: "returnNode", fault, recordsLost: true });
  }

  freezeNode(node: number): void {
    this.silence(node);
    this.post(node, { kind: "freezeNode", fault: this.fault });
  }

  thawNode(node: number): void {
    this.endSilence(node);
    this.post(node, { kind: "thawNode", fault: this.fault });
  }

  cutOff(node: number): void {
    this.silence(node);
    this.post(node, { kind: "cutOff", fault: this.fault, isSilent: true });
  }

  reconnect(node: number): void {
    this.endSilence(node);
    this.post(node, { kind: "reconnect", fault: this.fault });
  }

  isolate(node: number): void {
    this.post(node, { kind: "isolate", fault: this.fault });
  }

  join(node: number): void {
    this.post(node, { kind: "join", fault: this.fault });
  }

  part(node: number, others: readonly number[]): void {
    this.post(node, { kind: "part", fault: this.fault, nodes: others });
  }

  rejoin(node: number): void {
    this.post(node, { kind: "rejoin", fault: this.fault });
  }

  zoneOf(node: number): string {
    return this.options.nodes[node]!.zone;
  }

  stopApiServer(): void {
    this.serverDownBy.add(this.fault);
    this.postToServer({ kind: "serverDown", fault: this.fault });
    for (let node = 0; node < this.options.nodes.length; node++) {
      this.silence(node);
      this.post(node, { kind: "cutOff", fault: this.fault, isSilent: false });
    }
  }

  startApiServer(): void {
    this.serverDownBy.delete(this.fault);
    this.postToServer({ kind: "serverUp", fault: this.fault });
    for (let node = 0; node < this.options.nodes.length; node++) this.reconnect(node);
  }

  delayApiServer(lag: ServerLag, delay: Duration): void {
    this.postToServer({ kind: "serverLag", fault: this.fault, lag, delay });
  }

  drain(node: number, { force, ignoreDaemonSets, disableEviction, timeout }: DrainOptions): void {
    const name = this.options.nodes[node]!.name;
    const grace = { gracePeriodSeconds: null };
    this.options.act({ type: "drain", at: this.now, node: name, force, ignoreDaemonSets, disableEviction, timeout, ...grace });
  }

  uncordon(node: number): void {
    this.options.act({ type: "cordon", at: this.now, node: this.options.nodes[node]!.name, unschedulable: false });
  }

  shutdownNode(node: number): void {
    this.silence(node);
    this.post(node, { kind: "shutdownNode", fault: this.fault });
  }

  stopKubelet(node: number): void {
    this.silence(node);
    this.post(node, { kind: "stopKubelet", fault: this.fault });
  }

  startKubelet(node: number): void {
    this.endSilence(node);
    this.post(node, { kind: "startKubelet", fault: this.fault });
  }

  failProbes(pod: number, probe: ProbeFailure["probe"], rate: number, until: VirtualTime): void {
    this.postToPod(pod, { kind: "failProbes", pod, probe, rate, until, fault: this.fault });
  }

  disturbPulls(node: number, image: string | null, rate: number, slowdown: number, until: VirtualTime): void {
    this.post(node, { kind: "disturbPulls", image, rate, slowdown, until });
  }

  disturb(pod: number, { container, effect, amount, rate = 0, probe = "all" }: Disturbance, until: VirtualTime): void {
    this.postToPod(pod, { kind: "disturbContainer", pod, container, effect, amount, rate, probe, until });
  }

  deletePod(pod: number, gracePeriodSeconds: number | null): void {
    this.options.deletePod(pod, gracePeriodSeconds);
  }

  killForMemory(pod: number, container: string | null): void {
    this.postToPod(pod, { kind: "killForMemory", pod, container });
  }

  /** What the report calls a target. */
  targetName(kind: "pods" | "nodes", target: number): string {
    return kind === "nodes" ? this.options.nodes[target]!.name : this.options.podName(this.options.pod(target)!);
  }

  private isSelected(selector: TargetSelector, record: PodRecord): boolean {
    if (record.node === -1 || record.status.phase === PodPhase.Succeeded || record.status.phase === PodPhase.Failed) return false;
    const node = this.options.nodes[record.node]!;
    if (selector.node !== undefined && selector.node !== node.name) return false;
    if (selector.zone !== undefined && selector.zone !== node.zone) return false;
    const { pod, anyOf, ...ofWorkload } = selector;
    if (anyOf !== undefined && !anyOf.some((each) => this.isSelected(each, record))) return false;
    if (pod !== undefined && this.options.podName(record) !== pod) return false;
    const { tables } = this.options;
    return selectsWorkload(ofWorkload, tables.workloads.workload(record.workload), this.labels.of(record));
  }

  /** Of several faults the first one is why. */
  private silence(node: number): void {
    const before = this.silent.get(node) ?? [];
    this.silent.set(node, [...before, this.fault]);
    if (before.length === 0) this.options.silence(node, this.fault);
  }

  private endSilence(node: number): void {
    const before = this.silent.get(node) ?? [];
    const left = before.filter((fault) => fault !== this.fault);
    this.silent.set(node, left);
    const [first] = left;
    if (first !== undefined && first !== before[0]) this.options.silence(node, first);
  }

  private draw(key: StreamKey): number {
    return uniform(key.hi, key.lo, 0);
  }

  private postToPod(pod: number, message: FaultMessage): void {
    this.post(this.options.pod(pod)!.node, message);
  }

  private postToServer(fault: ServerFault): void {
    this.options.mailbox.post(this.options.apiServer, this.now + this.options.delay, fault, EventClass.fault);
  }

  private post(node: number, message: FaultMessage): void {
    this.options.mailbox.post(this.options.firstNode + node, this.now + this.options.delay, message, EventClass.fault);
  }
}
