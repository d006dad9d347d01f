/**
 * The virtual adapter of the kubelet's port, and the node's side of traffic: what a container runtime, the
 * processes in it and their network answer, from the application model and the active faults. Every answer is
 * one of the Pod's own timers (timers.ts); durations are drawn by the Pod's stable name. Routing only:
 * processes, probes, hooks, memory and images stand in the virtual-*.ts beside it.
 */
import { NO_TROUBLE, type Trouble } from "../../application/packet-trouble.ts";
import { EndpointState, type EndpointHost } from "../../application/endpoint-host.ts";
import type { ContainerServer } from "../../application/server.ts";
import type { DisturbContainer } from "../../application/disturbance.ts";
import { NO_CAUSE, type CauseId } from "../../kernel/causes.ts";
import type { VirtualTime } from "../../kernel/time.ts";
import type { PodId } from "../api-server/pod-record.ts";
import { ElidedProbes } from "./elided-probes.ts";
import type { Kubelet } from "./kubelet.ts";
import type { KubeletPort, MissingConfig, ProbeRole } from "./ports.ts";
import type { ContainerUsage } from "./node-usage.ts";
import { SteadyProbes } from "./steady-probes.ts";
import { ContainerTimer, FIRST_EPHEMERAL_KIND, FIRST_PROBE_KIND, KINDS_PER_CONTAINER, PodTimer } from "./timers.ts";
import { VirtualContext, type VirtualRuntimeOptions } from "./virtual-context.ts";
import { VirtualEphemeral } from "./virtual-ephemeral.ts";
import { VirtualImages, type PullFault } from "./virtual-images.ts";
import { VirtualProcesses } from "./virtual-processes.ts";

export class VirtualRuntime implements KubeletPort, EndpointHost {
  private readonly model: VirtualContext;
  private readonly processes: VirtualProcesses;
  private readonly images: VirtualImages;
  private readonly ephemeral: VirtualEphemeral;
  /** Why the address of a Pod that is gone is gone. */
  private readonly gone = new Map<PodId, CauseId>();

  constructor(kubelet: Kubelet, options: VirtualRuntimeOptions) {
    this.model = new VirtualContext(kubelet, options);
    this.processes = new VirtualProcesses(this.model);
    this.images = new VirtualImages(this.model);
    this.ephemeral = new VirtualEphemeral(this.model);
    this.model.simulator.timers.memory = kubelet.table;
    if (options.elidesProbes === true) this.elideProbes();
    kubelet.table.steadyProbes ??= new SteadyProbes(kubelet.table, options.table);
  }

  private elideProbes(): void {
    const { table, node } = this.model.kubelet;
    table.elidedProbes ??= new ElidedProbes(table, this.model.shared, node.simulator, node.seed);
    table.elidedProbes.nodeNames[node.node] = node.name;
    table.steadyProbes = table.elidedProbes;
  }

  createSandbox(row: number): void {
    this.model.arm(row, PodTimer.sandbox, this.model.settings.sandboxCreate);
  }

  stopSandbox(row: number): void {
    // What an earlier kubelet asked for and this one didn't know of comes to nothing without its sandbox: a start under way
    // isn't finished, and what runs is killed at once (containerd's StopPodSandbox).
    const { containers, ephemeral } = this.model.table.plan(row);
    for (let container = 0; container < containers.length; container++) {
      this.processes.abandonStart(row, container);
      this.processes.signal(row, container, this.model.generationOf(row, container), "KILL");
    }
    for (let container = containers.length; container < containers.length + ephemeral.length; container++) {
      this.ephemeral.abandonStart(row, container);
      this.ephemeral.signal(row, container, "KILL");
    }
    this.model.arm(row, PodTimer.sandbox, this.model.settings.sandboxStop);
  }

  hasImage(row: number, container: number): boolean {
    return this.images.isThere(row, container);
  }

  pullImage(row: number, container: number): void {
    this.images.pull(row, container);
  }

  startContainer(row: number, container: number, generation: number): void {
    if (this.isEphemeral(row, container)) this.ephemeral.start(row, container, generation);
    else this.processes.start(row, container, generation);
  }

  signalContainer(row: number, container: number, generation: number, signal: "TERM" | "KILL"): void {
    if (this.isEphemeral(row, container)) this.ephemeral.signal(row, container, signal);
    else this.processes.signal(row, container, generation, signal);
  }

  runHook(row: number, container: number, generation: number, hook: "postStart" | "preStop"): void {
    this.processes.hooks.run(row, container, generation, hook);
  }

  startProbe(row: number, container: number, generation: number, role: ProbeRole): void {
    this.processes.probes.start(row, container, generation, role);
  }

  onTimer(now: VirtualTime, row: number, kind: number): void {
    const { processes } = this;
    const plan = this.model.table.plan(row);
    if (kind === PodTimer.sandbox) return this.sandboxDone(now, row);
    if (kind < FIRST_PROBE_KIND) return this.ephemeralDone(now, row, plan.containers.length + (kind - FIRST_EPHEMERAL_KIND - 1) / 2);
    if (kind >= plan.firstResultKind) return processes.probes.done(now, row, kind, plan.probes[kind - plan.firstResultKind]!);
    const index = kind - plan.firstContainerKind;
    const container = Math.floor(index / KINDS_PER_CONTAINER);
    switch (index % KINDS_PER_CONTAINER) {
      case ContainerTimer.process:
        return processes.started(now, row, container);
      case ContainerTimer.listen:
        return processes.listening(now, row, container);
      case ContainerTimer.exit:
        return processes.exited(now, row, container);
      case ContainerTimer.hook:
        return processes.hooks.done(now, row, container);
      case ContainerTimer.image:
        return this.images.done(now, row, container);
      case ContainerTimer.memory:
        return processes.memory.step(now, row, container);
      case ContainerTimer.pace:
        return processes.disturbances.onTimer(now, row, container);
    }
  }

  adopt(now: VirtualTime, row: number, startedAt: VirtualTime): void {
    const plan = this.model.table.plan(row);
    plan.containers.forEach((_, container) => {
      if (container >= plan.initCount || plan.isSidecar[container]!) this.processes.adopt(now, row, container, startedAt);
    });
  }

  forget(row: number): void {
    const { table, kubelet } = this.model;
    const { containers, ephemeral } = table.plan(row);
    for (let container = 0; container < containers.length + ephemeral.length; container++) {
      this.images.forget(row, container);
      if (container < containers.length) this.processes.forget(row, container);
      else this.ephemeral.forget(row, container);
    }
    this.processes.probes.forget(row);
    this.processes.disturbances.forget(row);
    this.processes.cpu.forget(kubelet.recordOf(row).id);
    this.gone.set(kubelet.recordOf(row).id, table.cause(row));
  }

  loseNode(now: VirtualTime): void {
    const { table, kubelet } = this.model;
    for (const row of kubelet.node.rows) table.plan(row).containers.forEach((_, container) => this.processes.lose(now, row, container));
    this.processes.probes.loseAll();
    this.images.loseAll();
    this.ephemeral.loseAll();
  }

  failProbes(now: VirtualTime, row: number, role: ProbeRole | null, rate: number, until: VirtualTime): void {
    this.processes.probes.fail(now, row, role, rate, until);
  }

  usageOf(now: VirtualTime, row: number, container: number): ContainerUsage | null {
    return this.processes.memory.usageOf(now, row, container);
  }

  missingConfig(now: VirtualTime, row: number, container: number): MissingConfig | null {
    const missing = this.model.modelsOf(row)[container]?.behaviour.configMissing;
    if (missing === undefined) return null;
    const { apiWriteLatency, watchLatency } = this.model.settings;
    const known = missing.isApplied === true ? missing.until + apiWriteLatency + watchLatency : missing.until;
    return now < known ? missing : null;
  }

  cpuTimeOf(now: VirtualTime, row: number, container: number): { readonly startedAt: VirtualTime; readonly used: number } | null {
    if (!this.model.isAlive(row, container)) return null;
    const startedAt = this.model.startedAt(row, container);
    const { behaviour } = this.model.modelsOf(row)[container]!;
    const { idle } = behaviour.cpu ?? { idle: 0 };
    const served = this.model.serverAt(row, container)?.cpuTime(now) ?? 0;
    // Of the time before the run nobody knows anything.
    const from = Math.max(0, startedAt);
    return { startedAt, used: served + (idle * (now - from)) / 1000 + this.processes.consumers.usedToStart(now, row, container) };
  }

  disturbPulls(now: VirtualTime, fault: PullFault): void {
    this.images.disturb(now, fault);
  }

  disturb(now: VirtualTime, row: number, container: number, disturbance: DisturbContainer): void {
    this.processes.disturbances.begin(now, row, container, disturbance);
  }

  shareCpu(now: VirtualTime): void {
    this.processes.cpu.look(now);
  }

  runOutOfMemory(now: VirtualTime, row: number, container: number): void {
    this.processes.memory.runOutOfMemory(now, row, container);
  }

  killForMemory(server: ContainerServer, now: VirtualTime): void {
    this.processes.memory.killForMemory(server, now);
  }

  stateOf(pod: PodId, now: VirtualTime): EndpointState {
    const row = this.model.table.rowOf(pod);
    if (row === -1) return EndpointState.gone;
    if (this.model.kubelet.node.isLost || this.model.kubelet.node.isFrozen || this.model.kubelet.node.isolation !== NO_CAUSE)
      return EndpointState.nodeLost;
    if (this.model.table.details.get(row)?.sandbox?.isReady === false) return EndpointState.gone;
    const count = this.model.table.plan(row).containers.length;
    for (let container = 0; container < count; container++) {
      if (now >= this.model.listensAt(row, container) && this.model.serverAt(row, container)?.isListening === true) return EndpointState.up;
    }
    return EndpointState.notListening;
  }

  serverOf(pod: PodId, load: number, now: VirtualTime): ContainerServer | null {
    const row = this.model.table.rowOf(pod);
    if (row === -1) return null;
    const plan = this.model.table.plan(row);
    const container = this.model.options.containerOf?.(load, plan.id, now) ?? plan.initCount;
    return container === -1 ? null : (this.model.serverAt(row, container) ?? null);
  }

  get isTroubled(): boolean {
    return this.model.kubelet.node.isNetworkTroubled;
  }

  /** Place p is on node p. */
  troubleOf(pod: PodId, load: number, place: number, now: VirtualTime, opens: boolean, hi: number, lo: number, index: number): Trouble {
    const parted = this.model.kubelet.partedFrom(now, place);
    if (parted !== NO_CAUSE) return { delay: Infinity, cause: parted };
    const state = this.stateOf(pod, now);
    // What isn't there sends nothing that could be late.
    if (state === EndpointState.gone || state === EndpointState.nodeLost) return NO_TROUBLE;
    const row = this.model.table.rowOf(pod);
    const plan = this.model.table.plan(row);
    const container = this.model.options.containerOf?.(load, plan.id, now) ?? plan.initCount;
    if (container === -1) return NO_TROUBLE;
    return this.processes.disturbances.exchangeTrouble(now, row, container, opens, hi, lo, index);
  }

  causeOf(pod: PodId): CauseId {
    const row = this.model.table.rowOf(pod);
    const { isolation } = this.model.kubelet.node;
    if (isolation !== NO_CAUSE && row !== -1) return isolation;
    return row === -1 ? (this.gone.get(pod) ?? NO_CAUSE) : this.model.table.cause(row);
  }

  stableName(pod: PodId): string {
    const row = this.model.table.rowOf(pod);
    if (row === -1) return `pod ${pod}`;
    const { workload, ordinal } = this.model.kubelet.recordOf(row);
    return this.model.table.stableName(workload, ordinal);
  }

  private isEphemeral(row: number, container: number): boolean {
    return container >= this.model.table.plan(row).containers.length;
  }

  private ephemeralDone(now: VirtualTime, row: number, container: number): void {
    if (this.images.isPulling(row, container)) this.images.done(now, row, container);
    else this.ephemeral.onTimer(now, row, container);
  }

  /** What a kubelet started that came while the sandbox was being stopped, and didn't know. */
  private endContainers(now: VirtualTime, row: number): void {
    this.model.table.plan(row).containers.forEach((_, container) => {
      this.processes.failStart(now, row, container);
      this.processes.signal(row, container, this.model.generationOf(row, container), "KILL");
    });
  }

  private sandboxDone(now: VirtualTime, row: number): void {
    const isReady = this.model.table.details.get(row)?.sandbox?.isReady === true;
    if (isReady) this.endContainers(now, row);
    this.model.kubelet.input(now, { kind: isReady ? "sandboxStopped" : "sandboxReady", row });
  }
}
