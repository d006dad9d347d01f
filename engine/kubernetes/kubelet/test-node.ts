/** For tests and benches: one or more nodes with their kubelets on a simulator of their own, and an API server that only writes down what it is told. */
import type { ApplicationBehaviour } from "../../application/application.ts";
import { defaultBehaviour } from "../../application/defaults.ts";
import type { ContainerServer } from "../../application/server.ts";
import { CauseTable } from "../../kernel/causes.ts";
import { EventClass } from "../../kernel/event.ts";
import type { LogicalProcess } from "../../kernel/logical-process.ts";
import { Mailbox } from "../../kernel/mailbox.ts";
import { Simulator } from "../../kernel/simulator.ts";
import { MILLISECOND, SECOND, wholeSeconds, type VirtualTime } from "../../kernel/time.ts";
import { Recorder } from "../../metrics/recorder.ts";
import { defaultSettings, type Settings } from "../../settings.ts";
import type { KubeletNotice, KubeletRequest } from "../api-server/node-messages.ts";
import type { PodRecord } from "../api-server/pod-record.ts";
import type { EventRecorder } from "../events/event-recorder.ts";
import { blankContainer, blankProbe, blankTemplate } from "../objects/blank-pod.ts";
import type { Taint } from "../objects/meta.ts";
import type { NodeTemplate } from "../objects/node.ts";
import { Definitions } from "../objects/definitions.ts";
import { pendingPodStatus, type Container, type LifecycleHandler, type PodStatus, type PodTemplate } from "../objects/pod.ts";
import { withImages } from "../objects/running-images.ts";
import { Workloads } from "../objects/workloads.ts";
import { newestVersions, type Versions } from "../versions.ts";
import { Kubelet, type KubeletFault } from "./kubelet.ts";
import type { KubeletObserver } from "./node-context.ts";
import { KubeletTable } from "./tables.ts";
import { VirtualRuntime } from "./virtual-runtime.ts";
import { VirtualTable } from "./virtual-table.ts";

/** Every latency 0 (1 µs), every jitter and phase 0, loops without period: the golden sequences' world. */
export const instantSettings: Settings = {
  ...defaultSettings,
  apiWriteLatency: 0,
  apiWriteLatencyFloor: 0,
  apiWriteLatencyP99: 0,
  apiReadLatency: 0,
  apiReadLatencyFloor: 0,
  apiReadLatencyP99: 0,
  watchLatency: 0,
  watchLatencyFloor: 0,
  watchLatencyP99: 0,
  syncFrequencyJitter: 0,
  podErrorBackoffJitter: 0,
  crashBackoffWakeJitter: 0,
  syncTick: 0,
  plegRelistPeriod: 0,
  plegRelistPhase: 0,
  plegRelistCost: 0,
  sandboxCreate: 0,
  containerCreate: 0,
  containerStart: 0,
  sandboxStop: 0,
  podCleanup: 0,
  imagePullLatency: 0,
  leaseRenewJitter: 0,
};

/** An application that is up at once and answers at once. */
export const instantBehaviour: ApplicationBehaviour = {
  ...defaultBehaviour,
  startUp: { type: "constant", value: 0 },
  probeTime: { type: "constant", value: 1000 },
  probesShareWorkers: false,
  image: { size: 0, present: true },
};

export const testProbe: typeof blankProbe = blankProbe;

export function testContainer(name: string, change: Partial<Container> = {}): Container {
  return blankContainer(name, { ports: [{ name: "http", containerPort: 80, protocol: "TCP", hostPort: null }], ...change });
}

export const testTemplate: typeof blankTemplate = blankTemplate;

export const sleepHook = (seconds: number): LifecycleHandler => ({ type: "sleep", seconds });

type Body =
  | { readonly kind: "request"; readonly request: KubeletRequest }
  | { readonly kind: "notice"; readonly notice: KubeletNotice }
  | { readonly kind: "fault"; readonly fault: KubeletFault };

export interface TestNodeOptions {
  readonly nodes?: number;
  readonly settings?: Partial<Settings>;
  readonly seed?: number;
  readonly behaviour?: ApplicationBehaviour;
  readonly behaviourOf?: (template: number, container: number) => ApplicationBehaviour;
  readonly createServer?: (behaviour: ApplicationBehaviour, pod: number, container: number) => ContainerServer | null;
  readonly observer?: KubeletObserver;
  readonly elidesProbes?: boolean;
  /** Nobody asks for Events, as in an ordinary run: for benches. */
  readonly hasNoEvents?: boolean;
  /** 1.36 if left out. Settings are those of 1.36 all the same. */
  readonly versions?: Versions;
  /** Of the nodes, instead of 8 CPU, 32 GiB, 110 Pods without taints. */
  readonly template?: Partial<NodeTemplate>;
}

/** An Event as it was recorded, uncounted. */
export interface RecordedEvent {
  readonly at: VirtualTime;
  /** Of the Pod; -1: about something else. */
  readonly pod: number;
  readonly fieldPath: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** A request as the API server got it. */
export interface Received {
  readonly at: VirtualTime;
  readonly request: KubeletRequest;
}

const API_SERVER = 0;

export class TestNodes {
  readonly simulator: Simulator;
  readonly causes: CauseTable = new CauseTable();
  readonly recorder: Recorder = new Recorder(100_000 * SECOND, 0, 1000 * SECOND);
  readonly table: KubeletTable;
  readonly virtual: VirtualTable = new VirtualTable();
  readonly kubelets: Kubelet[] = [];
  readonly runtimes: VirtualRuntime[] = [];
  readonly received: Received[] = [];
  readonly events: RecordedEvent[] = [];
  readonly records: PodRecord[] = [];
  readonly definitions: Definitions = new Definitions();
  private readonly mailbox: Mailbox<Body>;
  private readonly options: TestNodeOptions;

  constructor(options: TestNodeOptions = {}) {
    this.options = options;
    const count = options.nodes ?? 1;
    const settings: Settings = { ...instantSettings, ...options.settings };
    const seed = options.seed ?? 1;
    this.simulator = new Simulator({ lpCount: count + 1, shard: 0, shardOf: new Uint8Array(count + 1), outbox: null });
    this.mailbox = new Mailbox<Body>(this.simulator, this.causes);
    const workloads = new Workloads();
    workloads.add({
      kind: "Pod",
      metadata: { name: "web", namespace: "default", labels: {}, annotations: {} },
      template: testTemplate([]),
    });
    this.table = new KubeletTable({ recorder: this.recorder, definitions: this.definitions, workloads, seed });
    this.simulator.add(this.apiServer());
    for (let node = 0; node < count; node++) this.addNode(node, settings, seed);
  }

  get kubelet(): Kubelet {
    return this.kubelets[0]!;
  }

  get runtime(): VirtualRuntime {
    return this.runtimes[0]!;
  }

  /** Binds a new Pod of a template to a node at `at`. */
  addPod(template: PodTemplate, at: VirtualTime = 0, node = 0): PodRecord {
    const record = this.record(template, node, pendingPodStatus, at);
    this.notice(node, at, { kind: "podAdded", record });
    return record;
  }

  /** A Pod that has been running and ready since `startedAt`. */
  adopt(template: PodTemplate, startedAt: VirtualTime, status: PodStatus, node = 0): PodRecord {
    const record = this.record(template, node, status, startedAt);
    this.kubelets[node]!.adopt(0, record, startedAt);
    return record;
  }

  /** DELETE with a grace in seconds, as the API server passes it on. */
  deletePod(id: number, at: VirtualTime, grace: number): void {
    const record = { ...this.records[id]!, deletionTimestamp: wholeSeconds(at) + grace, deletionGracePeriodSeconds: grace };
    this.records[id] = record;
    this.notice(record.node, at, { kind: "podUpdated", record });
  }

  /** An update of the Pod's object: images, ephemeral containers. */
  changePod(id: number, template: PodTemplate, at: VirtualTime): void {
    const old = this.records[id]!;
    const status = withImages(old.status, this.definitions.template(old.template).spec, template.spec);
    const record = { ...old, template: this.definitions.intern(template), status };
    this.records[id] = record;
    this.notice(record.node, at, { kind: "podUpdated", record });
  }

  removePod(id: number, at: VirtualTime): void {
    this.notice(this.records[id]!.node, at, { kind: "podRemoved", pod: id });
  }

  /** Somebody else than the kubelet writes the Pod's status: the record changes at once, the kubelet sees it at `at`. */
  overwriteStatus(id: number, at: VirtualTime, change: (status: PodStatus) => PodStatus): void {
    const old = this.records[id]!;
    const record = { ...old, status: change(old.status) };
    this.records[id] = record;
    this.notice(record.node, at, { kind: "podUpdated", record });
  }

  /** Somebody cordons, taints or labels the first Node; labels null: its template's. */
  changeNode(
    at: VirtualTime,
    unschedulable: boolean,
    taints: readonly Taint[] = [],
    labels: Readonly<Record<string, string>> | null = null,
  ): void {
    this.notice(0, at, { kind: "nodeChanged", unschedulable, taints, labels });
  }

  fault(fault: KubeletFault, at: VirtualTime, node = 0): void {
    this.mailbox.postFrom(API_SERVER, node + 1, Math.max(1, at), { kind: "fault", fault }, EventClass.fault);
  }

  run(until: VirtualTime): void {
    this.simulator.runUntil(until);
  }

  /** Status patches of a Pod, in order. */
  patches(pod: number): { readonly at: VirtualTime; readonly status: PodStatus }[] {
    return this.received.flatMap(({ at, request }) =>
      request.kind === "patchPodStatus" && request.pod === pod ? [{ at, status: request.status }] : [],
    );
  }

  status(pod: number): PodStatus {
    const row = this.table.rowOf(pod);
    return row === -1 ? this.records[pod]!.status : this.table.statuses[row]!;
  }

  /** Instants of the causes of a kind that concern a Pod, in seconds with ms. */
  times(kind: number, pod?: number): number[] {
    return this.causes
      .rows()
      .filter((row) => row.kind === kind && (pod === undefined || row.subject === pod))
      .map((row) => Math.round(row.time / MILLISECOND) / 1000);
  }

  /** Messages of a Pod's Events with these reasons, in order. */
  messages(pod: number, ...reasons: readonly string[]): string[] {
    return this.events.filter((event) => event.pod === pod && reasons.includes(event.reason)).map(({ message }) => message);
  }

  private eventRecorder(): EventRecorder {
    return {
      record: (at, _source, _object, type, reason, message) => void this.events.push({ at, pod: -1, fieldPath: "", type, reason, message }),
      recordPod: (at, _source, pod, fieldPath, type, reason, message) =>
        void this.events.push({ at, pod: pod.id, fieldPath, type, reason, message }),
      podName: (pod) => `web-${pod.id}`,
      podNamespace: () => "default",
      podUid: (pod) => `uid-${pod.id}`,
    };
  }

  private record(template: PodTemplate, node: number, status: PodStatus, at: VirtualTime): PodRecord {
    const id = this.records.length;
    const record: PodRecord = {
      id,
      resourceVersion: 1,
      owner: -1,
      workload: 0,
      ordinal: id,
      template: this.definitions.intern(template),
      node,
      createdAt: wholeSeconds(at),
      deletionTimestamp: -1,
      deletionGracePeriodSeconds: -1,
      status,
      cause: 0,
    };
    this.records.push(record);
    return record;
  }

  private notice(node: number, at: VirtualTime, notice: KubeletNotice): void {
    this.mailbox.postFrom(API_SERVER, node + 1, Math.max(this.simulator.now + 1, at), { kind: "notice", notice });
  }

  private apiServer(): LogicalProcess {
    return {
      id: API_SERVER,
      onMessage: (now, origin, payload) => {
        const body = this.mailbox.take(payload);
        if (body.kind !== "request") return;
        const { request } = body;
        this.received.push({ at: now, request });
        if (request.kind === "patchPodStatus") this.records[request.pod] = { ...this.records[request.pod]!, status: request.status };
        if (request.kind === "deletePod") this.removePod(request.pod, now + MILLISECOND);
        if (request.kind === "createMirrorPod") this.addPod(this.definitions.template(request.template), now + MILLISECOND, origin - 1);
      },
      onTimer: () => undefined,
    };
  }

  private addNode(node: number, settings: Settings, seed: number): void {
    const lp = node + 1;
    const { behaviourOf, behaviour, createServer, observer } = this.options;
    const kubelet = new Kubelet({
      simulator: this.simulator,
      causes: this.causes,
      recorder: this.recorder,
      settings,
      seed,
      node,
      lp,
      table: this.table,
      template: {
        name: `node-${node}`,
        zone: "",
        labels: {},
        cpu: 8000,
        memory: 34_359_738_368,
        pods: 110,
        taints: [],
        ...this.options.template,
      },
      ...(observer === undefined ? {} : { observer }),
      version: this.options.versions ?? newestVersions,
      events: this.options.hasNoEvents === true ? null : this.eventRecorder(),
      send: (request, at) => this.mailbox.post(API_SERVER, at, { kind: "request", request }),
      createPort: (self) => {
        const runtime = new VirtualRuntime(self, {
          table: this.virtual,
          elidesProbes: this.options.elidesProbes === true,
          behaviourOf: (_workload, template, container) => behaviourOf?.(template, container) ?? behaviour ?? instantBehaviour,
          createServer: (of, pod, container) => createServer?.(of, pod, container) ?? null,
        });
        this.runtimes.push(runtime);
        return runtime;
      },
    });
    this.kubelets.push(kubelet);
    this.simulator.add({
      id: lp,
      onMessage: (now, _origin, payload) => {
        const body = this.mailbox.take(payload);
        if (body.kind === "notice") kubelet.notice(now, body.notice);
        else if (body.kind === "fault") kubelet.fault(now, body.fault);
      },
      onTimer: (now, slot, tag) => kubelet.onTimer(now, slot, tag),
    });
    kubelet.start(0);
  }
}
