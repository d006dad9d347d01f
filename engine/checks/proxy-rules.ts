/**
 * What places believe of Services' endpoints, held against the endpoint log when they change their minds and at the end: not at
 * requests, which cost nothing for it. Each shard looks at the places that see what its own nodes see.
 */
import { lookUpDue, proxiesKeepUp, proxiesKeepUpDefinition, proxyDue } from "../invariants/proxies-keep-up.ts";
import type { Bulletin } from "../kernel/bulletin.ts";
import type { CauseId } from "../kernel/causes.ts";
import { streamKey } from "../kernel/random.ts";
import { SECOND, type Duration, type VirtualTime } from "../kernel/time.ts";
import type { EndpointEntry } from "../kubernetes/network/endpoint-log.ts";
import type { ViewScope } from "../kubernetes/network/endpoint-view.ts";
import { KeyedLatency } from "../kubernetes/network/link.ts";
import type { BeliefObserver } from "../kubernetes/network/service-proxy.ts";
import { NO_VERSION, type ServiceVersions } from "../kubernetes/network/service-versions.ts";
import type { Versions } from "../kubernetes/versions.ts";
import type { Settings } from "../settings.ts";

export interface ProxyRulesOptions {
  readonly log: Bulletin<EndpointEntry>;
  readonly settings: Settings;
  readonly seed: number;
  readonly versions: Pick<Versions, "proxyWritesChanges">;
  isOwn(place: number): boolean;
  serviceName(service: number): string;
  ring(rule: string, now: VirtualTime, message: string, cause: CauseId): void;
}

/** Longer than any watch latency that the usual settings draw. */
const LONGEST_WATCH: Duration = 60 * SECOND;
/** Two runs take what was written since so long before a version, unless runs themselves take long. */
const RUN_WINDOW: Duration = 10 * SECOND;

export class ProxyRules implements BeliefObserver {
  private readonly options: ProxyRulesOptions;
  private readonly watch: KeyedLatency;
  /** By position: endpoints that changed in the entries before it. */
  private readonly changedBefore: number[] = [0];
  /** Endpoints of all Services as of the last entry read, and the most there ever were. */
  private readonly endpointsOf = new Map<number, number>();
  private endpoints = 0;
  private mostEndpoints = 0;

  constructor(options: ProxyRulesOptions) {
    this.options = options;
    const { watchLatency, watchLatencyFloor, watchLatencyP99 } = options.settings;
    this.watch = new KeyedLatency(watchLatencyFloor, watchLatency, watchLatencyP99);
  }

  sentUntil(place: number, versions: ServiceVersions, scope: ViewScope, position: number, until: VirtualTime): void {
    const { isOwn, log, ring, serviceName } = this.options;
    const next = positionAfter(versions, position);
    if (next === NO_VERSION || !isOwn(place)) return;
    const entry = log.entry(next);
    const due = this.dueAt(place, scope, entry, until);
    const named = { service: serviceName(entry.service), position: next, committedAt: entry.committedAt };
    const breach = proxiesKeepUp(place, named, due, until);
    if (breach !== null) ring(proxiesKeepUpDefinition.name, until, breach, entry.cause);
  }

  /** When the place must send by the entry at the latest; whatever is later than `until` is as good. */
  private dueAt(place: number, scope: ViewScope, entry: EndpointEntry, until: VirtualTime): VirtualTime {
    const { log, settings } = this.options;
    const known = log.validFrom(entry.position);
    if (scope.by === "dns" || scope.by === "registry") return this.lookUpDueAt(scope, entry, known);
    const terms = { minSync: settings.proxyMinSync, runTime: settings.proxyRunTime, runPerEndpoint: settings.proxyRunPerEndpoint };
    const least = proxyDue(known, 0, terms);
    if (until <= least) return least;
    // Sums are for the few that waited, draws for the fewer that they don't explain.
    const written = this.writtenInTwoRuns(entry);
    const learnt = this.learntAt(place, entry, known, until - proxyDue(0, written, terms));
    return proxyDue(learnt, written, terms);
  }

  private lookUpDueAt({ lag = 0, refresh }: ViewScope, { committedAt, position }: EndpointEntry, known: VirtualTime): VirtualTime {
    const { seed, settings } = this.options;
    const { hi, lo } = streamKey(seed, "name resolution", "");
    return lookUpDue(Math.max(known, committedAt + this.watch.draw(hi, lo, position) + lag), refresh ?? settings.dnsTtl);
  }

  /** A watch keeps its order: an entry comes with those before it. Not looked for beyond `enough`. */
  private learntAt(place: number, { committedAt, position }: EndpointEntry, known: VirtualTime, enough: VirtualTime): VirtualTime {
    if (known >= enough) return known;
    const { log, seed } = this.options;
    const { hi, lo } = streamKey(seed, "proxy watch", `place ${place}`);
    let learnt = known;
    for (let at = position; at >= 0 && learnt < enough && log.entry(at).committedAt >= committedAt - LONGEST_WATCH; at--)
      learnt = Math.max(learnt, log.entry(at).committedAt + this.watch.draw(hi, lo, at));
    return learnt;
  }

  private writtenInTwoRuns({ committedAt }: EndpointEntry): number {
    this.read();
    const { settings, versions } = this.options;
    if (!versions.proxyWritesChanges) return 2 * this.mostEndpoints;
    const all = this.changedBefore.at(-1)!;
    const window = RUN_WINDOW + 2 * settings.proxyMinSync;
    const written = all - this.changedBefore[this.firstSince(committedAt - window)]!;
    return settings.proxyRunPerEndpoint * written <= window / 4 ? written : all;
  }

  /** Position of the first entry that was committed at `at` or later. */
  private firstSince(at: VirtualTime): number {
    const { log } = this.options;
    let [from, to] = [0, this.changedBefore.length - 1];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (log.entry(middle).committedAt < at) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  private read(): void {
    const { log } = this.options;
    for (let position = this.changedBefore.length - 1; position < log.length; position++) {
      const { changed, pods, service } = log.entry(position);
      this.changedBefore.push(this.changedBefore[position]! + changed);
      this.endpoints += pods.length - (this.endpointsOf.get(service) ?? 0);
      this.endpointsOf.set(service, pods.length);
      this.mostEndpoints = Math.max(this.mostEndpoints, this.endpoints);
    }
  }
}

/** The oldest version of this view that is newer than `position`; NO_VERSION: there is none. */
function positionAfter({ live }: ServiceVersions, position: number): number {
  let found = NO_VERSION;
  for (let index = live.length - 1; index >= 0 && live[index]!.position > position; index--) found = live[index]!.position;
  return found;
}
