/**
 * The Event objects of one shard's components: each source has its correlator and its rate limit, and the
 * book holds what the API server would, at any instant. Nothing in the model reads it, and it draws and
 * schedules nothing, so a run with a book has the fingerprint of one without.
 */
import type { VirtualTime } from "../../kernel/time.ts";
import { wholeSeconds } from "../../kernel/time.ts";
import type { Settings } from "../../settings.ts";
import { EPOCH_SECONDS } from "../../values/calendar.ts";
import type { PodRecord } from "../api-server/pod-record.ts";
import { TokenBucket } from "../api-server/token-bucket.ts";
import type { EventRecord, InvolvedObject } from "../objects/event-record.ts";
import { EventCorrelator, type Statement } from "./event-correlator.ts";
import type { EventObject, EventRecorder, EventSource, EventType } from "./event-recorder.ts";
import { EventSeries, type SeriesEvent } from "./event-series.ts";
import type { ObjectNames } from "./object-names.ts";

/** Written by the newer recorder; its verb by reason. */
const SCHEDULER = "default-scheduler";
const schedulerVerbs: Readonly<Record<string, string>> = { Scheduled: "Binding", FailedScheduling: "Scheduling", Preempted: "Preempting" };
const apiVersions: Readonly<Record<string, string>> = {
  Deployment: "apps/v1",
  ReplicaSet: "apps/v1",
  StatefulSet: "apps/v1",
  DaemonSet: "apps/v1",
  Job: "batch/v1",
  CronJob: "batch/v1",
  HorizontalPodAutoscaler: "autoscaling/v2",
  PodDisruptionBudget: "policy/v1",
};

/** One component's recorder: what it sends waits here until its rate limit lets it through. */
interface Sender {
  readonly source: EventSource;
  readonly correlator: EventCorrelator;
  readonly series: EventSeries | null;
  readonly limit: TokenBucket;
  /** In the order of sending: instants never fall. */
  readonly pending: EventRecord[];
  passedUntil: VirtualTime;
  lastNano: number;
  lastAt: VirtualTime;
}

export class EventBook implements EventRecorder {
  /** Sees each version as it is sent, before its `writtenAt`; null: nobody asked. */
  listener: ((record: EventRecord) => void) | null = null;
  private readonly names: ObjectNames;
  private readonly settings: Settings;
  private readonly senders = new Map<string, Sender>();
  /** By namespace and name: the versions at the API server. */
  private readonly stored = new Map<string, EventRecord>();

  constructor(names: ObjectNames, settings: Settings) {
    this.names = names;
    this.settings = settings;
  }

  record(now: VirtualTime, source: EventSource, object: EventObject, type: EventType, reason: string, message: string): void {
    const { kind, namespace, name } = object;
    // Kubelets name their node where others have its UID.
    const uid = kind === "Node" && source.component === "kubelet" ? name : this.names.uid(kind, namespace, name);
    const involved = { kind, apiVersion: apiVersions[kind] ?? "v1", namespace, name, uid, fieldPath: "", resourceVersion: 0 };
    this.take(now, source, { object: involved, type, reason, message });
  }

  recordPod(
    now: VirtualTime,
    source: EventSource,
    pod: PodRecord,
    fieldPath: string,
    type: EventType,
    reason: string,
    message: string,
  ): void {
    const object: InvolvedObject = {
      kind: "Pod",
      apiVersion: "v1",
      namespace: this.podNamespace(pod),
      name: this.podName(pod),
      uid: this.podUid(pod),
      fieldPath,
      resourceVersion: source.component === SCHEDULER ? pod.resourceVersion : 0,
    };
    this.take(now, source, { object, type, reason, message });
  }

  podName(pod: PodRecord): string {
    return this.names.pod(pod);
  }

  podNamespace(pod: PodRecord): string {
    return this.names.podNamespace(pod);
  }

  podUid(pod: PodRecord): string {
    return this.names.podUid(pod);
  }

  /** What the API server holds at `now`, by namespace and name. Instants may not fall from call to call. */
  list(now: VirtualTime): EventRecord[] {
    for (const sender of this.senders.values()) {
      this.passSeries(sender, now);
      this.deliver(sender, now);
    }
    const { eventTtl } = this.settings;
    return sortedEvents([...this.stored.values()].filter(({ writtenAt }) => writtenAt + eventTtl > now));
  }

  private take(now: VirtualTime, source: EventSource, statement: Statement): void {
    const sender = this.senderOf(source);
    this.passSeries(sender, now);
    this.deliver(sender, now);
    const name = eventName(statement.object.name, nanoOf(sender, now));
    if (sender.series !== null) {
      const event = sender.series.take(now, statement, name);
      if (event !== null) this.send(sender, now, this.seriesRecord(sender, statement, event));
      return;
    }
    const event = sender.correlator.take(now, statement, name);
    if (event === null) return;
    this.send(sender, now, {
      ...recordBase(sender.source, statement, event),
      firstTimestamp: wholeSeconds(event.firstAt),
      lastTimestamp: wholeSeconds(now),
      count: event.count,
      eventTime: null,
      seriesLast: null,
      action: "",
    });
  }

  /** The version reaches the API server when the client's own rate limit allows. */
  private send(sender: Sender, now: VirtualTime, record: Omit<EventRecord, "writtenAt" | "createdAt">): void {
    const last = sender.pending.at(-1)?.writtenAt ?? 0;
    const writtenAt = Math.max(last, sender.limit.reserve(now)) + this.settings.apiWriteLatency;
    const createdAt = this.stored.get(keyOf(record))?.createdAt ?? wholeSeconds(writtenAt);
    const sent = { ...record, writtenAt, createdAt };
    sender.pending.push(sent);
    this.listener?.(sent);
  }

  private deliver(sender: Sender, now: VirtualTime): void {
    let count = 0;
    for (const record of sender.pending) {
      if (record.writtenAt > now) break;
      const key = keyOf(record);
      const before = this.stored.get(key);
      // An Event that has expired in the meantime is created anew, under its old name.
      const isKept = before !== undefined && before.writtenAt + this.settings.eventTtl > record.writtenAt;
      this.stored.set(key, isKept ? { ...record, createdAt: before.createdAt } : { ...record, createdAt: wholeSeconds(record.writtenAt) });
      count++;
    }
    if (count > 0) sender.pending.splice(0, count);
  }

  private passSeries(sender: Sender, now: VirtualTime): void {
    if (sender.series === null) return;
    for (const { at, event, statement } of sender.series.passes(sender.passedUntil, now))
      this.send(sender, at, this.seriesRecord(sender, statement, event));
    sender.passedUntil = now;
  }

  private seriesRecord(sender: Sender, statement: Statement, event: SeriesEvent): Omit<EventRecord, "writtenAt" | "createdAt"> {
    return {
      ...recordBase(sender.source, statement, event),
      firstTimestamp: wholeSeconds(event.firstAt),
      lastTimestamp: wholeSeconds(event.lastAt),
      count: event.count,
      eventTime: event.firstAt,
      seriesLast: event.count > 1 ? event.lastAt : null,
      action: schedulerVerbs[statement.reason] ?? "",
    };
  }

  private senderOf(source: EventSource): Sender {
    const key = `${source.component}\n${source.host}`;
    let sender = this.senders.get(key);
    if (sender === undefined) {
      const { settings } = this;
      const [rate, burst] =
        source.component === "kubelet"
          ? [settings.kubeletEventQps, settings.kubeletEventBurst]
          : source.component === SCHEDULER
            ? [settings.schedulerQps, settings.schedulerBurst]
            : [settings.kcmQps, settings.kcmBurst];
      sender = {
        source,
        correlator: new EventCorrelator(settings),
        series: source.component === SCHEDULER ? new EventSeries(settings.eventSeriesWrite) : null,
        limit: new TokenBucket(rate, burst),
        pending: [],
        passedUntil: 0,
        lastNano: 0,
        lastAt: -1,
      };
      this.senders.set(key, sender);
    }
    return sender;
  }
}

/** Books of several shards as one, in the order in which the API server lists them. */
export function sortedEvents(records: readonly EventRecord[]): EventRecord[] {
  return [...records].sort((a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name));
}

function recordBase(
  source: EventSource,
  { type, reason }: Statement,
  { name, object, message }: { readonly name: string; readonly object: InvolvedObject; readonly message: string },
): Pick<EventRecord, "namespace" | "name" | "object" | "type" | "reason" | "message" | "component" | "host"> {
  // Objects without a namespace have their Events in default.
  const namespace = object.namespace === "" ? "default" : object.namespace;
  return { namespace, name, object, type, reason, message, component: source.component, host: source.host };
}

/**
 * `web-x7f2k.bfc4c4a0e1b0`: the object's name and the instant in ns, in hexadecimal digits. Sources that speak
 * in the same microsecond differ in the ns, whatever the order in which they are heard.
 */
function eventName(object: string, nano: bigint): string {
  return `${object}.${nano.toString(16)}`;
}

function nanoOf(sender: Sender, now: VirtualTime): bigint {
  const { component } = sender.source;
  sender.lastNano = sender.lastAt === now ? sender.lastNano + 1 : 0;
  sender.lastAt = now;
  let hash = 0;
  for (let index = 0; index < component.length; index++) hash = (hash * 31 + component.charCodeAt(index)) % 500;
  return (BigInt(EPOCH_SECONDS) * 1_000_000n + BigInt(now)) * 1000n + BigInt(hash + sender.lastNano);
}

function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
