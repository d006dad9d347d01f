/**
 * A stand-in for the cluster around the traffic: one writer of the endpoint log, nodes whose Pods do as a
 * plan says, on any number of shards in this thread. For the tests of this folder and bench/traffic.bench.ts.
 */
import type { ApplicationBehaviour } from "../application/application.ts";
import { EndpointState, type EndpointHost } from "../application/endpoint-host.ts";
import type { ContainerServer, VirtualServer } from "../application/server.ts";
import { CauseKind } from "../cause-kinds.ts";
import { Bulletin } from "../kernel/bulletin.ts";
import { CauseTable, NO_CAUSE, type CauseId, type CauseRow } from "../kernel/causes.ts";
import type { LogicalProcess } from "../kernel/logical-process.ts";
import { Mailbox } from "../kernel/mailbox.ts";
import { Simulator } from "../kernel/simulator.ts";
import { NEVER, SECOND, type VirtualTime } from "../kernel/time.ts";
import type { EndpointEntry, EndpointNotice } from "../kubernetes/network/endpoint-log.ts";
import type { ServiceRoute } from "../kubernetes/network/service-route.ts";
import { Recorder, type RecorderSnapshot } from "../metrics/recorder.ts";
import type { Settings } from "../settings.ts";
import type { LoadTotals, LossTally } from "./accounting.ts";
import type { TrafficMessage } from "./attempt.ts";
import type { EndpointArrivals } from "./endpoint-arrivals.ts";
import type { LoadSpec } from "./load-model.ts";
import type { TrafficSource } from "./source.ts";
import { TrafficShard } from "./traffic.ts";

type Body = TrafficMessage | EndpointNotice;

/** What happens to a Pod or its node, as a kubelet would do it. */
export type Turn =
  | "listen"
  | "stopListening"
  | "crash"
  | "runOutOfMemory"
  | "vanish"
  | "loseNode"
  | "isolate"
  | "probe"
  | "look"
  | "slowDown"
  | "speedUp"
  | "squeeze";

export interface RigWrite {
  readonly at: VirtualTime;
  readonly service: number;
  readonly pods: readonly number[];
  /** What the endpoints are beyond ready ones. */
  readonly isTerminating?: boolean;
  readonly fallback?: readonly number[];
  readonly hints?: readonly number[];
}

export interface RigPlan {
  readonly duration: VirtualTime;
  readonly warmup: VirtualTime;
  readonly seed: number;
  readonly settings: Settings;
  readonly nodes: number;
  /** Node of each Pod; Pods are up from the start unless `asleep`. */
  readonly pods: readonly { readonly node: number; readonly asleep?: boolean }[];
  readonly behaviour: ApplicationBehaviour;
  /** Memory limit of every server as requests in flight. */
  readonly memoryLimitInFlight?: number;
  /** Service of each load. */
  readonly loads: readonly (LoadSpec & { readonly target: number })[];
  /** Endpoint writes by commit instant, ascending; those at 0 are settled when the plan starts settled. */
  readonly writes: readonly RigWrite[];
  readonly turns: readonly { readonly at: VirtualTime; readonly pod: number; readonly turn: Turn }[];
  readonly settled: boolean;
  readonly shards: number;
  /** Of each load; left out: any endpoint, at random. */
  readonly routes?: readonly ServiceRoute[];
  /** Zone number of each node. */
  readonly zones?: readonly number[];
  /** Every request is a message. */
  readonly neverSplits?: boolean;
  /** Every arrival is an event; so they are where `onArrival` sees them. */
  readonly neverPlans?: boolean;
  /** Sees each attempt that reaches an endpoint. */
  readonly onArrival?: (pod: number, now: VirtualTime) => void;
}

export interface RigResult {
  readonly totals: readonly LoadTotals[];
  readonly losses: readonly LossTally[];
  readonly metrics: readonly RecorderSnapshot[];
  readonly events: number;
  readonly causes: readonly CauseRow[];
}

const WRITER = 0;
const FIRST_SOURCE = 1;

export function runRig(plan: RigPlan): RigResult {
  const rig = new Rig(plan);
  rig.run(plan.duration);
  return rig.finish();
}

export class Rig {
  private readonly shards: RigShard[];
  private readonly plan: RigPlan;

  constructor(plan: RigPlan) {
    this.plan = plan;
    const firstNode = FIRST_SOURCE + plan.loads.length;
    const shardOf = new Uint8Array(firstNode + plan.nodes);
    for (let node = 0; node < plan.nodes; node++) shardOf[firstNode + node] = node % plan.shards;
    this.shards = Array.from({ length: plan.shards }, (_, shard) => new RigShard(plan, shard, shardOf, firstNode));
    for (const shard of this.shards) shard.connect(this.shards);
    this.shards[0]!.prepareWrites();
    for (const shard of this.shards) shard.start();
  }

  run(until: VirtualTime): void {
    const { watchLatencyFloor, networkLatencyFloor } = this.plan.settings;
    const lookahead = this.shards.length === 1 ? NEVER : Math.max(1, Math.min(watchLatencyFloor, networkLatencyFloor));
    for (;;) {
      const next = Math.min(...this.shards.map((shard) => shard.simulator.nextTime()));
      if (next >= until) return;
      for (const shard of this.shards) shard.simulator.runUntil(Math.min(until, next + lookahead));
      for (const shard of this.shards) shard.deliver();
    }
  }

  get events(): number {
    return this.shards.reduce((sum, shard) => sum + shard.simulator.events, 0);
  }

  finish(): RigResult {
    const parts = this.shards.map((shard) => shard.traffic.finish(this.plan.duration));
    return {
      totals: this.plan.loads.map((_, load) =>
        parts
          .map((part) => part.totals[load]!)
          .reduce((a, b) => ({
            sent: a.sent + b.sent,
            answered: a.answered + b.answered,
            lost: a.lost + b.lost,
            inFlight: a.inFlight + b.inFlight,
          })),
      ),
      losses: merged(parts.flatMap((part) => part.losses)),
      metrics: this.shards.map((shard) => shard.recorder.snapshot()),
      events: this.events,
      causes: this.shards.flatMap((shard) => shard.causes.rows()).sort((a, b) => a.id - b.id),
    };
  }
}

function merged(losses: readonly LossTally[]): LossTally[] {
  const byKey = new Map<string, LossTally>();
  for (const loss of losses) {
    const key = `${loss.load}/${loss.outcome}/${loss.state}/${loss.cause}`;
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, { ...loss });
    else {
      known.count += loss.count;
      known.first = Math.min(known.first, loss.first);
      known.last = Math.max(known.last, loss.last);
    }
  }
  return [...byKey.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, loss]) => loss);
}

interface RemoteEvent {
  readonly shard: number;
  readonly time: VirtualTime;
  readonly key: number;
  readonly number: number;
  readonly receiver: number;
  readonly body: Body;
}

class RigShard {
  readonly simulator: Simulator;
  readonly causes: CauseTable = new CauseTable();
  readonly recorder: Recorder;
  readonly log: Bulletin<EndpointEntry> = new Bulletin<EndpointEntry>();
  readonly mailbox: Mailbox<Body>;
  readonly traffic: TrafficShard;
  readonly plan: RigPlan;
  readonly firstNode: number;
  readonly pods: RigPod[] = [];
  private readonly shard: number;
  private readonly nodes: RigNode[] = [];
  private readonly sources: TrafficSource[] = [];
  private readonly leaving: RemoteEvent[] = [];
  private shards: readonly RigShard[] = [];

  constructor(plan: RigPlan, shard: number, shardOf: Uint8Array, firstNode: number) {
    this.plan = plan;
    this.shard = shard;
    this.firstNode = firstNode;
    const outbox = {
      append: (to: number, time: VirtualTime, key: number, number: number, receiver: number, payload: number): void => {
        const current = this.causes.current;
        this.leaving.push({ shard: to, time, key, number, receiver, body: this.mailbox.take(payload) });
        this.causes.current = current;
      },
    };
    this.simulator = new Simulator({ lpCount: shardOf.length, shard, shardOf, outbox });
    this.mailbox = new Mailbox<Body>(this.simulator, this.causes);
    this.recorder = new Recorder(plan.duration, plan.warmup, SECOND);
    this.traffic = new TrafficShard({
      simulator: this.simulator,
      mailbox: this.mailbox,
      causes: this.causes,
      recorder: this.recorder,
      settings: plan.settings,
      seed: plan.seed,
      loads: plan.loads,
      serviceOf: (load) => plan.loads[load]!.target,
      endpointLog: this.log,
      layout: { firstSource: FIRST_SOURCE, firstNode },
      warmup: plan.warmup,
      ...(plan.routes === undefined ? {} : { routeOf: (load: number) => plan.routes![load]! }),
      ...(plan.zones === undefined ? {} : { zones: plan.zones }),
      ...(plan.neverSplits === undefined ? {} : { neverSplits: plan.neverSplits }),
      neverPlans: plan.neverPlans === true || plan.onArrival !== undefined,
    });
    for (let node = 0; node < plan.nodes; node++) if (shardOf[firstNode + node] === shard) this.nodes.push(new RigNode(this, node));
    if (shard > 0) return;
    plan.loads.forEach((_, load) => this.sources.push(this.traffic.sourceFor(load, (payload) => this.mailbox.take(payload))));
    this.simulator.add(new RigWriter(this));
    for (const source of this.sources) this.simulator.add(source);
  }

  connect(shards: readonly RigShard[]): void {
    this.shards = shards;
    if (this.shard > 0) return;
    this.log.onAppend = (entry, validFrom) => {
      for (const other of shards) if (other !== this) other.log.receive(entry, validFrom);
    };
  }

  prepareWrites(): void {
    this.plan.writes.forEach((write, position) => {
      if (write.at <= 0) this.log.append(this.entryOf(position), 0);
      else this.simulator.arm(this.simulator.timers.create(WRITER, position, position), write.at);
    });
  }

  start(): void {
    if (this.plan.settled) this.traffic.settleProxies();
    for (const node of this.nodes) node.arrivals.start(0);
    for (const source of this.sources) source.start(0);
  }

  /** Hands over what left during the window. */
  deliver(): void {
    for (const event of this.leaving) {
      const to = this.shards[event.shard]!;
      to.simulator.receiveRemote(event.time, event.key, event.number, event.receiver, to.mailbox.put(event.body, NO_CAUSE));
    }
    this.leaving.length = 0;
  }

  entryOf(position: number): EndpointEntry {
    const write = this.plan.writes[position]!;
    const before = this.before(position)?.pods ?? [];
    const changed = write.pods.filter((pod) => !before.includes(pod)).length + before.filter((pod) => !write.pods.includes(pod)).length;
    return {
      position,
      service: write.service,
      committedAt: write.at,
      pods: write.pods,
      nodes: write.pods.map((pod) => this.plan.pods[pod]!.node),
      changed,
      cause: position + 1,
      ...(write.isTerminating === undefined ? {} : { isTerminating: write.isTerminating }),
      ...(write.hints === undefined ? {} : { hints: write.hints }),
      ...(write.fallback === undefined
        ? {}
        : { fallback: { pods: write.fallback, nodes: write.fallback.map((pod) => this.plan.pods[pod]!.node) } }),
    };
  }

  /** The Service's version before this write. */
  before(position: number): RigWrite | undefined {
    return this.plan.writes.slice(0, position).findLast((write) => write.service === this.plan.writes[position]!.service);
  }
}

/** The API server as the traffic knows it: appends to the log and tells whom it touches. */
class RigWriter implements LogicalProcess {
  readonly id: number = WRITER;
  private readonly shard: RigShard;

  constructor(shard: RigShard) {
    this.shard = shard;
  }

  onMessage(): void {}

  onTimer(now: VirtualTime, _slot: number, position: number): void {
    const { causes, firstNode, log, mailbox, plan, traffic } = this.shard;
    const entry = this.shard.entryOf(position);
    const validFrom = now + plan.settings.watchLatencyFloor;
    causes.current = NO_CAUSE;
    log.append(entry, validFrom);
    const before = this.shard.before(position);
    const known = [...entry.pods, ...(entry.fallback?.pods ?? []), ...(before?.pods ?? []), ...(before?.fallback ?? [])];
    const touched = new Set(known.map((pod) => plan.pods[pod]!.node));
    for (const node of [...touched].sort((a, b) => a - b))
      mailbox.post(firstNode + node, validFrom, { kind: "endpointsChanged", position });
    for (const source of traffic.sourcesOf(entry.service)) mailbox.post(source, validFrom, { kind: "endpointsChanged", position });
  }
}

interface RigPod {
  state: EndpointState;
  server: VirtualServer;
  cause: CauseId;
}

const KILLED_FOR_MEMORY = 0x40000000;
/** µs */
const PROBE_WORK = 5000;

class RigNode implements LogicalProcess, EndpointHost {
  readonly id: number;
  readonly arrivals: EndpointArrivals;
  private readonly shard: RigShard;
  private readonly onArrival: ((pod: number, now: VirtualTime) => void) | null;
  /** Of the whole shard, by Pod. */
  private readonly pods: RigPod[];
  private readonly own: number[] = [];

  constructor(shard: RigShard, node: number) {
    this.shard = shard;
    this.pods = shard.pods;
    this.onArrival = shard.plan.onArrival ?? null;
    this.id = shard.firstNode + node;
    shard.simulator.add(this);
    const { plan, simulator, traffic } = shard;
    plan.pods.forEach((pod, id) => {
      if (pod.node !== node) return;
      this.own.push(id);
      const state = pod.asleep ? EndpointState.notListening : EndpointState.up;
      this.pods[id] = { state, server: traffic.createServer(plan.behaviour), cause: NO_CAUSE };
      if (!pod.asleep) this.listen(this.pods[id]!, 0);
    });
    this.arrivals = traffic.arrivalsFor(node, this.id, this);
    plan.turns.forEach((turn, index) => {
      if (plan.pods[turn.pod]!.node === node) simulator.arm(simulator.timers.create(this.id, index, index), turn.at);
    });
  }

  onMessage(now: VirtualTime, _origin: number, payload: number): void {
    const body = this.shard.mailbox.take(payload);
    if (body.kind === "attempt") this.arrivals.attempt(now, body);
    else if (body.kind === "endpointsChanged") this.arrivals.notice(now, body.position);
  }

  onTimer(now: VirtualTime, slot: number, tag: number): void {
    if (slot >= 0x80000000) {
      this.arrivals.onTimer(now, slot, tag);
      return;
    }
    this.shard.causes.current = NO_CAUSE;
    const { pod, turn } = this.shard.plan.turns[tag]!;
    this.take(this.pods[pod]!, pod, turn, now);
  }

  stateOf(pod: number, now: VirtualTime): EndpointState {
    this.onArrival?.(pod, now);
    return this.pods[pod]!.state;
  }

  serverOf(pod: number): ContainerServer | null {
    return this.pods[pod]!.server;
  }

  causeOf(pod: number): CauseId {
    return this.pods[pod]!.cause;
  }

  killForMemory(server: ContainerServer, now: VirtualTime): void {
    for (const id of this.own) if (this.pods[id]!.server === server) this.take(this.pods[id]!, id, "runOutOfMemory", now);
  }

  private take(pod: RigPod, id: number, turn: Turn, now: VirtualTime): void {
    const note = (kind: CauseKind): CauseId => this.shard.causes.note(this.id, kind, id, now);
    switch (turn) {
      case "listen":
        if (pod.state !== EndpointState.notListening) return;
        pod.cause = note(CauseKind.containerListening);
        this.listen(pod, now);
        return;
      case "stopListening":
        if (pod.state !== EndpointState.up) return;
        pod.cause = note(CauseKind.listenerClosed);
        pod.server.stopListening(now);
        pod.state = EndpointState.notListening;
        return;
      case "crash":
        this.die(pod, EndpointState.notListening, note(CauseKind.containerExited), now);
        return;
      case "runOutOfMemory":
        this.die(pod, EndpointState.notListening, note(CauseKind.oomKilled), now);
        return;
      case "vanish":
        this.die(pod, EndpointState.gone, note(CauseKind.sandboxStopped), now);
        return;
      case "loseNode": {
        const cause = note(CauseKind.nodeLost);
        for (const other of this.own) this.die(this.pods[other]!, EndpointState.nodeLost, cause, now);
        return;
      }
      case "isolate":
        if (pod.state !== EndpointState.up) return;
        pod.cause = note(CauseKind.nodeIsolated);
        pod.state = EndpointState.nodeLost;
        this.arrivals.review(now);
        return;
      case "probe":
        pod.server.admitProbe(now, PROBE_WORK);
        return;
      case "look":
        pod.server.inFlight(now);
        return;
      case "slowDown":
        pod.server.setSpeed(now, 0.5, note(CauseKind.nodeCpuShort));
        return;
      case "speedUp":
        pod.server.setSpeed(now, 1, NO_CAUSE);
        return;
      case "squeeze":
        pod.server.memoryLimitInFlight = 2;
        return;
    }
  }

  private die(pod: RigPod, state: EndpointState, cause: CauseId, now: VirtualTime): void {
    if (pod.state === EndpointState.gone || pod.state === EndpointState.nodeLost) return;
    pod.state = state;
    pod.cause = cause;
    pod.server.die(now, cause);
  }

  private listen(pod: RigPod, now: VirtualTime): void {
    pod.state = EndpointState.up;
    pod.server.memoryLimitInFlight = this.shard.plan.memoryLimitInFlight ?? KILLED_FOR_MEMORY;
    pod.server.listen(now);
  }
}
