/**
 * What the scheduler, the controllers and the operator hold: requests with a latency and a rate limit
 * of their own, and the timers of their LP. Also the door through which they see the API server's types.
 */
import { assert } from "../../kernel/assert.ts";
import type { CauseTable } from "../../kernel/causes.ts";
import type { LpId } from "../../kernel/event.ts";
import { Latency } from "../../kernel/latency.ts";
import { streamKey } from "../../kernel/random.ts";
import type { Simulator } from "../../kernel/simulator.ts";
import { SECOND, type VirtualTime } from "../../kernel/time.ts";
import type { Settings } from "../../settings.ts";
import type { EventRecorder } from "../events/event-recorder.ts";
import { newestVersions, type Versions } from "../versions.ts";
import { Agenda } from "./agenda.ts";
import { readKinds, type ApiRequest, type ApiResponse, type ApiResponseMessage } from "./requests.ts";
import { TokenBucket } from "./token-bucket.ts";
import type { ControlSender } from "./watch.ts";

export { Agenda, type AgendaEntry } from "./agenda.ts";
export { InformerCache, type CacheListener } from "./informer-cache.ts";
export { objectUid, ownTemplate, podSuffix, templateHash, uidOrder } from "./names.ts";
export { NAMESPACE_FINALIZER, newObjectOf, ofKind } from "./object-record.ts";
export type * from "./object-record.ts";
export { FOREGROUND_FINALIZER, ORPHAN_FINALIZER, type Propagation } from "./object-deletion.ts";
export { haveSameLabels, namesPods, ownLabels, PodLabels, type LabelledPod, type Labels } from "./pod-labels.ts";
export { plainTraits, type GivenLabels } from "./pod-record.ts";
export { availableFrom, isActive, isDeleting, isReady, isTerminal } from "./pod-facts.ts";
export { spentStatus } from "./eviction.ts";
export { EndpointCondition } from "./records.ts";
export type { PodMetrics } from "./pod-metrics.ts";
export { TokenBucket } from "./token-bucket.ts";
export type * from "./records.ts";
export type {
  ApiRequest,
  ApiResponse,
  ApiResponseMessage,
  ReplicaSetChange,
  WatchChange,
  WatchMessage,
  WatchStateMessage,
} from "./requests.ts";

export interface ClientHostOptions {
  readonly lp: LpId;
  readonly apiServer: LpId;
  readonly simulator: Simulator;
  readonly mailbox: ControlSender;
  readonly causes: CauseTable;
  readonly settings: Settings;
  readonly seed: number;
  /** Of the control plane; the newest, unless given. */
  readonly versions?: Versions;
  /** Asked for Event objects; null or absent: nobody asks. */
  readonly events?: EventRecorder | null;
}

/** Timer slot of the agenda in each LP of the control plane. */
export const AGENDA_SLOT = 0;

/** The client side of one LP: its agenda, and the requests that wait for their answer. */
export class ClientHost {
  readonly lp: LpId;
  readonly agenda: Agenda;
  readonly causes: CauseTable;
  readonly settings: Settings;
  readonly seed: number;
  readonly versions: Versions;
  readonly events: EventRecorder | null;
  /** By name. */
  readonly clients: Map<string, Client> = new Map();
  private readonly simulator: Simulator;
  private readonly mailbox: ControlSender;
  private readonly apiServer: LpId;
  private readonly waiting = new Map<number, (response: ApiResponse) => void>();
  private tickets = 0;

  constructor(options: ClientHostOptions) {
    this.lp = options.lp;
    this.apiServer = options.apiServer;
    this.simulator = options.simulator;
    this.mailbox = options.mailbox;
    this.causes = options.causes;
    this.settings = options.settings;
    this.seed = options.seed;
    this.versions = options.versions ?? newestVersions;
    this.events = options.events ?? null;
    this.agenda = new Agenda(options.simulator, options.lp, AGENDA_SLOT);
  }

  get now(): VirtualTime {
    return this.simulator.now;
  }

  /** Requests sent and not answered. */
  get inFlight(): number {
    return this.waiting.size;
  }

  post(request: ApiRequest, outward: number, returnLeg: number, done: (response: ApiResponse) => void): void {
    const ticket = this.tickets++;
    this.waiting.set(ticket, done);
    this.mailbox.post(this.apiServer, this.now + outward, { kind: "apiRequest", request, ticket, returnLeg });
  }

  /** An answer arrived. */
  receive(message: ApiResponseMessage): void {
    const done = this.waiting.get(message.ticket);
    assert(done !== undefined, `an answer to nobody: ticket ${message.ticket}`);
    this.waiting.delete(message.ticket);
    done(message.response);
  }
}

/** Requests that go out under one rate limit. */
export class Client {
  readonly host: ClientHost;
  readonly tokens: TokenBucket;
  private readonly writeLatency: Latency;
  private readonly readLatency: Latency;
  /** Event records wait here: one recorder per client sends them one after the other. */
  private waitingEvents: number[] = [];
  /** Of those: how many have been sent. At low limits tens of thousands wait, and an array is slow to lose its first. */
  private sentEvents = 0;
  private isSendingEvent = false;
  private readonly eventLimits = new Map<string, TokenBucket>();
  /** Calls that wait for a token or an answer. */
  private open = 0;

  constructor(host: ClientHost, name: string, queriesPerSecond: number, burst: number) {
    this.host = host;
    host.clients.set(name, this);
    this.tokens = new TokenBucket(queriesPerSecond, burst);
    const { settings, seed } = host;
    this.writeLatency = new Latency(
      settings.apiWriteLatencyFloor,
      settings.apiWriteLatency,
      settings.apiWriteLatencyP99,
      streamKey(seed, "write latency", name),
    );
    this.readLatency = new Latency(
      settings.apiReadLatencyFloor,
      settings.apiReadLatency,
      settings.apiReadLatencyP99,
      streamKey(seed, "read latency", name),
    );
  }

  get now(): VirtualTime {
    return this.host.now;
  }

  /** Who keeps Event objects, if anyone does. */
  get events(): EventRecorder | null {
    return this.host.events;
  }

  /** Nothing waits for a token or an answer. */
  get isQuiet(): boolean {
    return this.open === 0;
  }

  /** Sends when the rate limit allows; `done` runs when the answer is here. The cause is the one of now. */
  call(request: ApiRequest, done: (response: ApiResponse) => void): void {
    this.open++;
    const cause = this.host.causes.current;
    const start = this.tokens.reserve(this.now);
    const answered = (response: ApiResponse): void => {
      this.open--;
      done(response);
    };
    if (start <= this.now) {
      this.send(request, answered);
      return;
    }
    this.host.agenda.at(start, () => {
      this.host.causes.current = cause;
      this.send(request, answered);
    });
  }

  /** All at once; `done` when the last answer is here. At least one request. */
  callAll(requests: readonly ApiRequest[], done: (responses: readonly ApiResponse[]) => void): void {
    assert(requests.length > 0, "no request to wait for");
    const responses: ApiResponse[] = requests.map(() => ({ status: "notFound" }));
    let missing = requests.length;
    requests.forEach((request, index) =>
      this.call(request, (response) => {
        responses[index] = response;
        if (--missing === 0) done(responses);
      }),
    );
  }

  /**
   * Writes a Kubernetes Event about an object: a burst, then one per refill and object; those beyond
   * are lost. Source: client-go/tools/record/events_cache.go.
   */
  recordEvent(object: string): void {
    let limit = this.eventLimits.get(object);
    if (limit === undefined) {
      const { eventSpamRefill, eventSpamBurst } = this.host.settings;
      limit = new TokenBucket(SECOND / eventSpamRefill, eventSpamBurst);
      this.eventLimits.set(object, limit);
    }
    if (limit.tryTake(this.now)) this.queueEvent();
  }

  /** The same without a limit per object, as the scheduler's newer recorder does. */
  queueEvent(): void {
    this.waitingEvents.push(this.host.causes.current);
    if (!this.isSendingEvent) this.sendNextEvent();
  }

  private sendNextEvent(): void {
    const cause = this.waitingEvents[this.sentEvents++];
    if (cause === undefined || (this.sentEvents > 1024 && this.sentEvents * 2 > this.waitingEvents.length)) {
      this.waitingEvents = this.waitingEvents.slice(this.sentEvents);
      this.sentEvents = 0;
    }
    this.isSendingEvent = cause !== undefined;
    if (cause === undefined) return;
    const current = this.host.causes.current;
    this.host.causes.current = cause;
    this.call({ kind: "createEvent" }, () => this.sendNextEvent());
    this.host.causes.current = current;
  }

  private send(request: ApiRequest, done: (response: ApiResponse) => void): void {
    const latency = (readKinds.has(request.kind) ? this.readLatency : this.writeLatency).next();
    const outward = Math.max(1, Math.floor(latency / 2));
    this.host.post(request, outward, Math.max(1, latency - outward), done);
  }
}
