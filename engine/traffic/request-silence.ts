/** What an attempt meets where nothing serves: since when the Pod is no endpoint any more, or why there is none, and why it doesn't answer. */
import type { EndpointHost } from "../application/endpoint-host.ts";
import { CauseKind } from "../cause-kinds.ts";
import type { Bulletin } from "../kernel/bulletin.ts";
import { NO_CAUSE, type CauseId, type CauseTable } from "../kernel/causes.ts";
import type { Duration, VirtualTime } from "../kernel/time.ts";
import type { EndpointEntry } from "../kubernetes/network/endpoint-log.ts";
import type { ProxyTable } from "../kubernetes/network/service-proxy.ts";
import { NO_VERSION, type LiveVersion, type ServiceVersions } from "../kubernetes/network/service-versions.ts";
import type { Accounting } from "./accounting.ts";
import { EndpointSituation, Outcome } from "./outcome.ts";
import { FLOATS, INTEGERS, INTENDED_AT, LOAD, PLACE, UNKNOWN, type RequestPool } from "./request-pool.ts";
import type { AttemptEnd, LoadTerms } from "./request-terms.ts";
import type { ClientDesk } from "./retry.ts";

export interface SilenceOptions {
  readonly accounting: Accounting;
  readonly causes: CauseTable;
  /** Why a load's Service has no endpoint before its first entry in the log. */
  readonly causeBefore: (load: number) => CauseId;
  /** Why it still has none, of an entry without endpoints that became valid at `since`; NO_CAUSE: what the entry says. */
  readonly blameAt?: (load: number, since: VirtualTime, now: VirtualTime) => CauseId;
  /** What keeps a load's proxies from knowing that a Pod is no endpoint any more; left out: nothing does. */
  readonly lateAt?: (load: number, pod: number, now: VirtualTime) => CauseId;
  readonly connectTimeout: Duration;
  readonly log: Bulletin<EndpointEntry>;
  readonly proxies: ProxyTable;
  readonly terms: readonly LoadTerms[];
}

export class Silence {
  private readonly options: SilenceOptions;
  private readonly pool: RequestPool;
  private readonly kinds = new Map<CauseId, number>();

  constructor(options: SilenceOptions, pool: RequestPool) {
    this.options = options;
    this.pool = pool;
  }

  /** Whether the newest valid version no longer lists the Pod; if so, since when is measured. */
  isRemoved(now: VirtualTime, word: number, pod: number): boolean {
    const load = this.pool.integers[word * INTEGERS + LOAD]!;
    this.options.proxies.advance(now);
    const place = this.pool.integers[word * INTEGERS + PLACE]!;
    const { group } = this.options.terms[load]!;
    const { live } = place === UNKNOWN ? this.viewWith(group, pod) : this.options.proxies.viewAt(place, group);
    let index = live.length - 1;
    while (index >= 0 && !isListed(live[index]!, pod)) index--;
    if (index === live.length - 1) return false;
    // Nobody remembers the version that listed it: the attempt came by a connection that is older.
    if (index < 0 && live[0]!.position === NO_VERSION) return true;
    if (!this.options.terms[load]!.isCall)
      this.options.accounting.routeLate(
        load,
        this.pool.floats[word * FLOATS + INTENDED_AT]!,
        now - this.options.log.validFrom(live[index + 1]!.position),
      );
    return true;
  }

  /** Of a split arrival whose sender nobody asked for: a view that lists the Pod. */
  private viewWith(group: number, pod: number): ServiceVersions {
    const views = this.options.proxies.viewsOf(group);
    return views.find(({ live }) => live.some((version) => isListed(version, pod))) ?? views[0]!;
  }

  /** Why an attempt met a Pod that doesn't answer: what ended it, or what kept the proxies from knowing. */
  causeOfSilence(now: VirtualTime, word: number, pod: number, host: EndpointHost): CauseId {
    const late = this.options.lateAt?.(this.pool.integers[word * INTEGERS + LOAD]!, pod, now) ?? NO_CAUSE;
    return late === NO_CAUSE ? host.causeOf(pod) : late;
  }

  /** Why nothing listens at an endpoint that is still listed, by the Pod's own last cause: that nobody knows of it is another matter. */
  situationOfSilence(cause: CauseId, desk: ClientDesk): EndpointSituation {
    switch (this.kindOf(cause, desk)) {
      case 0:
      case CauseKind.settled:
      case CauseKind.podCreated:
      case CauseKind.podBound:
      case CauseKind.containerStarted:
      case CauseKind.nodeReturned:
        return EndpointSituation.notListeningYet;
      case CauseKind.oomKilled:
        return EndpointSituation.outOfMemory;
      case CauseKind.nodeLost:
        return EndpointSituation.nodeLost;
      default:
        return EndpointSituation.listenerClosed;
    }
  }

  /** Kind of a cause that this LP noted itself; others may stand in another shard's table and read as 0. */
  kindOf(cause: CauseId, desk: ClientDesk): number {
    if (Math.floor(cause / 4294967296) !== desk.lp) return 0;
    const known = this.kinds.get(cause);
    if (known !== undefined) return known;
    const kind = this.options.causes.kindOf(cause);
    this.kinds.set(cause, kind);
    return kind;
  }

  private causeOfVersion(position: number, load: number, now: VirtualTime): CauseId {
    if (position === NO_VERSION) return this.options.causeBefore(load);
    const blamed = this.options.blameAt?.(load, this.options.log.validFrom(position), now) ?? NO_CAUSE;
    return blamed === NO_CAUSE ? this.options.log.entry(position).cause : blamed;
  }

  /** What a client at `place` meets that finds no endpoint, and when it knows. */
  absenceAt(now: VirtualTime, load: number, place: number, deadline: VirtualTime): AttemptEnd {
    const { dropsWithoutLocal, group } = this.options.terms[load]!;
    const newest = this.options.proxies.newestOf(group);
    const cause = this.causeOfVersion(this.options.proxies.belief(place, group), load, now);
    if (dropsWithoutLocal && newest !== NO_VERSION && this.options.log.entry(newest).pods.length > 0) {
      const at = Math.min(deadline, now + this.options.connectTimeout);
      return { knownAt: at, outcome: Outcome.unreachable, situation: EndpointSituation.noLocalEndpoint, cause };
    }
    return { knownAt: now, outcome: Outcome.noEndpoint, situation: EndpointSituation.noEndpoint, cause };
  }
}

function isListed({ pods }: LiveVersion, pod: number): boolean {
  let low = 0;
  let high = pods.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (pods[middle]! === pod) return true;
    if (pods[middle]! < pod) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}
