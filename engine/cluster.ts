/**
 * The composition root: makes every logical process of one shard from the spec and wires the ports. Shard 0
 * has the control plane, the script and the sources; every shard has its nodes, its copy of the endpoint
 * log and its recorder. Wiring only: no decision about behaviour is made here.
 */
import { applyAction } from "./actions/index.ts";
import { carryOut, lastAppliedKey, type Steps } from "./actions/operator.ts";
import type { ActionSpec } from "./actions/action.ts";
import type { EndpointHost } from "./application/endpoint-host.ts";
import type { FaultMessage } from "./chaos/fault-messages.ts";
import { InvariantBook } from "./checks/invariant-book.ts";
import { assert } from "./kernel/assert.ts";
import { Bulletin } from "./kernel/bulletin.ts";
import { CauseTable, type CauseId } from "./kernel/causes.ts";
import { CauseKind } from "./cause-kinds.ts";
import { autoscaledWorkloads } from "./spec/autoscaled-workloads.ts";
import { Mailbox } from "./kernel/mailbox.ts";
import { Simulator } from "./kernel/simulator.ts";
import type { Workspace } from "./kernel/workspace.ts";
import { SECOND, type Duration, type VirtualTime } from "./kernel/time.ts";
import type { ApiResponseMessage } from "./kubernetes/api-server/client.ts";
import type { KubeletNotice, KubeletRequest } from "./kubernetes/api-server/node-messages.ts";
import type { ControlMessage } from "./kubernetes/api-server/requests.ts";
import type { ServerFault } from "./kubernetes/api-server/server-faults.ts";
import { ControlPlane } from "./kubernetes/control-plane.ts";
import { EventBook } from "./kubernetes/events/event-book.ts";
import { ObjectNames } from "./kubernetes/events/object-names.ts";
import { Kubelet } from "./kubernetes/kubelet/kubelet.ts";
import type { KubeletPort } from "./kubernetes/kubelet/ports.ts";
import { KubeletTable } from "./kubernetes/kubelet/tables.ts";
import { VirtualRuntime } from "./kubernetes/kubelet/virtual-runtime.ts";
import { VirtualTable } from "./kubernetes/kubelet/virtual-table.ts";
import { BlameLog } from "./kubernetes/network/blame-log.ts";
import type { EndpointEntry, EndpointNotice } from "./kubernetes/network/endpoint-log.ts";
import { zoneNumbers } from "./kubernetes/objects/zones.ts";
import type { KubernetesObject } from "./kubernetes/objects/index.ts";
import { newestVersions, versionsOf, type Versions } from "./kubernetes/versions.ts";
import type { ApiSnapshot } from "./kubernetes/views/api-object.ts";
import { snapshotOf } from "./kubernetes/views/snapshot.ts";
import { lpLayout, type LpLayout } from "./lp-layout.ts";
import { Recorder } from "./metrics/recorder.ts";
import { contribute } from "./threshold.ts";
import { NodeProcess, type NodeMessage, type OutsideMessage } from "./node-process.ts";
import type { ActionOutcome, ControlResult, EffectCount, ShardResult } from "./result.ts";
import type { ScenarioSpec, ThresholdSpec } from "./scenario-spec.ts";
import { ScriptProcess } from "./script.ts";
import { settle, type SettledCluster, type SettledPod } from "./settle.ts";
import type { ShardHost, ShardOptions } from "./shard-host.ts";
import { callRoutesOf, routesOf } from "./spec/routes.ts";
import { SpecTables } from "./spec/tables.ts";
import type { TrafficMessage } from "./traffic/attempt.ts";
import type { SourceMessage } from "./traffic/source.ts";
import { TrafficShard } from "./traffic/traffic.ts";
import { VirtualControl } from "./virtual-control.ts";
import {
  decodeBlame,
  decodeEndpointEntry,
  decodeMail,
  encodeBlame,
  encodeEndpointEntry,
  encodeMail,
  type WireBody,
  type WordReader,
  type WordWriter,
} from "./wire.ts";

/** Every body that any LP posts. */
type ClusterMessage =
  | ServerFault
  | ControlMessage
  | KubeletRequest
  | KubeletNotice
  | EndpointNotice
  | TrafficMessage
  | FaultMessage
  | OutsideMessage;

/** What a live host puts in the place of the model. */
export interface ClusterAdapters {
  /** Instead of the virtual runtime, for every node. */
  createPort(kubelet: Kubelet, node: number): KubeletPort;
}

export interface ClusterOptions extends ShardOptions {
  /** Null: everything is virtual. With adapters the load is real too, so no traffic is simulated. */
  readonly adapters?: ClusterAdapters | null;
  /** Sees each request of a kubelet to the API server as it is sent: what compares both clocks. Changes nothing. */
  readonly onKubeletRequest?: (request: KubeletRequest, now: VirtualTime) => void;
  /** Keep the Event objects that components record: for views and comparisons. Changes nothing else. */
  readonly events?: boolean;
  /** Of runs before this one, which are over. */
  readonly workspace?: Workspace;
  /** Each arrival at an endpoint is an event: for comparisons. */
  readonly neverPlans?: boolean;
  /** Each look at a node's CPU looks at all its servers: for comparisons. */
  readonly readsAllCpu?: boolean;
}

/** Width of the time series' buckets: whole seconds, at most about 300 buckets a run. */
export function bucketWidthOf(duration: Duration): Duration {
  return Math.max(1, Math.ceil(duration / (300 * SECOND))) * SECOND;
}

export function buildShard(spec: ScenarioSpec, options: ClusterOptions): ClusterShard {
  return new ClusterShard(spec, options);
}

export class ClusterShard implements ShardHost {
  readonly simulator: Simulator;
  readonly layout: LpLayout;
  readonly tables: SpecTables;
  private readonly autoscaled: ReadonlySet<number>;
  readonly endpointLog: Bulletin<EndpointEntry> = new Bulletin<EndpointEntry>();
  private readonly blameLog = new BlameLog();
  readonly recorder: Recorder;
  readonly mailbox: Mailbox<ClusterMessage>;
  readonly causes: CauseTable = new CauseTable();
  readonly names: ObjectNames;
  /** Null: nobody asked for Event objects. */
  readonly events: EventBook | null;
  /** Shard 0 only. */
  readonly control: ControlPlane | null;
  /** The kubelets of this shard, by node index. */
  readonly kubelets: Map<number, Kubelet> = new Map();
  private readonly spec: ScenarioSpec;
  private readonly versions: Versions;
  private readonly options: ClusterOptions;
  private readonly kubeletTable: KubeletTable;
  private readonly virtualTable: VirtualTable = new VirtualTable();
  private readonly starters: (() => void)[] = [];
  private readonly traffic: TrafficShard;
  private readonly script: ScriptProcess | null;
  private readonly outcomes = new Map<ActionSpec, ActionOutcome>();
  private readonly invariants: InvariantBook;
  private readonly settled: Omit<SettledCluster, "pods">;
  /** By Service: why it has no endpoint before its first entry in the log; of a settled cluster, that entry says it. */
  private missing: readonly CauseId[] = [];

  constructor(spec: ScenarioSpec, options: ClusterOptions) {
    this.spec = spec;
    this.versions = versionsOf(spec.kubernetesVersion) ?? newestVersions;
    this.options = options;
    this.layout = lpLayout(spec.load.length, spec.nodes.length);
    this.tables = new SpecTables(spec);
    this.autoscaled = autoscaledWorkloads(spec, this.tables.workloads);
    const { shard, shardOf, outbox, trace, workspace } = options;
    // The first row that the script notes, on shard 0.
    this.causes.beginning = this.layout.script * 4294967296 + 1;
    this.causes.current = this.causes.beginning;
    const borrowed = workspace === undefined ? {} : { workspace };
    this.simulator = new Simulator({ lpCount: this.layout.count, shard, shardOf, outbox, trace: trace ?? null, ...borrowed });
    this.mailbox = new Mailbox<ClusterMessage>(this.simulator, this.causes);
    this.recorder = new Recorder(spec.duration, spec.warmup, bucketWidthOf(spec.duration));
    this.invariants = new InvariantBook(spec, this.causes);
    this.names = new ObjectNames(spec.seed, this.tables.definitions, this.tables.workloads);
    this.events = options.events === true ? new EventBook(this.names, spec.settings) : null;
    this.kubeletTable = new KubeletTable({
      recorder: this.recorder,
      definitions: this.tables.definitions,
      workloads: this.tables.workloads,
      seed: spec.seed,
    });
    this.traffic = this.buildTraffic();
    const control = this.buildControl(shard === 0 ? null : scratch(this.layout, this.causes.beginning));
    this.control = shard === 0 ? control : null;
    if (spec.start === "empty") this.missing = control.beginEmpty(spec.objects);
    const { pods, ...unsettled } =
      spec.start === "settled" ? settle(spec, this.tables, control) : { pods: [], unsettledObjects: spec.objects, unsettled: [] };
    this.settled = unsettled;
    this.publish();
    this.buildNodes(pods);
    this.script = shard === 0 ? this.buildScript(control) : null;
    this.traffic.settleProxies();
    this.start();
  }

  encode(payload: number, writer: WordWriter): void {
    encodeMail(this.mailbox as unknown as Mailbox<WireBody>, this.causes, payload, writer);
  }

  decode(reader: WordReader): number {
    return decodeMail(this.mailbox, reader);
  }

  receiveBroadcast(reader: WordReader): void {
    if (reader.flag()) {
      const { entry, validFrom } = decodeBlame(reader);
      this.blameLog.receive(entry, validFrom);
    } else {
      const { entry, validFrom } = decodeEndpointEntry(reader);
      this.endpointLog.receive(entry, validFrom);
    }
  }

  progress(): { readonly pods: number; readonly lost: number } {
    return { pods: podCountOf(this.control), lost: this.traffic.lost };
  }

  contribute(now: VirtualTime, thresholds: readonly ThresholdSpec[], into: Float64Array): void {
    this.traffic.handOver(now);
    // What the last look of all would draw, merging draws: not every way of running looks at the very end.
    const looksAtProbes = now < this.spec.duration && thresholds.some(({ metric }) => metric.startsWith("probe"));
    if (looksAtProbes) this.kubeletTable.elidedProbes?.measure(now);
    contribute(this.recorder, thresholds, into, this.traffic.overdue(now));
  }

  conditionHolds(condition: number, at: VirtualTime): void {
    this.script?.conditionHolds(this.spec.conditions![condition]!, at);
  }

  finish(end: VirtualTime): ShardResult {
    const { losses } = this.traffic.finish(end);
    const skipped = this.kubeletTable.elidedProbes?.takeSkipped(end);
    this.invariants.atEnd(end);
    const metrics = this.recorder.snapshot();
    this.traffic.review(end);
    return {
      shard: this.options.shard,
      metrics,
      causes: this.causes.rows(),
      losses,
      restarts: this.kubeletTable.restarts,
      effects: this.effects(),
      violations: this.invariants.violations,
      fingerprints: this.simulator.fingerprints(),
      events: this.simulator.events,
      control: this.control === null ? null : this.controlResult(this.control, end),
      ...(skipped === undefined ? {} : { skipped }),
      ...(this.events === null ? {} : { eventObjects: this.events.list(end) }),
    };
  }

  /** What the API server holds at `now`, the instant that the simulator has come to, for views; shard 0 of a run on one shard, with `events` on. */
  snapshot(now: VirtualTime): ApiSnapshot {
    const { control, spec, names, versions } = this;
    assert(control !== null && this.events !== null, "views need shard 0 and its Event objects");
    const applied = spec.actions.flatMap((action) => (action.type === "apply" && action.at <= now ? action.objects : []));
    const written = [...applied.toReversed(), ...spec.objects];
    const { unsettledObjects } = this.settled;
    const find = (objects: readonly KubernetesObject[], kind: string, namespace: string, name: string): KubernetesObject | undefined =>
      objects.find(({ kind: own, metadata }) => own === kind && metadata.namespace === namespace && metadata.name === name);
    return snapshotOf({
      now,
      versions,
      settings: spec.settings,
      store: control.store,
      names,
      events: this.events.list(now),
      namespaces: written.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata),
      wasThere: (kind, namespace, name) =>
        spec.start === "settled" &&
        find(spec.objects, kind, namespace, name) !== undefined &&
        find(unsettledObjects, kind, namespace, name) === undefined,
      written: (kind, namespace, name) => find(written, kind, namespace, name)?.metadata ?? null,
    });
  }

  /** A message of the world outside to a node's kubelet: the LP after the last one, numbered by arrival. */
  get outside(): number {
    return this.layout.count;
  }

  private buildTraffic(): TrafficShard {
    const { spec } = this;
    const isVirtual = (this.options.adapters ?? null) === null;
    const routes = routesOf(spec);
    const callRoutes = callRoutesOf(spec);
    return new TrafficShard({
      calls: isVirtual ? this.tables.calls : [],
      callRouteOf: (edge) => callRoutes[edge]!,
      nodes: spec.nodes.length,
      simulator: this.simulator,
      mailbox: this.mailbox,
      causes: this.causes,
      recorder: this.recorder,
      settings: spec.settings,
      seed: spec.seed,
      loads: isVirtual ? spec.load : [],
      serviceOf: (load) => this.tables.serviceOfLoad[load]!,
      endpointLog: this.endpointLog,
      layout: this.layout,
      warmup: spec.warmup,
      blameLog: this.blameLog,
      causeBefore: (service) => this.missing[service] ?? this.causes.beginning,
      routeOf: (load) => routes[load]!,
      zones: zoneNumbers(spec.nodes),
      versions: this.versions,
      neverPlans: this.options.neverPlans === true,
      moves: (load) => this.tables.movesTarget(load),
      beliefs: isVirtual ? this.invariants.beliefs(this.endpointLog, this.tables.services, (place) => this.isOwnPlace(place)) : null,
    });
  }

  /** Places see what the proxies of nodes see, and begin again after the last node. */
  private isOwnPlace(place: number): boolean {
    const { firstNode } = this.layout;
    const nodes = this.spec.nodes.length;
    const owner = nodes === 0 ? firstNode - 1 : firstNode + (place % nodes);
    return this.options.shardOf[owner] === this.options.shard;
  }

  /** Other shards than the first need a control plane only to settle: on a simulator that nobody runs. */
  private buildControl(aside: Aside | null): ControlPlane {
    const { spec, tables } = this;
    return new ControlPlane({
      simulator: aside?.simulator ?? this.simulator,
      mailbox: aside?.mailbox ?? this.mailbox,
      causes: aside?.causes ?? this.causes,
      recorder: aside?.recorder ?? this.recorder,
      settings: spec.settings,
      seed: spec.seed,
      layout: this.layout,
      nodes: spec.nodes,
      definitions: tables.definitions,
      workloads: tables.workloads,
      services: tables.services,
      images: tables.images(),
      ...(spec.placement === undefined ? {} : { placement: spec.placement }),
      endpointLog: this.endpointLog,
      blameLog: this.blameLog,
      versions: this.versions,
      events: aside === null ? this.events : null,
      sourcesOf: (service) => this.traffic.sourcesOf(service),
    });
  }

  /** Carries entries of shard 0 to the others. */
  private publish(): void {
    const { broadcast } = this.options;
    if (broadcast === null) return;
    this.endpointLog.onAppend = (entry, validFrom) =>
      broadcast((writer) => {
        writer.flag(false);
        encodeEndpointEntry(entry, validFrom, writer);
      });
    this.blameLog.onAppend = (entry, validFrom) =>
      broadcast((writer) => {
        writer.flag(true);
        encodeBlame(entry, validFrom, writer);
      });
  }

  /** The list of settled Pods is used here and dropped: each kubelet keeps its own. */
  private buildNodes(pods: readonly SettledPod[]): void {
    for (let node = 0; node < this.spec.nodes.length; node++) {
      if (this.options.shardOf[this.layout.firstNode + node] === this.options.shard) this.buildNode(node);
    }
    for (const { record, startedAt } of pods) this.kubelets.get(record.node)?.adopt(0, record, startedAt);
  }

  private buildNode(node: number): void {
    const lp = this.layout.firstNode + node;
    const adapters = this.options.adapters ?? null;
    let host: EndpointHost | null = null;
    const kubelet = new Kubelet({
      simulator: this.simulator,
      causes: this.causes,
      recorder: this.recorder,
      settings: this.spec.settings,
      version: this.versions,
      seed: this.spec.seed,
      node,
      lp,
      template: this.spec.nodes[node]!,
      table: this.kubeletTable,
      observer: this.invariants.kubeletObserver,
      events: this.events,
      isMeasured: this.autoscaled.size === 0 ? null : (workload) => this.autoscaled.has(workload),
      send: (request, at) => {
        this.options.onKubeletRequest?.(request, this.simulator.now);
        this.mailbox.post(this.layout.apiServer, at, request);
      },
      // Without a load nothing is lost that could ask.
      ...(this.spec.load.length === 0
        ? {}
        : { keptUnready: (pod, at) => this.mailbox.post(this.layout.apiServer, at, { kind: "podKeptUnready", pod }) }),
      createPort: (owner) => {
        if (adapters !== null) return adapters.createPort(owner, node);
        const runtime = this.virtualRuntime(owner);
        host = runtime;
        return runtime;
      },
    });
    const arrivals = host === null ? null : this.traffic.arrivalsFor(node, lp, host);
    this.kubelets.set(node, kubelet);
    const process = new NodeProcess(lp, kubelet, arrivals, (payload) => this.mailbox.take(payload) as NodeMessage);
    this.simulator.add(process);
    this.starters.push(() => {
      this.simulator.current = lp;
      kubelet.start(0);
      arrivals?.start(0);
    });
  }

  private virtualRuntime(kubelet: Kubelet): VirtualRuntime {
    const { apiWriteLatency, watchLatency } = this.spec.settings;
    return new VirtualRuntime(kubelet, {
      table: this.virtualTable,
      elidesProbes: this.spec.probes === "elided",
      readsAllCpu: this.options.readsAllCpu === true,
      behaviourOf: (workload, template, container) => this.tables.behaviourOf(workload, template, container),
      // Only containers that some load reaches have a server, and those whose health depends on others.
      createServer: (behaviour, pod, container) =>
        this.isReached(kubelet, pod, container) || behaviour.healthChecks !== undefined
          ? this.traffic.createServerOn(kubelet.node.node, pod, behaviour)
          : null,
      containerOf: (load, template, now) => this.tables.containerBehind(load, template, now),
      nameKnownFrom: (workload, awaited) => this.tables.nameKnownFrom(workload, awaited, apiWriteLatency + watchLatency),
      loadOn: (workload, template, container) => this.tables.loadOn(workload, template, container),
    });
  }

  private isReached(kubelet: Kubelet, pod: number, container: number): boolean {
    const { template, workload } = kubelet.recordOf(this.kubeletTable.rowOf(pod));
    return this.tables.isReached(workload, template, container);
  }

  private buildScript(control: ControlPlane): ScriptProcess {
    const { spec, tables, layout } = this;
    const lastApplied = new Map(spec.objects.map((object) => [lastAppliedKey(object), object]));
    const operator = { ...control.operator(layout.script), outcomes: this.outcomes, lastApplied };
    this.invariants.watch(control);
    return new ScriptProcess({
      id: layout.script,
      simulator: this.simulator,
      causes: this.causes,
      beginning: atTheBeginning(this.settled.unsettledObjects),
      actions: spec.actions,
      faults: spec.faults,
      waiting: new Set((spec.conditions ?? []).flatMap((condition) => condition.faults)),
      control: new VirtualControl({
        tables,
        nodes: spec.nodes,
        pods: () => control.view.pods(),
        pod: (id) => control.view.pod(id),
        podName: (record) => control.view.podName(record),
        mailbox: this.mailbox,
        silence: (node, fault) => control.nodeSilenced(node, this.script!.faultCauses[fault]!),
        apiServer: layout.apiServer,
        act: (action) => applyAction(action, operator),
        deletePod: (pod, gracePeriodSeconds) => carryOut(deletion(pod, gracePeriodSeconds), operator),
        firstNode: layout.firstNode,
        delay: Math.max(1, spec.settings.watchLatencyFloor),
        seed: spec.seed,
      }),
      act: (action) => applyAction(action, operator),
      onAnswer: (_now, payload) => operator.client.host.receive(this.mailbox.take(payload) as ApiResponseMessage),
      onAgenda: (now) => operator.client.host.agenda.run(now),
    });
  }

  /** Every LP arms what it begins with, under its own name. */
  private start(): void {
    const { simulator, control, layout } = this;
    for (const start of this.starters) start();
    if (control === null || this.script === null) return;
    for (const process of control.processes) simulator.add(process);
    simulator.add(this.script);
    control.start();
    simulator.current = layout.script;
    this.causes.note(layout.script, this.spec.start === "empty" ? CauseKind.manifestsApplied : CauseKind.settled, 0, 0, 0);
    this.script.start();
    if ((this.options.adapters ?? null) !== null) return;
    for (let load = 0; load < this.spec.load.length; load++) {
      const source = this.traffic.sourceFor(load, (payload) => this.mailbox.take(payload) as SourceMessage);
      simulator.add(source);
      simulator.current = source.id;
      source.start(0);
    }
  }

  private effects(): EffectCount[] {
    const counts = new Map<string, { cause: number; kind: number; count: number }>();
    for (const { parent, kind } of this.causes.rows()) {
      if (Math.floor(parent / 4294967296) !== this.layout.script || kind === CauseKind.faultEnded) continue;
      const key = `${parent}/${kind}`;
      const known = counts.get(key);
      if (known === undefined) counts.set(key, { cause: parent, kind, count: 1 });
      else known.count++;
    }
    return [...counts.values()];
  }

  private controlResult(control: ControlPlane, end: VirtualTime): ControlResult {
    const script = this.script!;
    return {
      pods: control.summaries(),
      rollouts: control.rollouts().map((rollout) => ({ ...rollout })),
      availability: control.availability(end),
      faults: script.records(end),
      actions: this.spec.actions
        .map((action, index) => {
          const outcome = this.outcomes.get(action);
          const row = { at: action.at, text: describeAction(action), cause: script.actionCauses[index]! };
          return outcome === undefined ? row : { ...row, outcome };
        })
        .filter(({ cause }) => cause !== 0),
      unsettled: this.settled.unsettled,
      deployments: control.deployments(),
    };
  }
}

function podCountOf(control: ControlPlane | null): number {
  return control === null ? 0 : control.store.pods.length - control.store.removedPods.length;
}

interface Aside {
  readonly simulator: Simulator;
  readonly mailbox: Mailbox<ClusterMessage>;
  readonly causes: CauseTable;
  readonly recorder: Recorder;
}

function scratch(layout: LpLayout, beginning: CauseId): Aside {
  const simulator = new Simulator({ lpCount: layout.count, shard: 0, shardOf: new Uint8Array(layout.count), outbox: null });
  const causes = new CauseTable();
  causes.current = beginning;
  return { simulator, causes, mailbox: new Mailbox<ClusterMessage>(simulator, causes), recorder: new Recorder(SECOND, 0, SECOND) };
}

/** What isn't there yet is applied first of all. */
function atTheBeginning(objects: readonly KubernetesObject[]): ActionSpec | null {
  return objects.length === 0 ? null : { type: "apply", at: 0, objects };
}

function describeAction(action: ActionSpec): string {
  switch (action.type) {
    case "apply":
      return `apply ${action.objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`).join(", ")}`;
    case "setImage":
      return `set image of ${action.kind}/${action.name} to ${action.image}`;
    case "setEnv":
      return `set env of ${action.kind}/${action.name}`;
    case "setResources":
      return `set resources of ${action.kind}/${action.name}`;
    case "restart":
      return `restart ${action.kind}/${action.name}`;
    case "undo":
      return `undo ${action.kind}/${action.name}${action.toRevision === 0 ? "" : ` to revision ${action.toRevision}`}`;
    case "pause":
    case "resume":
      return `${action.type} ${action.kind}/${action.name}`;
    case "rolloutStatus":
      return `rollout status of ${action.kind}/${action.name}`;
    case "label":
      return `${action.field === "labels" ? "label" : "annotate"} ${action.kind}/${action.name}`;
    case "labelPods":
      return `${action.field === "labels" ? "label" : "annotate"} Pods`;
    case "labelNode":
      return `label Node/${action.node}`;
    case "scale":
      return `scale ${action.kind}/${action.name} to ${action.replicas}`;
    case "delete":
      return `delete ${action.kind}/${action.name}`;
    case "setPodImage":
      return `set image of Pod/${action.pod} to ${action.image}`;
    case "debug":
      return `debug ${action.selector.pod === undefined ? "Pods" : `Pod/${action.selector.pod}`} with ${action.image}`;
    case "cordon":
      return `${action.unschedulable ? "cordon" : "uncordon"} Node/${action.node}`;
    case "taint":
      return `taint Node/${action.node}`;
    case "evict":
      return `evict ${action.selector.pod === undefined ? "Pods" : `Pod/${action.selector.pod}`}`;
    case "deleteNode":
      return `delete Node/${action.node}`;
    case "drain":
      return `drain Node/${action.node}`;
    case "setCondition":
      return `set condition ${action.condition} to ${action.status}`;
  }
}

function* deletion(pod: number, gracePeriodSeconds: number | null): Steps {
  yield { kind: "deletePod", pod, gracePeriodSeconds };
}
