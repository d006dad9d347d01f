/** What tests of the control plane share: a small cluster with the real control plane, and kubelets that only wait before they report. */
import type { ActionSpec } from "../actions/action.ts";
import { applyAction } from "../actions/index.ts";
import { CauseKind } from "../cause-kinds.ts";
import { Bulletin } from "../kernel/bulletin.ts";
import { CauseTable } from "../kernel/causes.ts";
import type { LpId } from "../kernel/event.ts";
import type { LogicalProcess } from "../kernel/logical-process.ts";
import { Mailbox } from "../kernel/mailbox.ts";
import { Simulator } from "../kernel/simulator.ts";
import { SECOND, wholeSeconds, type Duration, type VirtualTime } from "../kernel/time.ts";
import { lpLayout } from "../lp-layout.ts";
import { Recorder } from "../metrics/recorder.ts";
import { defaultSettings, type Settings } from "../settings.ts";
import type { KubeletNotice, KubeletRequest, MachineNotice } from "./api-server/node-messages.ts";
import { Agenda } from "./api-server/agenda.ts";
import type { PodRecord } from "./api-server/pod-record.ts";
import type { ControlMessage } from "./api-server/requests.ts";
import { ControlPlane } from "./control-plane.ts";
import type { EventRecorder } from "./events/event-recorder.ts";
import type { EndpointEntry, EndpointNotice } from "./network/endpoint-log.ts";
import { blankContainer, blankPodSpec } from "./objects/blank-pod.ts";
import { Definitions } from "./objects/definitions.ts";
import type { Deployment, DeploymentSpec } from "./objects/deployment.ts";
import { isWorkload, podTemplateOf, type KubernetesObject } from "./objects/index.ts";
import type { ObjectMeta } from "./objects/meta.ts";
import { NodeReady, type NodeTemplate } from "./objects/node.ts";
import { withImage } from "./objects/pod-template.ts";
import { PodCondition, PodPhase, type Container, type Pod, type PodSpec, type PodStatus, type PodTemplate } from "./objects/pod.ts";
import type { ReplicaSet } from "./objects/replica-set.ts";
import type { Service } from "./objects/service.ts";
import { Workloads } from "./objects/workloads.ts";
import { newestVersions, type Versions } from "./versions.ts";

/** No latency, no limit: every hop takes the least, 1 µs. */
export const instantSettings: Settings = Object.freeze({
  ...defaultSettings,
  apiWriteLatency: 0,
  apiWriteLatencyP99: 0,
  apiWriteLatencyFloor: 0,
  apiReadLatency: 0,
  apiReadLatencyP99: 0,
  apiReadLatencyFloor: 0,
  watchLatency: 0,
  watchLatencyP99: 0,
  watchLatencyFloor: 0,
  kcmQps: 1_000_000,
  kcmBurst: 1_000_000,
  schedulerQps: 1_000_000,
  schedulerBurst: 1_000_000,
  schedulerCycle: 0,
  controllerSync: 0,
});

export interface HarnessOptions {
  readonly objects: readonly KubernetesObject[];
  readonly nodes?: readonly NodeTemplate[];
  readonly settings?: Partial<Settings>;
  readonly seed?: number;
  /** Of the control plane; the newest if left out. */
  readonly versions?: Versions;
  /** Settled: objects were rolled out long ago. Empty: they are applied at t = 0. */
  readonly start: "settled" | "empty";
  readonly actions?: readonly ActionSpec[];
  /** From the second of a Pod's creation until it reports Running and Ready; Infinity: never. */
  readonly readyAfter?: Duration | ((pod: PodRecord) => Duration);
  /** From the notice of a deletion until all has ended. */
  readonly gone?: Duration;
  /** Told of all Event objects. */
  readonly events?: EventRecorder;
  /** How long after it has become ready a Pod ends by itself, and with which code; null: it doesn't. */
  readonly ends?: PodEnd;
}

export type PodEnd = (pod: PodRecord) => { readonly after: Duration; readonly code: number } | null;

type Body = ControlMessage | KubeletRequest | KubeletNotice | EndpointNotice | MachineNotice;

export class Harness {
  readonly control: ControlPlane;
  readonly simulator: Simulator;
  readonly causes: CauseTable = new CauseTable();
  readonly recorder: Recorder = new Recorder(3600 * SECOND, 0, SECOND);
  readonly endpointLog: Bulletin<EndpointEntry> = new Bulletin();
  readonly kubelets: FakeKubelet[] = [];
  readonly definitions: Definitions = new Definitions();
  readonly workloads: Workloads = new Workloads();
  readonly settings: Settings;

  constructor(options: HarnessOptions) {
    const nodes = options.nodes ?? [node("node-0"), node("node-1"), node("node-2")];
    this.settings = { ...instantSettings, ...options.settings };
    const layout = lpLayout(0, nodes.length);
    this.simulator = new Simulator({ lpCount: layout.count, shard: 0, shardOf: new Uint8Array(layout.count), outbox: null });
    const mailbox = new Mailbox<Body>(this.simulator, this.causes);
    const services = this.learn(options.objects, options.actions ?? []);
    this.control = new ControlPlane({
      simulator: this.simulator,
      mailbox,
      causes: this.causes,
      recorder: this.recorder,
      settings: this.settings,
      seed: options.seed ?? 1,
      layout,
      nodes,
      definitions: this.definitions,
      workloads: this.workloads,
      services,
      endpointLog: this.endpointLog,
      versions: options.versions ?? newestVersions,
      events: options.events ?? null,
    });
    for (const process of this.control.processes) this.simulator.add(process);
    nodes.forEach((_, index) => {
      const kubelet = new FakeKubelet(
        layout.firstNode + index,
        index,
        this.simulator,
        mailbox,
        this.causes,
        layout.apiServer,
        options.readyAfter ?? SECOND,
        options.gone ?? SECOND,
        options.ends ?? (() => null),
      );
      this.kubelets.push(kubelet);
      this.simulator.add(kubelet);
    });
    this.simulator.add(new Script(layout.script, this.simulator, mailbox, this.causes, this.control, scripted(options)));
    if (options.start === "settled") this.settle(options.objects);
    this.control.start();
  }

  /** Runs everything before `time`. */
  runUntil(time: VirtualTime): this {
    this.simulator.runUntil(time);
    return this;
  }

  pods(): PodRecord[] {
    return this.control.view.pods();
  }

  /** Sizes of all ReplicaSets by template number, largest number (newest template) last. */
  sizes(): number[] {
    return [...this.control.store.replicaSets.values()].sort((a, b) => a.template - b.template).map(({ replicas }) => replicas);
  }

  private learn(objects: readonly KubernetesObject[], actions: readonly ActionSpec[]): Service[] {
    const services: Service[] = [];
    const templates = new Map<string, PodTemplate>();
    const learnObject = (object: KubernetesObject): void => {
      if (object.kind === "Service") services.push(object);
      if (!isWorkload(object)) return;
      const template = podTemplateOf(object);
      this.workloads.add(object);
      this.definitions.intern(template);
      templates.set(object.metadata.name, template);
    };
    objects.forEach(learnObject);
    for (const action of actions) {
      if (action.type === "apply") action.objects.forEach(learnObject);
      const template = action.type === "setImage" ? templates.get(action.name) : undefined;
      const changed = action.type === "setImage" && template !== undefined ? withImage(template, action.container, action.image) : null;
      if (changed === null || action.type !== "setImage") continue;
      this.definitions.intern(changed);
      templates.set(action.name, changed);
    }
    return services;
  }

  private settle(objects: readonly KubernetesObject[]): void {
    const settledStatus = readyStatus(-900);
    for (const object of objects) {
      if (object.kind === "Service") this.control.adoptService(object);
      if (object.kind !== "Deployment" && object.kind !== "ReplicaSet") continue;
      const owner = object.kind === "Deployment" ? this.control.adoptDeployment(object) : this.control.adoptReplicaSet(object);
      const workload = this.workloads.indexOf(object.kind, object.metadata.namespace, object.metadata.name);
      const template = this.definitions.idOf(object.spec.template);
      for (let ordinal = 0; ordinal < object.spec.replicas; ordinal++) {
        const at = this.control.placement.place(workload, ordinal, template, 0);
        if (at >= 0) this.control.placement.add(at, workload, template);
        this.control.adoptPod({ owner, workload, template, node: at, createdAt: -1000, status: at < 0 ? notStarted : settledStatus }, true);
      }
    }
    this.control.finishAdoption();
  }
}

function scripted(options: HarnessOptions): readonly ActionSpec[] {
  const actions = options.actions ?? [];
  return options.start === "settled" ? actions : [{ type: "apply", at: 1, objects: options.objects }, ...actions];
}

class Script implements LogicalProcess {
  readonly id: LpId;
  private readonly act: (slot: number, now: VirtualTime) => void;
  private readonly answer: (payload: number) => void;

  constructor(
    id: LpId,
    simulator: Simulator,
    mailbox: Mailbox<Body>,
    causes: CauseTable,
    control: ControlPlane,
    actions: readonly ActionSpec[],
  ) {
    this.id = id;
    const operator = { ...control.operator(id), outcomes: new Map(), lastApplied: new Map() };
    this.answer = (payload) => {
      const body = mailbox.take(payload);
      if (body.kind === "apiResponse") operator.client.host.receive(body);
    };
    this.act = (slot, now) => {
      const action = actions[slot - 1];
      if (action === undefined) return;
      causes.note(id, CauseKind.action, slot - 1, now, 0);
      applyAction(action, operator);
    };
    actions.forEach((action, index) => simulator.arm(simulator.timers.create(id, index + 1, 0), action.at));
  }

  onMessage(_now: VirtualTime, _origin: LpId, payload: number): void {
    this.answer(payload);
  }

  onTimer(now: VirtualTime, slot: number): void {
    this.act(slot, now);
  }
}

/** Reports each Pod Running and Ready after a while, and its end when it is deleted. */
export class FakeKubelet implements LogicalProcess {
  readonly id: LpId;
  /** While false nothing is heard of the node. */
  isAlive = true;
  private readonly node: number;
  private readonly agenda: Agenda;
  private readonly mailbox: Mailbox<Body>;
  private readonly simulator: Simulator;
  private readonly causes: CauseTable;
  private readonly apiServer: LpId;
  private readonly readyAfter: (pod: PodRecord) => Duration;
  private readonly gone: Duration;
  private readonly ends: PodEnd;

  constructor(
    id: LpId,
    node: number,
    simulator: Simulator,
    mailbox: Mailbox<Body>,
    causes: CauseTable,
    apiServer: LpId,
    readyAfter: Duration | ((pod: PodRecord) => Duration),
    gone: Duration,
    ends: PodEnd,
  ) {
    this.id = id;
    this.node = node;
    this.simulator = simulator;
    this.agenda = new Agenda(simulator, id, 0);
    this.mailbox = mailbox;
    this.causes = causes;
    this.apiServer = apiServer;
    this.readyAfter = typeof readyAfter === "number" ? () => readyAfter : readyAfter;
    this.gone = gone;
    this.ends = ends;
    this.renewAt(10 * SECOND - 3 * SECOND);
  }

  onMessage(now: VirtualTime, _origin: LpId, payload: number): void {
    const notice = this.mailbox.take(payload);
    switch (notice.kind) {
      case "podAdded": {
        const pod = notice.record.id;
        const readyAt = Math.max(now + 1, notice.record.createdAt * SECOND + this.readyAfter(notice.record));
        if (readyAt < Infinity)
          this.later(readyAt, () => ({ kind: "patchPodStatus", pod, status: readyStatus(wholeSeconds(this.simulator.now)) }));
        const end = this.ends(notice.record);
        if (end !== null)
          this.later(readyAt + end.after, () => ({
            kind: "patchPodStatus",
            pod,
            status: endedStatus(wholeSeconds(this.simulator.now), end.code),
          }));
        return;
      }
      case "podUpdated":
        this.later(now + Math.max(1, this.gone), () => ({ kind: "deletePod", pod: notice.record.id }));
        return;
      default:
    }
  }

  onTimer(now: VirtualTime): void {
    this.agenda.run(now);
  }

  /** The node answers again. */
  revive(now: VirtualTime): void {
    this.isAlive = true;
    this.later(now, () => ({ kind: "patchNodeStatus", node: this.node, ready: NodeReady.True, pressure: 0, images: null }));
  }

  private renewAt(time: VirtualTime): void {
    this.later(time, () => {
      this.renewAt(time + 10 * SECOND);
      return { kind: "renewLease", node: this.node };
    });
  }

  private later(time: VirtualTime, request: () => KubeletRequest): void {
    const cause = this.causes.current;
    this.agenda.at(time, () => {
      this.causes.current = cause;
      const body = request();
      if (this.isAlive) this.mailbox.post(this.apiServer, this.simulator.now + 1, body);
    });
  }
}

const notStarted: PodStatus = {
  phase: PodPhase.Pending,
  reason: "",
  conditions: 0,
  readySince: -1,
  startTime: -1,
  hasPodIp: false,
  containers: [],
  initContainers: [],
};

export function readyStatus(since: number): PodStatus {
  const { PodScheduled, PodReadyToStartContainers, Initialized, ContainersReady, Ready } = PodCondition;
  return {
    phase: PodPhase.Running,
    reason: "",
    conditions: PodScheduled | PodReadyToStartContainers | Initialized | ContainersReady | Ready,
    readySince: since,
    startTime: since,
    hasPodIp: true,
    containers: [{ state: { type: "running", startedAt: since }, lastState: null, restartCount: 0, ready: true, started: true }],
    initContainers: [],
  };
}

function endedStatus(at: number, exitCode: number): PodStatus {
  const { PodScheduled, Initialized } = PodCondition;
  const reason = exitCode === 0 ? "Completed" : "Error";
  return {
    ...readyStatus(at),
    phase: exitCode === 0 ? PodPhase.Succeeded : PodPhase.Failed,
    conditions: PodScheduled | Initialized,
    containers: [
      {
        state: { type: "terminated", reason, exitCode, startedAt: at, finishedAt: at },
        lastState: null,
        restartCount: 0,
        ready: false,
        started: false,
      },
    ],
  };
}

// ── objects ──

export function node(name: string, change: Partial<NodeTemplate> = {}): NodeTemplate {
  return { name, zone: "a", labels: {}, cpu: 8000, memory: 32 * 1_073_741_824, pods: 110, taints: [], ...change };
}

export function meta(name: string): ObjectMeta {
  return { name, namespace: "default", labels: {}, annotations: {} };
}

export function container(change: Partial<Container> = {}): Container {
  return blankContainer("app", change);
}

export function podSpec(change: Partial<PodSpec> = {}): PodSpec {
  return blankPodSpec([container()], change);
}

export function template(name: string, change: Partial<PodSpec> = {}): PodTemplate {
  return { labels: { app: name }, annotations: {}, spec: podSpec(change) };
}

export function deployment(name: string, change: Partial<DeploymentSpec> = {}): Deployment {
  return {
    kind: "Deployment",
    metadata: meta(name),
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name }, matchExpressions: [] },
      template: template(name),
      strategy: { type: "RollingUpdate", maxSurge: "25%", maxUnavailable: "25%" },
      minReadySeconds: 0,
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      paused: false,
      ...change,
    },
  };
}

export function replicaSet(name: string, replicas: number, change: Partial<PodSpec> = {}): ReplicaSet {
  return {
    kind: "ReplicaSet",
    metadata: meta(name),
    spec: {
      replicas,
      selector: { matchLabels: { app: name }, matchExpressions: [] },
      template: template(name, change),
      minReadySeconds: 0,
    },
  };
}

export function barePod(name: string, change: Partial<PodSpec> = {}): Pod {
  return { kind: "Pod", metadata: meta(name), template: template(name, change) };
}

export function service(name: string, selector: Readonly<Record<string, string>> = { app: name }): Service {
  return {
    kind: "Service",
    metadata: meta(name),
    spec: {
      type: "ClusterIP",
      selector,
      ports: [{ name: "", port: 80, targetPort: 8080, protocol: "TCP" }],
      clusterIp: "",
      publishNotReadyAddresses: false,
      sessionAffinity: "None",
      externalTrafficPolicy: "Cluster",
      internalTrafficPolicy: "Cluster",
    },
  };
}
