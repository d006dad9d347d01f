/**
 * What the parts of one node's virtual runtime share (virtual-processes.ts, virtual-probes.ts, virtual-hooks.ts,
 * virtual-memory.ts, virtual-images.ts): its containers' models, slots of the Pods' timers, keys of draws.
 */
import type { ApplicationBehaviour, AwaitedService } from "../../application/application.ts";
import type { ContainerServer } from "../../application/server.ts";
import { sample, sampler, type Distribution } from "../../kernel/distribution.ts";
import { childKey, type StreamKey } from "../../kernel/random.ts";
import type { Simulator } from "../../kernel/simulator.ts";
import { NEVER, type Duration, type VirtualTime } from "../../kernel/time.ts";
import type { Settings } from "../../settings.ts";
import type { PodId } from "../api-server/pod-record.ts";
import type { TemplateId } from "../objects/definitions.ts";
import type { Container } from "../objects/pod.ts";
import type { Kubelet } from "./kubelet.ts";
import type { PodPlan } from "./pod-plan.ts";
import type { KubeletTable } from "./tables.ts";
import { ContainerTimer } from "./timers.ts";
import { LISTENS, SERVER, SET, STARTS, type ContainerModel, type VirtualTable } from "./virtual-table.ts";

export interface VirtualRuntimeOptions {
  /** One per shard. */
  readonly table: VirtualTable;
  /** Attempts of probes that nothing comes of are skipped; left out: each is run. */
  readonly elidesProbes?: boolean;
  /** Each look at the node's CPU looks at all servers: for comparisons. */
  readonly readsAllCpu?: boolean;
  behaviourOf(workload: number, template: TemplateId, container: number): ApplicationBehaviour;
  /** Null: no load targets this container's Pod, so nobody ever asks its server. */
  createServer(behaviour: ApplicationBehaviour, pod: PodId, container: number): ContainerServer | null;
  /** From when on the cluster's DNS knows the Service that a workload's container looks for; NEVER: it is never applied. */
  nameKnownFrom?(workload: number, awaited: AwaitedService): VirtualTime;
  /** The container behind the Service's port that a load uses, -1: none; left out: the first regular one. */
  containerOf?(load: number, template: TemplateId, now: VirtualTime): number;
  /** The first load whose requests come to a container, -1: none; left out: nobody knows. */
  loadOn?(workload: number, template: TemplateId, container: number): number;
}

export class VirtualContext {
  readonly kubelet: Kubelet;
  readonly options: VirtualRuntimeOptions;
  readonly shared: VirtualTable;
  readonly table: KubeletTable;
  readonly simulator: Simulator;
  readonly settings: Settings;
  /** Grows whenever a process begins or ends, or a Pod's models are looked up anew. */
  changes = 0;
  /** Instance of each process, by slot of the container's process timer. */
  private readonly generations = new Map<number, number>();

  constructor(kubelet: Kubelet, options: VirtualRuntimeOptions) {
    this.kubelet = kubelet;
    this.options = options;
    this.shared = options.table;
    this.table = kubelet.table;
    this.simulator = kubelet.node.simulator;
    this.settings = kubelet.node.settings;
  }

  drawDuration(distribution: Distribution, row: number, container: number, purpose: string, index: number): Duration {
    const key = this.key(row, purpose, container);
    return Math.max(1, Math.round(sample(distribution, key.hi, key.lo, index)));
  }

  key(row: number, purpose: string, child: number): StreamKey {
    const { workload, ordinal } = this.kubelet.recordOf(row);
    return childKey(childKey(this.table.workloadKey(purpose, workload), ordinal), child);
  }

  modelsOf(row: number): readonly ContainerModel[] {
    const { table } = this;
    const known = table.words[table.podAt(row) + SET]!;
    if (known !== 0) return this.shared.sets[known]!;
    const { workload, template } = this.kubelet.recordOf(row);
    const added = this.shared.setOf(workload, template, () =>
      containersOf(table.plan(row)).map((container, index) => this.modelOf(container, workload, template, index)),
    );
    table.words[table.podAt(row) + SET] = added;
    return this.shared.sets[added]!;
  }

  private modelOf(container: Container, workload: number, template: TemplateId, index: number): ContainerModel {
    const behaviour = this.options.behaviourOf(workload, template, index);
    const { probeTime } = behaviour;
    const probeTimeConstant = probeTime.type === "constant" ? Math.max(1, Math.round(probeTime.value)) : -1;
    return {
      behaviour,
      probeTime: sampler(probeTime),
      probeTable: this.options.table.quantilesOf(probeTime),
      probeTimeConstant,
      memoryLimit: container.resources.limits.memory ?? Infinity,
      cpuLimit: (container.resources.limits.cpu || Infinity) / 1000,
      cpuWeight: Math.max(2, container.resources.requests.cpu ?? 0),
    };
  }

  generationOf(row: number, container: number): number {
    const known = this.generations.get(this.slot(row, this.kind(row, container, ContainerTimer.process)));
    return known ?? this.kubelet.recordOf(row).status.containers[container - this.table.plan(row).initCount]?.restartCount ?? 0;
  }

  arm(row: number, kind: number, after: Duration): void {
    this.kubelet.armPortTimer(row, kind, this.simulator.now + Math.max(1, after));
  }

  kind(row: number, container: number, timer: number): number {
    return this.kubelet.node.containerKind(row, container, timer);
  }

  slot(row: number, kind: number): number {
    return this.table.firstSlot(row) + kind;
  }

  startedAt(row: number, container: number): VirtualTime {
    return this.table.times[(this.table.cellAt(row, container) + STARTS) >> 1]!;
  }

  listensAt(row: number, container: number): VirtualTime {
    return this.table.times[(this.table.cellAt(row, container) + LISTENS) >> 1]!;
  }

  /** 0: it has none. */
  serverNumberAt(row: number, container: number): number {
    return this.table.words[this.table.cellAt(row, container) + SERVER]!;
  }

  serverAt(row: number, container: number): ContainerServer | undefined {
    return this.shared.servers[this.serverNumberAt(row, container)];
  }

  isAlive(row: number, container: number): boolean {
    return this.startedAt(row, container) !== NEVER;
  }

  /** What answers to probes of this Pod depend on has changed. */
  probesChanged(row: number): void {
    if (this.table.elidedProbes !== null) this.kubelet.reviewProbes(this.simulator.now, row);
  }

  /** The Pod's template may have changed since its models were looked up: asked before each start. */
  refreshModels(row: number): void {
    this.changes++;
    this.table.words[this.table.podAt(row) + SET] = 0;
    this.modelsOf(row);
    this.probesChanged(row);
  }

  setGeneration(row: number, container: number, generation: number): void {
    this.generations.set(this.slot(row, this.kind(row, container, ContainerTimer.process)), generation);
  }

  forgetGeneration(row: number, container: number): void {
    this.generations.delete(this.slot(row, this.kind(row, container, ContainerTimer.process)));
  }
}

function containersOf({ containers, ephemeral }: PodPlan): readonly Container[] {
  return ephemeral.length === 0 ? containers : [...containers, ...ephemeral];
}
