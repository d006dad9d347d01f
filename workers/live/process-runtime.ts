/**
 * The live adapter of the kubelet's port: containers are child processes of this machine, probes and hooks
 * are real, a Pod's sandbox is its loopback address. Calls come while the simulator runs and only append
 * to the outbox; answers go through the inbox. It reports what a runtime knows (started, exited, killed for
 * memory); when the kubelet learns it stays model.
 */
import { closeSync, fstatSync, ftruncateSync, openSync } from "node:fs";
import { join } from "node:path";
import type { Duration, VirtualTime } from "../../engine/kernel/time.ts";
import type { Histogram } from "../../engine/metrics/histogram.ts";
import { streamKey, uniform } from "../../engine/kernel/random.ts";
import { ProbeResult, type KubeletInput } from "../../engine/kubernetes/kubelet/inputs.ts";
import { ProbeRole, type KubeletPort } from "../../engine/kubernetes/kubelet/ports.ts";
import type { Container, LifecycleHandler, PodTemplate, Probe, ProbeHandler } from "../../engine/kubernetes/objects/pod.ts";
import type { PodId } from "../../engine/kubernetes/api-server/pod-record.ts";
import { asksForPorts, containerAt, containerCommand, execCommand, type LivePod } from "./container-command.ts";
import type { Addresses } from "./addresses.ts";
import { runLiveHook } from "./hooks.ts";
import type { Inbox } from "./inbox.ts";
import type { Outbox } from "./outbox.ts";
import { killGroup, residentMemory, signalProcess } from "./process-group.ts";
import { attemptProbe } from "./probes/index.ts";
import type { ProbeTarget } from "./probes/probe.ts";
import type { Safety } from "./safety.ts";
import { startProcess } from "./start-process.ts";
import type { LiveClock } from "./wall-clock.ts";

/** What all nodes of a live run share. */
export interface LiveWorld {
  readonly clock: LiveClock;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  readonly addresses: Addresses;
  readonly safety: Safety;
  /** The scenario's folder: where relative paths of manifests start. */
  readonly directory: string;
  /** Where containers' output goes, one file per instance; null: nowhere. */
  readonly logs: string | null;
  readonly kubernetesVersion: string;
  /** From the kubelet's order to the start of the attempt, in µs, by role. */
  readonly probeLag: readonly Histogram[];
  /** Aborted when the run ends. */
  readonly signal: AbortSignal;
}

/** What a row is, asked once when the port first hears of it. */
export interface RowFacts {
  readonly pod: PodId;
  readonly namespace: string;
  readonly name: string;
  readonly nodeName: string;
  readonly template: PodTemplate;
}

export interface ProcessRuntimeOptions {
  readonly node: number;
  readonly world: LiveWorld;
  /** The simulator's now, while a kubelet is dispatched. */
  readonly now: () => VirtualTime;
  readonly seed: number;
  readonly factsOf: (row: number) => RowFacts;
  /** Modelled: whether the node had a container's image before the run, and how long its pull takes. */
  readonly hasImage: (row: number, container: number) => boolean;
  readonly pullDelay: (row: number, container: number) => Duration;
}

/** Exit code of a container whose process could not be started (containerd's StartError). */
const START_ERROR = 128;
const KILLED = 137;
/** A container's output is dropped when it has grown beyond this, in bytes. */
const LOG_MAX = 16 * 1024 * 1024;

interface Instance {
  readonly generation: number;
  readonly log: number | null;
  /** 0 until it has started and after it has ended. */
  leader: number;
  isKilledForMemory: boolean;
  watch: NodeJS.Timeout | null;
}

interface RunningPod extends LivePod {
  readonly instances: Map<number, Instance>;
  isForgotten: boolean;
  /** Attempts of this role (null: of all) fail with chance `rate` until then. */
  probeFault: { readonly role: ProbeRole | null; readonly rate: number; readonly until: VirtualTime } | null;
  /** Draws made for probes that a fault may fail. */
  probeDraws: number;
}

export class ProcessRuntime implements KubeletPort {
  private readonly options: ProcessRuntimeOptions;
  private readonly world: LiveWorld;
  private readonly pods = new Map<number, RunningPod>();

  constructor(options: ProcessRuntimeOptions) {
    this.options = options;
    this.world = options.world;
  }

  createSandbox(row: number): void {
    const pod = this.podOf(row);
    this.order(() => this.answer(pod, { kind: "sandboxReady", row }));
  }

  stopSandbox(row: number): void {
    const pod = this.podOf(row);
    this.order(() => {
      for (const instance of pod.instances.values()) endGroup(instance);
      this.answer(pod, { kind: "sandboxStopped", row });
    });
  }

  pullImage(row: number, container: number): void {
    const pod = this.podOf(row);
    const at = this.options.now() + Math.max(1, this.options.pullDelay(row, container));
    // Differs: live images. Nothing is pulled: a live container is a process of this machine.
    this.world.inbox.appendAt(at, this.options.node, { kind: "imageReady", row, container }, () => !pod.isForgotten);
  }

  startContainer(row: number, container: number, generation: number): void {
    const pod = this.podOf(row);
    this.order(() => this.start(pod, row, container, generation));
  }

  signalContainer(row: number, container: number, generation: number, signal: "TERM" | "KILL"): void {
    const pod = this.podOf(row);
    this.order(() => {
      const instance = pod.instances.get(container);
      if (instance === undefined || instance.generation !== generation || instance.leader === 0) return;
      if (signal === "KILL") endGroup(instance);
      // Differs: live init process. A process that doesn't handle SIGTERM dies of it here; as process 1 of a container it would not.
      else signalProcess(instance.leader, "SIGTERM");
    });
  }

  runHook(row: number, container: number, generation: number, hook: "postStart" | "preStop"): void {
    const pod = this.podOf(row);
    const definition = containerAt(pod.template, container);
    const handler = hook === "postStart" ? definition.postStart : definition.preStop;
    this.order(() => {
      const finished = (succeeded: boolean): void =>
        this.answer(pod, { kind: "hookFinished", row, container, generation, hook, succeeded });
      if (handler === null) finished(true);
      else void runLiveHook(handler, this.target(pod, definition, handler)).then(finished);
    });
  }

  startProbe(row: number, container: number, generation: number, role: ProbeRole): void {
    const pod = this.podOf(row);
    const definition = containerAt(pod.template, container);
    const probe = probeOf(definition, role);
    if (probe === null) return;
    const due = this.options.now();
    if (isFailedByFault(pod, role, due, this.options.seed)) {
      this.world.inbox.appendAt(
        due + 1,
        this.options.node,
        { kind: "probeFinished", row, container, generation, role, result: ProbeResult.failure, latency: 1 },
        () => !pod.isForgotten,
      );
      return;
    }
    this.order(() => {
      this.world.probeLag[role]?.record(Math.max(0, this.world.clock.now() - due));
      void attemptProbe(probe.handler, this.target(pod, definition, probe.handler), probe.timeoutSeconds * 1000).then(
        ({ result, latency, answer }) => {
          this.answer(pod, { kind: "probeFinished", row, container, generation, role, result, latency, answer });
        },
      );
    });
  }

  forget(row: number): void {
    const pod = this.pods.get(row);
    if (pod === undefined) return;
    // At once, not through the outbox: the row may be given to another Pod by the next event.
    pod.isForgotten = true;
    this.pods.delete(row);
    this.order(() => {
      for (const instance of pod.instances.values()) endGroup(instance);
    });
  }

  hasImage(row: number, container: number): boolean {
    return this.options.hasImage(row, container);
  }

  loseNode(): void {
    // Each row starts anew when the node comes back; what the old processes say is wanted by nobody.
    for (const row of Array.from(this.pods.keys())) this.forget(row);
  }

  failProbes(_now: VirtualTime, row: number, role: ProbeRole | null, rate: number, until: VirtualTime): void {
    this.podOf(row).probeFault = { role, rate, until };
  }

  killForMemory(_now: VirtualTime, row: number, container: number): void {
    const pod = this.podOf(row);
    this.order(() => {
      const instance = pod.instances.get(container);
      if (instance !== undefined) killForMemory(instance);
    });
  }

  private order(carryOut: () => void): void {
    this.world.outbox.append(this.options.now(), carryOut);
  }

  private answer(pod: RunningPod, input: KubeletInput): void {
    if (this.world.signal.aborted) return;
    this.world.inbox.append(this.options.node, input, () => !pod.isForgotten);
  }

  private podOf(row: number): RunningPod {
    const known = this.pods.get(row);
    if (known !== undefined) return known;
    const { pod: id, namespace, name, nodeName, template } = this.options.factsOf(row);
    const address = this.world.addresses.of(id, asksForPorts(template));
    const pod: RunningPod = {
      id,
      namespace,
      name,
      nodeName,
      template,
      address,
      instances: new Map(),
      isForgotten: false,
      probeFault: null,
      probeDraws: 0,
    };
    this.pods.set(row, pod);
    return pod;
  }

  private start(pod: RunningPod, row: number, container: number, generation: number): void {
    const definition = containerAt(pod.template, container);
    const command = containerCommand(pod, definition, this.world.directory);
    const log = this.openLog(`${pod.name}-${definition.name}-${generation}.log`);
    const instance: Instance = { generation, log, leader: 0, isKilledForMemory: false, watch: null };
    pod.instances.set(container, instance);
    const started = (): void => this.answer(pod, { kind: "containerStarted", row, container, generation });
    const exited = (exitCode: number, oomKilled: boolean): void => {
      if (log !== null) closeSync(log);
      this.answer(pod, { kind: "containerExited", row, container, generation, exitCode, oomKilled });
    };
    // An exit without a start: the runtime could not make the process.
    const failed = (): void => exited(START_ERROR, false);
    if (command === null) {
      failed();
      return;
    }
    startProcess(command, this.world.safety, log, {
      started: (id) => {
        instance.leader = id;
        watch(instance, definition.resources.limits.memory ?? Infinity);
        started();
        // Its Pod was forgotten, or the run has ended, while the process was being made.
        if (pod.isForgotten || this.world.signal.aborted) endGroup(instance);
      },
      failed,
      exited: (exitCode) => {
        instance.leader = 0;
        if (instance.watch !== null) clearInterval(instance.watch);
        exited(instance.isKilledForMemory ? KILLED : exitCode, instance.isKilledForMemory);
      },
    });
  }

  private target(pod: RunningPod, definition: Container, handler: ProbeHandler | LifecycleHandler): ProbeTarget {
    const { safety, kubernetesVersion, signal, directory } = this.world;
    const isExec = handler.type === "exec";
    return {
      ip: pod.address.ip,
      port: "port" in handler ? realPort(pod, definition, handler.port) : null,
      kubernetesVersion,
      command: isExec ? execCommand(pod, definition, handler.command, directory) : null,
      safety: isExec ? safety : null,
      signal,
    };
  }

  private openLog(name: string): number | null {
    return this.world.logs === null ? null : openSync(join(this.world.logs, name), "a");
  }
}

/** Once a second: kills at the memory limit, as the kernel would, and keeps the log from filling the disk. */
function watch(instance: Instance, memoryLimit: number): void {
  instance.watch = setInterval(() => {
    // Differs: live memory. The main process's resident set, once a second; a cgroup counts all processes and the page cache, at once.
    const memory = instance.leader === 0 || memoryLimit === Infinity ? null : residentMemory(instance.leader);
    if (memory !== null && memory > memoryLimit) killForMemory(instance);
    // Opened for appending, so what is written next starts at the beginning again.
    if (instance.log !== null && fstatSync(instance.log).size > LOG_MAX) ftruncateSync(instance.log);
  }, 1000);
  instance.watch.unref();
}

export function probeOf(container: Container, role: ProbeRole): Probe | null {
  switch (role) {
    case ProbeRole.startup:
      return container.startupProbe;
    case ProbeRole.liveness:
      return container.livenessProbe;
    case ProbeRole.readiness:
      return container.readinessProbe;
  }
}

/** A number, a number as text, or the name of one of the container's ports; null: there is none of this name. */
function realPort(pod: LivePod, container: Container, port: number | string): number | null {
  const number =
    typeof port === "number"
      ? port
      : /^\d+$/.test(port)
        ? Number(port)
        : container.ports.find((candidate) => candidate.name === port)?.containerPort;
  return number === undefined || number < 1 || number > 65_535 ? null : pod.address.portOf(number);
}

/** The same draws for the same seed, however the run goes: keyed by the Pod, counted by its attempts. */
function isFailedByFault(pod: RunningPod, role: ProbeRole, now: VirtualTime, seed: number): boolean {
  const fault = pod.probeFault;
  if (fault === null || now >= fault.until || (fault.role !== null && fault.role !== role)) return false;
  const key = streamKey(seed, "live probe failure", `${pod.namespace}/${pod.name}`);
  return uniform(key.hi, key.lo, pod.probeDraws++) < fault.rate;
}

function killForMemory(instance: Instance): void {
  if (instance.leader === 0) return;
  instance.isKilledForMemory = true;
  endGroup(instance);
}

function endGroup(instance: Instance): void {
  if (instance.leader !== 0) killGroup(instance.leader, "SIGKILL");
}
